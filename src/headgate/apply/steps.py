"""Carries out a plan: each step's intent before it, its outcome after it, what relies on a failed one not at all.

A step may be cut off anywhere. Its intent stands in the state then, so the thing is known to be ours whatever became of
it, and the next apply looks at it and goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from headgate.plan.changes import Phase, Plan, PlannedChange
from headgate.ports import Action, PermanentFailure, Provider, StateStore, TemporaryFailure
from headgate.resources import ResourceId

Progress = Callable[[str, int, int], None]
Attempt = Callable[[Callable[[], None]], None]
"""Runs a step, and again after a TemporaryFailure as long as it likes to: providers of remote systems bring a back-off."""


class StepStatus(StrEnum):
    """What became of a change."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    WAITING = "waiting"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Step:
    """A change of the plan, and what became of it. `message` says why it failed or was left out."""

    change: PlannedChange
    status: StepStatus
    message: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """Every change of a plan in its order, with what became of it. `stopped` says that somebody asked to stop."""

    steps: tuple[Step, ...]
    stopped: bool = False

    @property
    def failed(self) -> tuple[Step, ...]:
        """The steps that failed."""
        return tuple(step for step in self.steps if step.status is StepStatus.FAILED)

    @property
    def complete(self) -> bool:
        """Whether everything landed that was to."""
        return not self.stopped and not self.failed


def once(step: Callable[[], None]) -> None:
    """Runs a step, and lets it fail."""
    step()


def carry_out(
    plan: Plan,
    provider: Provider,
    state: StateStore,
    progress: Progress,
    *,
    attempt: Attempt = once,
    stopping: Callable[[], bool] = lambda: False,
) -> Applied:
    """Makes the changes of a plan one by one, in its order.

    A failed one stops what relies on it, and no other; but where something that protects failed, nobody is let in and
    no protection removed anywhere. `stopping` is asked between steps; once it says so, what is left is skipped.
    """
    total = len(plan.pending)
    if total or any(change.learns for change in plan.changes):
        state.begin()
    steps: list[Step] = []
    lost: set[ResourceId] = set()
    unprotected = stopped = False
    done = 0
    for change in plan.changes:
        if change.pending:
            progress("applying", done, total)
            done += 1
            stopped = stopped or stopping()
        step = _skipped(change, lost, unprotected, stopped) or _made(change, provider, state, attempt)
        if step.status in (StepStatus.FAILED, StepStatus.SKIPPED):
            lost.add(change.id)
            unprotected = unprotected or change.phase.protects
        steps.append(step)
    progress("applying", total, total)
    return Applied(tuple(steps), stopped)


def _skipped(change: PlannedChange, lost: set[ResourceId], unprotected: bool, stopped: bool) -> Step | None:
    if change.waits:
        return Step(change, StepStatus.WAITING)
    if not change.pending:
        return None
    if stopped:
        return Step(change, StepStatus.SKIPPED, "stopped before it")
    missing = [str(one) for one in change.after if one in lost]
    if missing:
        return Step(change, StepStatus.SKIPPED, f"relies on {', '.join(missing)}")
    if unprotected and change.phase in (Phase.REMOVE, Phase.GIVE):
        return Step(change, StepStatus.SKIPPED, "what protects is not in force, so nothing is opened")
    return None


def _made(change: PlannedChange, provider: Provider, state: StateStore, attempt: Attempt) -> Step:
    if not change.pending:
        if change.learns:
            _record(change, state)
        return Step(change, StepStatus.UNCHANGED)
    state.intend(change.id)
    try:
        attempt(lambda: provider.carry_out(change.step))
    except (TemporaryFailure, PermanentFailure) as failure:
        _settle(change, provider, state)
        return Step(change, StepStatus.FAILED, str(failure))
    _record(change, state)
    return Step(change, StepStatus.DONE)


def _settle(change: PlannedChange, provider: Provider, state: StateStore) -> None:
    """A thing that was not made is not ours: somebody else may make it before we try again."""
    if change.action is not Action.CREATE:
        return
    with suppress(TemporaryFailure, PermanentFailure):
        if all(one.fields is None for one in provider.observe([change.id])):
            state.forget(change.id)


def _record(change: PlannedChange, state: StateStore) -> None:
    if change.desired is None:
        state.forget(change.id)
    else:
        state.write(change.desired)
