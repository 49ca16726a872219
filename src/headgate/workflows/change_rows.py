"""Changes as the answers of verbs have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from headgate.apply import Applied, Step, StepStatus
from headgate.diagnostics import Diagnostic
from headgate.plan.changes import Plan, PlannedChange
from headgate.plan.plan import START
from headgate.plan.refusals import STATE_LOST, STEP_FAILED
from headgate.ports import Action
from headgate.resources.job_state import ANEW, REGAINED
from headgate.resources.live import JOB
from headgate.workflows.live_readers import Readers
from headgate.workflows.refused import environment_span, span_of
from headgate.workflows.results import ChangeRow
from headgate.workflows.session import Session
from headgate.workflows.standstill import Standstills

_PAST = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.RESTART: "restarted",
    Action.REPLACE: "replaced",
    Action.DELETE: "deleted",
    Action.ADOPT: "adopted",
}


def rows(
    plan: Plan, waiting: str = "", live: Readers | None = None, standstills: Standstills | None = None
) -> tuple[ChangeRow, ...]:
    """Every change of a plan that is not carried out yet.

    `waiting` says what those wait for that wait, `live` who else reads, `standstills` how long what is restarted does.
    """
    return tuple(
        replace(_row(step, live or {}, standstills or {}), message=waiting if step.change.waits else "")
        for step in _planned(plan)
    )


def _planned(plan: Plan) -> Iterator[Step]:
    for change in plan.changes:
        yield Step(change, StepStatus.WAITING if change.waits else StepStatus.UNCHANGED)


def outcome(
    session: Session, applied: Applied, live: Readers | None = None
) -> tuple[tuple[ChangeRow, ...], tuple[Diagnostic, ...]]:
    """Every change with what became of it, and a finding for each that failed."""
    failed = [
        STEP_FAILED.at(
            span_of(session, step.change.address),
            f"{step.change.id} could not be {_PAST[step.change.action]}",
            node=step.change.address or None,
        )
        .note(step.message)
        .with_help("mend it and apply again: what has landed stays, and the rest is made then")
        for step in applied.failed
    ]
    if applied.lost:
        failed.append(lost_state(session, applied.lost))
    return tuple(_row(step, live or {}) for step in applied.steps), tuple(failed)


def lost_state(session: Session, why: str) -> Diagnostic:
    """That the state can be written no more."""
    name = session.project.environment.name
    said, *commands = why.splitlines()
    found = STATE_LOST.at(environment_span(session), f"the state of `{name}` cannot be written: {said}")
    for command in commands:
        found = found.note(command.strip())
    return found.with_help("apply again: what was under way is looked at, and the rest is made then")


def _row(step: Step, live: Readers, standstills: Standstills | None = None) -> ChangeRow:
    change = step.change
    planned = (change.pending or change.action is Action.REFRESH) and step.status is StepStatus.UNCHANGED
    return ChangeRow(
        address=change.address,
        kind=change.id.kind,
        name=change.id.name,
        action=change.action.value,
        risk=change.risk.value,
        reason=change.reason,
        readers=(*change.readers, *live.get(change.address, ())),
        status="planned" if planned else step.status.value,
        fields=tuple((f.field, f.now, f.then) for f in change.fields),
        message=step.message,
        phase=change.phase.name.lower(),
        cost=_cost(change, (standstills or {}).get(change.id, "")),
    )


_BEGINS = {
    "savepoint": "begins from its savepoint, with what of it still fits",
    "earliest": "begins empty, and reads its inputs from their beginning",
    "latest": "begins empty, and reads its inputs from now on",
    ANEW: "",
    REGAINED: "begins from its last state, where that is found",
}


def _cost(change: PlannedChange, standstill: str) -> str:
    """What a change means for what runs."""
    start = str(change.once.get(START, ""))
    begins = _BEGINS.get(start, f"begins at {start}" if start else "")
    if change.action is Action.RESTART and change.id.kind == JOB.name:
        known = f" ({standstill})" if standstill else ""
        return f"stops at a savepoint, {begins or 'and goes on from it'}; nothing comes out meanwhile{known}"
    if change.action is Action.RESTART:
        return "its tasks stop and start again; they go on where they were"
    return begins
