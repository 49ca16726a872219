"""`plan`: what apply would change, and a file of it that apply takes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from headgate._version import __version__
from headgate.plan.changes import Plan
from headgate.plan.plan import STARTS, Asked
from headgate.plan.saved import SavedPlan, write_plan
from headgate.ports import StateStore
from headgate.workflows.acting import Acting, act_on
from headgate.workflows.applying import Desired, desired, plan_from, refresh_from
from headgate.workflows.carrying_out import Made
from headgate.workflows.change_rows import rows
from headgate.workflows.compile import CANNOT_WRITE
from headgate.workflows.naming import find_stream
from headgate.workflows.refused import Refused, refused_answer, span_of
from headgate.workflows.repository import commit_of
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, FINDINGS, OK, PlanResult
from headgate.workflows.session import Session, open_session
from headgate.workflows.systems import kinds_of

WAITS = "waits for `apply --allow-destroy`"
NOT_ALLOWED = "waits for `apply --allow-destroy` and `allow_destroy: true` in the environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be planned: what the project declares or, to `destroy`, nothing; or only to `refresh` what is remembered.

    `on_state` says how jobs begin whose state is lost: `keep`, `rebuild` or `from-now`, by model or "" for all.
    """

    destroy: bool = False
    refresh: bool = False
    on_state: Mapping[str, str] = field(default_factory=dict)


def plan(request: Request, *, out: Path | None = None, wanted: Wanted | None = None) -> PlanResult:
    """What `apply` would change, or `destroy`; saved to `out` for `apply FILE`. Nothing is changed."""
    wanted = wanted or Wanted()
    session = open_session(request)
    acting = act_on(session, "plan", read_only=True, checked=not (wanted.destroy or wanted.refresh))
    if isinstance(acting, Refused):
        return refused_answer(PlanResult, "plan", session, acting)
    with closing(acting):
        made = made_for(session, acting, wanted)
        if isinstance(made, Refused):
            return refused_answer(PlanResult, "plan", session, made)
        saved = saved_plan(session, made, acting.state)
    refusals = tuple(r.at(span_of(session, r.address)) for r in made.plan.refusals)
    diagnostics = (*made.diagnostics, *refusals)
    code = FINDINGS if refusals else OK
    if out is not None and not refusals:
        try:
            out.write_text(write_plan(saved), encoding="utf-8")
        except OSError as error:
            why = error.strerror or type(error).__name__
            finding = CANNOT_WRITE.at(session.project.place.span(), f"`{out.name}` cannot be written: {why}")
            diagnostics, code = (finding.with_help("name a file in a folder that is there"),), COULD_NOT_RUN
    return PlanResult(
        command="plan",
        diagnostics=diagnostics,
        texts=session.texts,
        exit_code=code,
        changes=rows(made.plan, waiting(session), made.readers, made.standstills),
        digest="" if refusals else saved.digest,
    )


def made_for(session: Session, acting: Acting, wanted: Wanted) -> Made | Refused:
    """The plan that was asked for."""
    if wanted.refresh:
        return refresh_from(session, acting.engine, acting.state)
    return destroying(session, acting) if wanted.destroy else declaring(session, acting, wanted)


def declaring(session: Session, acting: Acting, wanted: Wanted) -> Made | Refused:
    """The plan that makes the environment what the project declares."""
    compiled = desired(session)
    if isinstance(compiled, Refused):
        return compiled
    starts = _starts(session, wanted.on_state)
    if isinstance(starts, Refused):
        return starts
    return plan_from(session, compiled, acting.engine, acting.state, Asked(on_state=starts))


def destroying(session: Session, acting: Acting) -> Made | Refused:
    """The plan that removes all that is ours."""
    data = session.project.environment.allow_destroy
    asked = Asked(destroy=True, deletes=True, data=data)
    return plan_from(session, Desired((), kinds_of(session)), acting.engine, acting.state, asked)


def _starts(session: Session, on_state: Mapping[str, str]) -> dict[str, str] | Refused:
    """Where jobs begin, by the addresses of their models."""
    found = {}
    for word, choice in on_state.items():
        named = find_stream(session.graph, word) if word else None
        if named is not None and named.address is None:
            return Refused(named.diagnostics, COULD_NOT_RUN)
        found[str(named.address) if named is not None else ""] = STARTS[choice]
    return found


def saved_plan(session: Session, made: Made, state: StateStore) -> SavedPlan:
    """A plan with what it was made from."""
    return SavedPlan(
        plan=made.plan,
        project=session.project.name,
        environment=session.project.environment.name,
        version=__version__,
        commit=commit_of(session.request.root),
        generation=state.generation,
        live=made.live,
        made=int(time.time()),
    )


def waiting(session: Session) -> str:
    """What a change waits for that waits to be asked for."""
    return WAITS if session.project.environment.allow_destroy else NOT_ALLOWED


def has_changes(plan: Plan) -> bool:
    """Whether there is anything to say yes to."""
    return bool(plan.pending or plan.remembered)
