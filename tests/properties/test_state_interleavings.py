"""Applies at once, killed ones, unlocked ones, two projects: in whatever order their steps come, a state stays whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from back_half import TOPIC, thing
from headgate.ports import StateHeld, StateLost, TemporaryFailure
from headgate.resources import Resource, ResourceId
from headgate.state import store
from headgate.state.formats import Owner
from headgate.state.holder import Holder, this_process
from headgate.state.store import LoggedState
from state_log import FakeLedger, FakeTopic, Killed, Turns

THINGS = [thing(TOPIC, f"eu/{name}", size=1) for name in "abc"]
ORDERS = st.lists(st.tuples(st.integers(0, 3), st.just(False)), max_size=80)
DEADLY = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([False] * 9 + [True])), max_size=80)
REFUSALS = (StateHeld, StateLost, TemporaryFailure)


@pytest.fixture(autouse=True, scope="module")
def _no_pauses() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "PAUSE_SECONDS", 0.0)
        yield


@dataclass
class World:
    """A topic, and what was done to the things that states in it are about."""

    turns: Turns
    topic: FakeTopic = field(default_factory=FakeTopic)
    touched: list[tuple[str, ResourceId]] = field(default_factory=list)
    holding: dict[str, set[str]] = field(default_factory=dict)
    begun: list[tuple[str, int]] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    unlocked: set[str] = field(default_factory=set)
    since_unlocked: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.topic.turn = self.turns.turn

    def opened(self, project: str, *, same_machine: bool = True) -> LoggedState:
        owner = Owner(project, "prod", "0.1")
        return LoggedState(
            FakeLedger(self.topic, str(owner)),
            owner,
            backups=Path("nowhere"),
            ended=lambda holder: same_machine and holder.id in self.dead,
        )

    def apply(self, project: str, things: list[Resource], *, same_machine: bool = True) -> Callable[[], None]:
        """Makes things one by one, as an apply would."""

        def run() -> None:
            mine = ""
            try:
                state = self.opened(project, same_machine=same_machine)
                state.begin()
                mine = _id(state)
                self.holding.setdefault(project, set()).add(mine)
                self.begun.append((project, state.generation))
                for one in things:
                    state.intend([one.id])
                    self._touch(project, mine, one.id)
                    state.record([one])
                self.holding[project].discard(mine)
                state.finish()
            except Killed:
                self.dead.add(mine)
                self.holding.get(project, set()).discard(mine)
                raise
            except REFUSALS:
                self.holding.get(project, set()).discard(mine)

        return run

    def unlock(self, project: str) -> Callable[[], None]:
        """Takes the lock from whoever has it, twice."""

        def run() -> None:
            for _ in range(2):
                state = self.opened(project)
                lock = state.lock
                if lock is not None:
                    try:
                        if state.unlock(lock.id):
                            self.unlocked.add(lock.id)
                    except TemporaryFailure:
                        return

        return run

    def _touch(self, project: str, mine: str, id_: ResourceId) -> None:
        self.topic.turn()  # the step may come late
        if mine in self.unlocked:
            self.since_unlocked[mine] = self.since_unlocked.get(mine, 0) + 1
        else:
            others = self.holding[project] - {mine} - self.unlocked
            assert not others, f"{mine} and {others} apply at once"
        self.touched.append((project, id_))


def _id(state: LoggedState) -> str:
    assert state.lock is not None
    return state.lock.id


def check(world: World) -> None:
    """Nothing failed, and everything that was touched is known to be its project's: made, or begun."""
    assert world.turns.failures == []
    world.topic.turn = lambda: None
    for project, id_ in world.touched:
        state = world.opened(project)
        assert id_ in {*state.read(), *state.intents()}
    assert len(set(world.begun)) == len(world.begun)


@given(ORDERS)
def test_applies_at_once_take_turns_or_refuse(order: list[tuple[int, bool]]) -> None:
    world = World(Turns(order))
    world.turns.run([world.apply("shop", THINGS) for _ in range(3)])
    check(world)
    state = world.opened("shop")
    assert state.lock is None
    assert state.intents() == ()
    assert state.generation == len(world.begun)


@given(DEADLY)
def test_after_a_killed_apply_the_next_one_on_its_machine_goes_on(order: list[tuple[int, bool]]) -> None:
    world = World(Turns(order))
    world.turns.run([world.apply("shop", THINGS) for _ in range(3)])
    check(world)
    world.apply("shop", THINGS)()
    assert set(world.opened("shop").read()) == {one.id for one in THINGS}
    assert world.opened("shop").intents() == ()


@given(DEADLY)
def test_the_lock_of_a_killed_apply_of_another_machine_stands_until_it_is_taken_away(
    order: list[tuple[int, bool]],
) -> None:
    world = World(Turns(order))
    world.turns.run([world.apply("shop", THINGS, same_machine=False) for _ in range(2)])
    check(world)
    state = world.opened("shop", same_machine=False)
    if state.lock is not None:
        with pytest.raises(StateHeld, match=str(state.lock.pid)):
            state.begin()
        assert state.unlock(state.lock.id)
    world.apply("shop", THINGS, same_machine=False)()
    assert set(world.opened("shop").read()) == {one.id for one in THINGS}


@given(DEADLY)
def test_whose_lock_was_taken_away_finishes_at_most_the_step_under_way(order: list[tuple[int, bool]]) -> None:
    world = World(Turns(order))
    world.turns.run([*(world.apply("shop", THINGS) for _ in range(3)), world.unlock("shop")])
    check(world)
    assert all(count <= 1 for count in world.since_unlocked.values())


@given(ORDERS, st.booleans())
def test_what_two_projects_claim_at_once_is_one_projects(
    order: list[tuple[int, bool]], compacted: bool
) -> None:
    world = World(Turns(order))
    world.turns.run([world.apply("shop", THINGS), world.apply("bank", THINGS[::-1])])
    if compacted:
        world.topic.compact()
    check(world)
    owners = {
        id_: {project for project, touched in world.touched if touched == id_} for _, id_ in world.touched
    }
    assert all(len(projects) == 1 for projects in owners.values())
    for id_, (project,) in owners.items():
        other = "bank" if project == "shop" else "shop"
        assert world.opened(other).claimed_by_others([id_]) == {id_: f"{project}/prod"}
        assert world.opened(project).claimed_by_others([id_]) == {}


@given(DEADLY, st.lists(st.integers(0, 40), max_size=3))
@settings(max_examples=50)
def test_compaction_at_any_time_changes_nothing(order: list[tuple[int, bool]], at: list[int]) -> None:
    world = World(Turns(order))
    count = 0
    turn = world.turns.turn

    def compacting() -> None:
        nonlocal count
        count += 1
        if count in at:
            world.topic.compact()
        turn()

    world.topic.turn = compacting
    world.turns.run([world.apply("shop", THINGS), world.apply("shop", THINGS), world.apply("bank", THINGS)])
    check(world)
    before = [(one.generation, one.read(), one.intents()) for one in map(world.opened, ("shop", "bank"))]
    world.topic.compact()
    assert before == [
        (one.generation, one.read(), one.intents()) for one in map(world.opened, ("shop", "bank"))
    ]


def test_a_holder_says_who_it_is() -> None:
    holder = Holder(
        **{**{f: getattr(this_process(), f) for f in Holder.__slots__}, "user": "ann", "host": "ci-7"}
    )
    assert str(holder).startswith(f"ann on ci-7, process {holder.pid}, since 20")
