"""What a project may take over, what it leaves to other tools, and what it has said long enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from headgate.compile.handed_over import tools
from headgate.diagnostics import Diagnostic
from headgate.plan.changes import Plan
from headgate.plan.plan import Asked
from headgate.plan.refusals import ADOPTED_ALREADY
from headgate.ports import Action
from headgate.project.declarations import Exposure, Stream
from headgate.resources import Resource
from headgate.workflows.session import Session


def with_said(session: Session, asked: Asked, resources: Sequence[Resource]) -> Asked:
    """What was asked for, with what declarations and the environment say of these things."""
    adopting = {str(one.address) for one in _adopting(session)}
    found = tools(session.project)
    return replace(
        asked,
        adopt=frozenset(r.id for r in resources if r.address in adopting),
        tools={r.id: tool for r in resources if (tool := found.of(r))},
    )


def adopted_already(session: Session, plan: Plan) -> Iterator[Diagnostic]:
    """The declarations that say `adopt` and of which nothing is left to take over."""
    waiting = {c.address for c in plan.changes if c.action in (Action.ADOPT, Action.CREATE)}
    ours = {c.address for c in plan.changes}
    for one in _adopting(session):
        if str(one.address) in ours - waiting:
            yield ADOPTED_ALREADY.at(
                one.place.at("adopt").key_span(), f"all of `{one.name}` is adopted", node=str(one.address)
            ).with_help("remove `adopt`")


def _adopting(session: Session) -> Iterator[Stream | Exposure]:
    yield from (one for one in session.project.streams.values() if one.adopt)
    yield from (one for one in session.project.exposures.values() if one.adopt)
