"""`status`: declared, applied and live, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from headgate.resources import Resource
from headgate.state.records import plain
from headgate.workflows.acting import Acting, act_on, unknown_kinds
from headgate.workflows.applying import Desired, desired, look
from headgate.workflows.forms import with_forms
from headgate.workflows.refused import Refused
from headgate.workflows.request import Request
from headgate.workflows.results import StatusResult, StatusRow
from headgate.workflows.session import Session, open_session


def status(request: Request) -> StatusResult:
    """Everything declared or ours: whether it is applied and live, how it drifted, and how many rows it holds."""
    session = open_session(request)
    acting = act_on(session, "status", read_only=True, checked=False)
    if isinstance(acting, Refused):
        return _refused(session, acting)
    with closing(acting.engine):
        wanted = desired(session)
        if isinstance(wanted, Refused):
            return _refused(session, wanted)
        found = _rows(session, acting, wanted)
    if isinstance(found, Refused):
        return _refused(session, found)
    return StatusResult(
        command="status",
        texts=session.texts,
        environment=session.project.environment.name,
        rows=found,
    )


def _rows(session: Session, acting: Acting, wanted: Desired) -> tuple[StatusRow, ...] | Refused:
    declared = {r.id: r for r in with_forms(session, wanted.resources, wanted.kinds)}
    applied, unsettled = acting.state.read(), acting.state.intents()
    strange = unknown_kinds(session, {*applied, *unsettled}, wanted.kinds)
    if strange is not None:
        return strange
    live = look(session, acting.engine, {*declared, *applied, *unsettled})
    if isinstance(live, Refused):
        return live
    out = []
    for id_ in sorted(live):
        known = declared.get(id_) or applied.get(id_)
        holds_rows = wanted.kinds[id_.kind].holds_data and live[id_] is not None
        out.append(
            StatusRow(
                address=known.address if known else "",
                kind=id_.kind,
                name=id_.name,
                declared=id_ in declared,
                applied=id_ in applied,
                live=live[id_] is not None,
                drift=_drift(declared.get(id_), applied.get(id_), live[id_], id_ in unsettled),
                rows=acting.engine.count(id_.name) if holds_rows else None,
            )
        )
    return tuple(out)


def _drift(
    declared: Resource | None, applied: Resource | None, live: Mapping[str, Any] | None, unsettled: bool
) -> str:
    """How the three differ, in words; "" where they agree."""
    told = ["a step was cut off"] if unsettled else []
    if applied is not None and live is None:
        told.append("gone")
    if applied is not None and live is not None:
        told += [f"`{name}` changed outside" for name in _differing(applied.fields, live)]
    if applied is None and live is not None and not unsettled:
        told.append("not ours")
    if declared is not None and applied is not None:
        told += [f"`{name}` declared otherwise" for name in _differing(declared.fields, applied.fields)]
    return ", ".join(told)


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return [name for name, value in one.items() if plain(value) != plain(other.get(name))]


def _refused(session: Session, refused: Refused) -> StatusResult:
    return StatusResult(
        command="status",
        diagnostics=refused.diagnostics,
        texts=session.texts,
        exit_code=refused.exit_code,
    )
