"""Changes that a system could not make just now are asked for again, a few times, those alone."""

from __future__ import annotations

from collections.abc import Sequence

from back_half import TOPIC, Memory, MemoryState, plan_of, thing
from headgate.apply import Patience, carry_out
from headgate.ports import Change, Failure, PermanentFailure, TemporaryFailure

A, B, C = (thing(TOPIC, name, size=1) for name in "abc")


class Busy(Memory):
    """A system that cannot make `a` the first few times, and never makes `c`."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times
        self.asked: list[list[str]] = []

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        self.asked.append([change.id.name for change in changes])
        return [self.outcome(change) for change in changes]

    def outcome(self, change: Change) -> Failure | None:
        if change.id == C.id:
            return PermanentFailure("never")
        if change.id == A.id and self.left:
            self.left -= 1
            return TemporaryFailure("not now")
        return super().carry_out([change])[0]


def patience(told: list[str], **said: object) -> Patience:
    return Patience(first_wait=0.001, longest_wait=0.001, told=told.append, **said)  # type: ignore[arg-type] # a test's own


def statuses(system: Busy, told: list[str], **said: object) -> dict[str, str]:
    state = MemoryState()
    plan = plan_of([A, B, C], Memory(), state)
    applied = carry_out(plan, system, state, lambda *_: None, patience=patience(told, **said))
    return {step.change.id.name: step.message or step.status.value for step in applied.steps}


def test_only_what_may_succeed_later_is_asked_for_again_and_it_is_said() -> None:
    system, told = Busy(2), list[str]()
    assert statuses(system, told) == {"a": "done", "b": "done", "c": "never"}
    assert system.asked == [["a", "b", "c"], ["a"], ["a"]]
    assert told == ["again in 0 s (1 failed: not now)"] * 2


def test_after_a_few_times_it_is_a_failure_like_another() -> None:
    system = Busy(99)
    assert statuses(system, [], attempts=3) == {"a": "not now", "b": "done", "c": "never"}
    assert len(system.asked) == 3


def test_nobody_waits_who_was_asked_to_stop() -> None:
    system = Busy(99)
    assert statuses(system, [], stopping=lambda: True)["a"] == "not now"
    assert len(system.asked) == 1
