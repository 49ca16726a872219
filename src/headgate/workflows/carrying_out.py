"""A plan, carried out: under the lock, told to the audit, and answered with what landed and what did not."""

from __future__ import annotations

from dataclasses import dataclass, field

from headgate.apply import Applied, Patience, Step, StepStatus, carry_out
from headgate.apply.stopping import between_steps
from headgate.diagnostics import Diagnostic
from headgate.plan.changes import Access, Plan
from headgate.plan.plan import Live
from headgate.ports import PermanentFailure, Provider, StateHeld, StateLost, StateStore, TemporaryFailure
from headgate.state import AuditStep
from headgate.workflows import auditing
from headgate.workflows.change_rows import lost_state, outcome
from headgate.workflows.live_readers import Readers
from headgate.workflows.refused import Refused, state_held
from headgate.workflows.results import COULD_NOT_RUN, FINDINGS, INTERRUPTED, OK, ChangeRow
from headgate.workflows.session import Session
from headgate.workflows.standstill import Standstills


@dataclass(frozen=True, slots=True)
class Made:
    """A plan, with what each thing looked like when it was made, what was found on the way, and what is known besides:
    the groups that read, how long what is restarted stands still."""

    plan: Plan
    live: Live
    diagnostics: tuple[Diagnostic, ...] = ()
    readers: Readers = field(default_factory=dict)
    standstills: Standstills = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """What the audit is told of a plan that is carried out: by which verb, and why it was forced."""

    verb: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Landed:
    """Every change with what became of it, what went wrong, and the exit code that goes with it."""

    changes: tuple[ChangeRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    exit_code: int = OK


def carried_out(
    session: Session, made: Made, provider: Provider, state: StateStore, deed: Deed
) -> Landed | Refused:
    """Does what a plan says; refused, with nothing changed, where another has the lock or the audit cannot be told.

    Ctrl-C stops it between two waves, and is told by the exit code even where nothing was left to be done.
    """
    plan = made.plan
    if not any(change.pending or change.learns for change in plan.changes):
        return Landed(outcome(session, _applied(session, plan, provider, state)[0], made.readers)[0])
    told = auditing.audited(
        session, deed.verb, plan=made.digest, generation=state.generation, reason=deed.reason
    )
    if isinstance(told, Refused):
        return told
    try:
        state.begin(made.digest)
        applied, interrupted = _applied(session, plan, provider, state)
    except StateHeld as held:
        refused = state_held(session, held)
        return Refused((*refused.diagnostics, *told.ended(auditing.DECLINED)), refused.exit_code)
    except (StateLost, TemporaryFailure, PermanentFailure) as lost:
        return Refused((lost_state(session, str(lost)), *told.ended(auditing.FAILED)), COULD_NOT_RUN)
    changes, wrong = outcome(session, applied, made.readers)
    wrong += told.ended(
        _word(applied),
        generation=state.generation,
        steps=tuple(_step(step) for step in applied.steps if step.change.pending),
        widened=tuple(_changed_access(applied, Access.WIDER)),
        narrowed=tuple(_changed_access(applied, Access.NARROWER)),
    )
    return Landed(changes, wrong, INTERRUPTED if interrupted else FINDINGS if wrong else OK)


def _applied(session: Session, plan: Plan, provider: Provider, state: StateStore) -> tuple[Applied, bool]:
    """What became of the plan, and whether somebody asked to stop: they may have done so when nothing was left to skip."""
    progress = session.request.progress

    def told(why: str) -> None:
        progress.step(f"applying: {why}", 0, len(plan.pending))

    with between_steps() as stopping:
        patience = Patience(told=told, stopping=stopping)
        applied = carry_out(plan, provider, state, progress.step, patience=patience, stopping=stopping)
        return applied, stopping()


def _word(applied: Applied) -> str:
    if applied.stopped:
        return auditing.STOPPED
    return auditing.DONE if applied.complete else auditing.FAILED


def _step(step: Step) -> AuditStep:
    change = step.change
    return AuditStep(str(change.id), change.address, change.action.value, step.status.value, step.message)


def _changed_access(applied: Applied, way: Access) -> list[str]:
    """What landed and changed who sees what."""
    return [
        f"{step.change.id}: {step.change.reason}"
        for step in applied.steps
        if step.status is StepStatus.DONE and step.change.access is way
    ]
