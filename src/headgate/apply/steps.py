"""Carries out a plan wave by wave: its intents before it, its outcome after it, what relies on a failed step not at all.

A wave may be cut off anywhere. Its intents stand in the state then, so the things are known to be ours whatever became of
them, and the next apply looks at them and goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from headgate.apply.patience import Patience
from headgate.plan.changes import Phase, Plan, PlannedChange
from headgate.ports import (
    Action,
    PermanentFailure,
    Provider,
    StateLost,
    StateStore,
    TemporaryFailure,
)
from headgate.resources import ResourceId

MOST_AT_ONCE = 200
"""Changes between two looks at whether to stop, and two records of what has landed."""

Progress = Callable[[str, int, int], None]


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
    """Every change of a plan in its order, with what became of it.

    `stopped` says that somebody asked to stop; `lost` why the state could be written no more, "" where it could.
    """

    steps: tuple[Step, ...]
    stopped: bool = False
    lost: str = ""

    @property
    def failed(self) -> tuple[Step, ...]:
        """The steps that failed."""
        return tuple(step for step in self.steps if step.status is StepStatus.FAILED)

    @property
    def complete(self) -> bool:
        """Whether everything landed that was to."""
        return not self.stopped and not self.lost and not self.failed


def carry_out(
    plan: Plan,
    provider: Provider,
    state: StateStore,
    progress: Progress,
    *,
    patience: Patience | None = None,
    stopping: Callable[[], bool] = lambda: False,
    most_at_once: int = MOST_AT_ONCE,
) -> Applied:
    """Makes the changes of a plan, those of a wave at once, in its order.

    A failed one stops what relies on it, and no other; but where something that protects failed, nobody is let in and
    no protection removed anywhere. `stopping` is asked between waves; once it says so, what is left is skipped. Once
    the state cannot be written, because its lock is lost or it cannot be reached, nothing more is touched; where that is
    so to begin with, `begin` raises it.
    """
    total, done = len(plan.pending), 0
    walk = _Walk(provider, state, patience or Patience())
    if total or any(change.learns for change in plan.changes):
        state.begin()
    try:
        for wave in _waves(plan, most_at_once):
            moving = sum(change.pending for change in wave)
            if moving:
                progress("applying", done, total)
                walk.stopped = walk.stopped or stopping()
            walk.through(wave)
            done += moving
    finally:
        walk.kept(state.finish)
    progress("applying", total, total)
    return Applied(tuple(walk.steps), stopped=walk.stopped, lost=walk.lost)


def _waves(plan: Plan, most: int) -> Iterator[Sequence[PlannedChange]]:
    for _, together in groupby(plan.changes, lambda change: change.wave):
        wave = list(together)
        yield from (wave[i : i + most] for i in range(0, len(wave), most))


@dataclass(slots=True)
class _Walk:
    """An apply on its way: what became of each change so far, and what that means for the rest."""

    provider: Provider
    state: StateStore
    patience: Patience
    steps: list[Step] = field(default_factory=list)
    missing: set[ResourceId] = field(default_factory=set)
    unprotected: bool = False
    stopped: bool = False
    lost: str = ""

    def through(self, wave: Sequence[PlannedChange]) -> None:
        """A wave is made, or what of it may be."""
        skipped = {change.id: step for change in wave if (step := self._skipped(change))}
        open_ = [change for change in wave if change.id not in skipped]
        made = {step.change.id: step for step in self._made([c for c in open_ if c.pending])}
        learned = [change for change in open_ if not change.pending and change.learns]
        if not self.lost and self._record(learned):
            made |= {c.id: Step(c, StepStatus.DONE) for c in learned if c.action is Action.REFRESH}
        for change in wave:
            step = skipped.get(change.id) or made.get(change.id) or Step(change, StepStatus.UNCHANGED)
            if step.status in (StepStatus.FAILED, StepStatus.SKIPPED):
                self.missing.add(change.id)
                self.unprotected = self.unprotected or change.phase.protects
            self.steps.append(step)

    def _skipped(self, change: PlannedChange) -> Step | None:
        if change.waits:
            return Step(change, StepStatus.WAITING)
        if not change.pending:
            return None
        if self.lost:
            return Step(change, StepStatus.SKIPPED, self.lost)
        if self.stopped:
            return Step(change, StepStatus.SKIPPED, "stopped before it")
        missing = [str(one) for one in change.after if one in self.missing]
        if missing:
            return Step(change, StepStatus.SKIPPED, f"relies on {', '.join(missing)}")
        if self.unprotected and change.phase in (Phase.REMOVE, Phase.GIVE):
            return Step(change, StepStatus.SKIPPED, "what protects is not in force, so nothing is opened")
        return None

    def _made(self, changes: Sequence[PlannedChange]) -> list[Step]:
        """The changes, made and recorded; none where the lock is lost before the first of them."""
        if not changes:
            return []
        if not self.kept(lambda: self.state.intend([change.id for change in changes])):
            return [Step(change, StepStatus.SKIPPED, self.lost) for change in changes]
        outcomes = self.patience.carry_out(self.provider, [change.step for change in changes])
        told = list(zip(changes, outcomes, strict=True))
        failed = [change for change, failure in told if failure is not None]
        recorded = self._record([c for c, failure in told if failure is None], self._never_made(failed))
        landed = "" if recorded else f"made, but not recorded: {self.lost}"
        return [
            Step(change, StepStatus.FAILED, str(failure))
            if failure
            else Step(change, StepStatus.DONE, landed)
            for change, failure in told
        ]

    def _never_made(self, failed: Sequence[PlannedChange]) -> list[ResourceId]:
        """Which of the failed creations left nothing. Those are not ours: somebody else may make them before we do."""
        created = [change.id for change in failed if change.action is Action.CREATE]
        if created:
            with suppress(TemporaryFailure, PermanentFailure):
                return [one.id for one in self.provider.observe(created) if one.fields is None]
        return []

    def _record(self, landed: Sequence[PlannedChange], never: Sequence[ResourceId] = ()) -> bool:
        made = [change.kept for change in landed if change.kept is not None]
        gone = [*(change.id for change in landed if change.kept is None), *never]
        return self.kept(lambda: self.state.record(made, gone)) if made or gone else True

    def kept(self, written: Callable[[], None]) -> bool:
        """Whether the state took it. Where it did not, nothing is touched from then on: the next apply looks and goes on."""
        try:
            written()
        except (StateLost, TemporaryFailure, PermanentFailure) as error:
            self.lost = self.lost or str(error)
        return not self.lost
