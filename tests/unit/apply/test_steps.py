"""Carrying out a plan: recorded as it lands, a failure stops what relies on it, stopped or killed it can go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from back_half import (
    GRANT,
    JOB,
    TOPIC,
    VIEW,
    DyingProvider,
    Killed,
    Memory,
    MemoryState,
    apply_of,
    plan_of,
    thing,
)
from headgate.apply import Applied, carry_out
from headgate.plan.plan import Asked
from headgate.ports import Action, Change, Failure, StateLost
from headgate.resources import Resource, ResourceId
from headgate.state import LoggedState, open_state

TOPIC_A, TOPIC_B = thing(TOPIC, "a", size=1), thing(TOPIC, "b", size=1)
VIEW_A = thing(VIEW, "va", TOPIC_A.id, sql="a")
JOB_A, JOB_B = thing(JOB, "ja", VIEW_A.id, sql="a"), thing(JOB, "jb", TOPIC_B.id, sql="b")
GRANT_B = thing(GRANT, "gb", TOPIC_B.id)
ALL = [TOPIC_A, TOPIC_B, VIEW_A, JOB_A, JOB_B, GRANT_B]
WAVES = [{TOPIC_A.id, TOPIC_B.id}, {VIEW_A.id}, {JOB_A.id, JOB_B.id}, {GRANT_B.id}]
EVERYTHING = Asked(destroy=True, deletes=True, data=True)


class CountingState(MemoryState):
    """A state that remembers what was asked of it, in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[str] = []

    def begin(self, plan: str = "") -> None:
        self.commits.append("begin")
        super().begin()

    def intend(self, ids: Sequence[ResourceId]) -> None:
        self.commits.append("intend")
        super().intend(ids)

    def record(self, made: Sequence[Resource], gone: Sequence[ResourceId] = ()) -> None:
        self.commits.append("record")
        super().record(made, gone)

    def finish(self) -> None:
        self.commits.append("finish")
        super().finish()


def silent(title: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


def statuses(applied: Applied) -> dict[str, str]:
    return {step.change.id.name: step.status.value for step in applied.steps}


def test_a_plan_is_carried_out_in_its_order_and_recorded() -> None:
    system, state = Memory(), MemoryState()
    applied = apply_of(ALL, system, state)
    assert applied.complete
    assert [id_.name for _, id_ in system.made] == ["a", "b", "va", "ja", "jb", "gb"]
    assert state.read() == {r.id: r for r in ALL}
    assert (state.intents(), state.generation) == ((), 1)


def test_nothing_to_do_is_no_apply() -> None:
    system, state = Memory(), MemoryState()
    apply_of(ALL, system, state)
    apply_of(ALL, system, state)
    assert state.generation == 1


def test_the_intents_of_a_wave_stand_before_the_system_is_touched_and_are_recorded_together() -> None:
    batches: list[list[str]] = []

    class Watching(Memory):
        def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
            batches.append([change.id.name for change in changes])
            assert state.intents() == tuple(sorted(change.id for change in changes))
            assert not {change.id for change in changes} & state.read().keys()
            return super().carry_out(changes)

    state = CountingState()
    apply_of(ALL, Watching(), state)
    assert batches == [["a", "b"], ["va"], ["ja", "jb"], ["gb"]]
    assert state.commits == ["begin", *["intend", "record"] * 4, "finish"]


def test_a_long_wave_is_made_in_parts() -> None:
    system, state = Memory(), CountingState()
    plan = plan_of([thing(TOPIC, str(i), size=1) for i in range(5)], system, state)
    told: list[tuple[str, int, int]] = []
    assert carry_out(plan, system, state, lambda *step: told.append(step), most_at_once=2).complete
    assert state.commits.count("intend") == 3
    assert told == [("applying", done, 5) for done in (0, 2, 4, 5)]


def test_a_failed_step_stops_what_relies_on_it_and_no_other() -> None:
    job = thing(JOB, "j", TOPIC_A.id, sql="a")
    after = thing(JOB, "k", job.id, sql="a")
    system, state = Memory(failing={TOPIC_A.id}), MemoryState()
    applied = apply_of([TOPIC_A, job, after, TOPIC_B, JOB_B, GRANT_B], system, state)
    assert statuses(applied) == {
        "a": "failed", "j": "skipped", "k": "skipped", "b": "done", "jb": "done", "gb": "done",
    }  # fmt: skip
    messages = {s.change.id.name: s.message for s in applied.steps}
    assert messages["a"] == "the system will not"
    assert messages["k"] == "relies on job/j"
    assert set(state.read()) == {TOPIC_B.id, JOB_B.id, GRANT_B.id}


@pytest.mark.parametrize("failing", [VIEW_A.id, TOPIC_A.id])
def test_nobody_is_let_in_where_something_that_protects_is_not_in_force(failing: ResourceId) -> None:
    applied = apply_of(ALL, Memory(failing={failing}), MemoryState())
    told = statuses(applied)
    assert (told["va"], told["jb"], told["gb"]) == (
        "failed" if failing == VIEW_A.id else "skipped", "done", "skipped",
    )  # fmt: skip


def test_a_removal_that_failed_keeps_what_it_relied_on() -> None:
    system, state = Memory(), MemoryState()
    apply_of(ALL, system, state)
    system.failing.add(JOB_A.id)
    applied = apply_of([], system, state, asked=EVERYTHING)
    assert statuses(applied)["ja"] == "failed"
    assert set(system.things) == {JOB_A.id, VIEW_A.id, TOPIC_A.id} == set(state.read())


def test_what_could_not_be_made_is_not_ours_and_what_was_half_made_is() -> None:
    system, state = Memory(failing={TOPIC_A.id}), MemoryState()
    apply_of([TOPIC_A], system, state)
    assert state.intents() == ()

    class HalfMade(Memory):
        def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
            self.things |= {change.id: {} for change in changes}
            return super().carry_out(changes)

    half = HalfMade(failing={TOPIC_A.id})
    apply_of([TOPIC_A], half, state)
    assert state.intents() == (TOPIC_A.id,)
    half.failing.clear()
    assert apply_of([TOPIC_A], half, state).complete
    assert half.things == {TOPIC_A.id: {"size": 1}}


def test_the_next_apply_makes_what_a_failed_one_left_out() -> None:
    system, state = Memory(failing={TOPIC_A.id}), MemoryState()
    apply_of(ALL, system, state)
    system.failing.clear()
    assert apply_of(ALL, system, state).complete
    assert plan_of(ALL, system, state).is_empty
    assert set(system.things) == {r.id for r in ALL}


@pytest.mark.parametrize(("waves", "landed"), [(0, 0), (1, 2), (2, 3), (3, 5), (4, 6)])
def test_asked_to_stop_it_stops_between_waves_and_the_next_apply_goes_on(waves: int, landed: int) -> None:
    system, state = Memory(), MemoryState()
    asked = iter([False] * waves + [True] * 9)
    plan = plan_of(ALL, system, state)
    applied = carry_out(plan, system, state, silent, stopping=lambda: next(asked))
    assert applied.stopped is not applied.complete is (landed == 6)
    assert [s.status.value for s in applied.steps] == ["done"] * landed + ["skipped"] * (6 - landed)
    assert set(state.read()) == set(system.things) and state.intents() == ()
    assert apply_of(ALL, system, state).complete
    assert len(system.made) == len(ALL)


class Losing(MemoryState):
    """A state whose lock is taken away at its `at`-th commit."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.left = at

    def intend(self, ids: Sequence[ResourceId]) -> None:
        self.count()
        super().intend(ids)

    def record(self, made: Sequence[Resource], gone: Sequence[ResourceId] = ()) -> None:
        self.count()
        super().record(made, gone)

    def count(self) -> None:
        self.left -= 1
        if self.left <= 0:
            raise StateLost("taken by somebody")


def test_without_its_lock_an_apply_touches_nothing_more() -> None:
    for at in range(1, 9):
        system, state = Memory(), Losing(at)
        applied = apply_of(ALL, system, state)
        made = {id_.name for _, id_ in system.made}
        assert (applied.lost, applied.complete) == ("taken by somebody", False)
        assert made == {name for name, status in statuses(applied).items() if status == "done"}
        assert len(made) == [0, 2, 2, 3, 3, 5, 5, 6][at - 1]
        unrecorded = {s.change.id for s in applied.steps if s.message.startswith("made, but not recorded")}
        assert {id_ for _, id_ in system.made} == unrecorded | state.read().keys()
        assert set(state.intents()) == unrecorded


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 7))
def test_killed_at_any_step_the_next_apply_finishes_the_work(at: int, after: bool, tmp_path: Path) -> None:
    def opened() -> LoggedState:
        return open_state(tmp_path / "s.jsonl", project="shop", environment="dev", version="0.1")

    def survives(wanted: list[Resource], asked: Asked | None = None) -> None:
        with pytest.raises(Killed):
            apply_of(wanted, DyingProvider(system, at, after=after), opened(), asked=asked)
        assert set(opened().intents()) in WAVES
        assert apply_of(wanted, system, opened(), asked=asked).complete
        assert opened().intents() == ()
        assert opened().read() == {r.id: r for r in (() if asked else wanted)}
        assert set(system.things) == set(opened().read())

    system = Memory()
    survives(ALL)
    survives(ALL, EVERYTHING)
    assert [id_ for _, id_ in system.made].count(TOPIC_A.id) <= 3


def test_what_waits_is_not_done_and_what_is_gone_is_forgotten() -> None:
    system, state = Memory(), MemoryState()
    apply_of([TOPIC_A, TOPIC_B], system, state)
    del system.things[TOPIC_B.id]
    applied = apply_of([], system, state)
    assert statuses(applied) == {"a": "waiting", "b": "unchanged"}
    assert set(state.read()) == {TOPIC_A.id} == set(system.things)


def test_progress_counts_the_steps_that_do_something() -> None:
    system, state = Memory(), MemoryState()
    apply_of([TOPIC_A], system, state)
    told: list[tuple[str, int, int]] = []
    carry_out(
        plan_of([TOPIC_A, TOPIC_B, VIEW_A], system, state), system, state, lambda *step: told.append(step)
    )
    assert told == [("applying", 0, 2), ("applying", 1, 2), ("applying", 2, 2)]


def test_every_action_reaches_the_provider_as_it_was_planned() -> None:
    system, state = Memory(), MemoryState()
    apply_of([thing(JOB, "j", sql="a"), thing(VIEW, "v", sql="a")], system, state)
    system.made.clear()
    apply_of([thing(JOB, "j", sql="b"), thing(VIEW, "v", sql="b")], system, state)
    assert [(action, id_.name) for action, id_ in system.made] == [
        (Action.UPDATE, "v"),
        (Action.RESTART, "j"),
    ]
