"""What every state store promises; the one in memory that other tests stand on keeps it as the others do."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from back_half import JOB, TOPIC, MemoryState, thing
from headgate.ports import StateHeld, StateLost, StateStore
from headgate.resources import Resource, ResourceId
from headgate.state import LoggedState, open_state
from headgate.state.formats import Owner
from state_log import FakeLedger, FakeTopic

A1, A2 = thing(TOPIC, "a", size=1), thing(TOPIC, "a", size=2)
B = thing(JOB, "b", thing(TOPIC, "a").id, sql="x")

Opened = Callable[[], StateStore]
"""Opens the store anew, as another process would after the one before it was killed."""
Subject = Callable[[], AbstractContextManager[Opened]]


@contextmanager
def in_memory() -> Iterator[Opened]:
    state = MemoryState()

    def opened() -> StateStore:
        state.finish()
        return state

    yield opened


@contextmanager
def in_file() -> Iterator[Opened]:
    stores: list[StateStore] = []
    with tempfile.TemporaryDirectory() as folder:

        def opened() -> StateStore:
            for one in stores:
                one.close()
            file = Path(folder) / "deep" / "state.jsonl"
            stores.append(open_state(file, project="shop", environment="dev", version="0.1"))
            return stores[-1]

        yield opened
        stores[-1].close()


@contextmanager
def in_fake_topic() -> Iterator[Opened]:
    topic = FakeTopic()
    owner = Owner("shop", "dev", "0.1")

    def opened() -> StateStore:
        topic.compact()
        ledger = FakeLedger(topic, str(owner))
        return LoggedState(ledger, owner, backups=Path("nowhere"), ended=lambda _: True)

    yield opened


STORES: list[Subject] = [in_memory, in_file, in_fake_topic]


def seen(store: StateStore) -> tuple[int, dict[ResourceId, Resource], tuple[ResourceId, ...]]:
    return store.generation, store.read(), store.intents()


@pytest.fixture(params=STORES, ids=["memory", "file", "fake topic"])
def opened(request: pytest.FixtureRequest) -> Iterator[Opened]:
    with request.param() as opened:
        yield opened


def test_where_nothing_was_applied_nothing_is_ours(opened: Opened) -> None:
    assert seen(opened()) == (0, {}, ())


def test_what_was_recorded_is_read_again_in_the_order_of_ids(opened: Opened) -> None:
    state = opened()
    state.begin()
    state.intend([A1.id, B.id])
    state.record([A1, B])
    state.finish()
    assert list(opened().read().items()) == [(B.id, B), (A1.id, A1)]
    assert (opened().intents(), opened().generation) == ((), 1)


def test_the_last_record_about_a_thing_holds(opened: Opened) -> None:
    state = opened()
    state.begin()
    state.record([A1, B])
    state.record([A2], [B.id])
    state.finish()
    assert opened().read() == {A2.id: A2}


def test_a_begun_step_stands_until_its_outcome_is_recorded(opened: Opened) -> None:
    state = opened()
    state.begin()
    state.record([A1])
    state.intend([A1.id, B.id])
    killed = opened()
    assert (killed.intents(), killed.read()) == ((B.id, A1.id), {A1.id: A1})
    killed.begin()
    killed.record([A2], [B.id])
    assert seen(killed) == (2, {A2.id: A2}, ())
    assert seen(opened()) == (2, {A2.id: A2}, ())


def test_nothing_is_written_where_no_apply_was_begun_or_it_is_finished(opened: Opened) -> None:
    state = opened()
    with pytest.raises(StateLost):
        state.intend([A1.id])
    state.begin()
    state.finish()
    state.finish()
    with pytest.raises(StateLost):
        state.record([A1])
    assert seen(opened()) == (1, {}, ())


def test_to_begin_what_is_begun_does_nothing(opened: Opened) -> None:
    state = opened()
    state.begin()
    state.begin()
    assert state.generation == 1


def test_what_nobody_claimed_is_nobody_elses(opened: Opened) -> None:
    state = opened()
    state.begin()
    state.record([A1])
    assert state.claimed_by_others([A1.id, B.id]) == {}


def done(store: StateStore, verb: str, resource: Resource) -> None:
    match verb:
        case "begin":
            store.begin()
        case "intend":
            store.intend([resource.id])
        case "made":
            store.record([resource])
        case "gone":
            store.record((), [resource.id])
        case "finish":
            store.finish()


@pytest.mark.parametrize("subject", STORES[1:], ids=["file", "fake topic"])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["begin", "intend", "made", "gone", "finish"]),
            st.sampled_from([A1, A2, B]),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_opened_anew_at_any_time_it_says_what_one_in_memory_says(
    subject: Subject, steps: list[tuple[str, Resource, bool]]
) -> None:
    with in_memory() as remembered, subject() as opened:
        memory, store = remembered(), opened()
        for verb, resource, anew in steps:
            outcomes = []
            for one in (memory, store):
                try:
                    done(one, verb, resource)
                    outcomes.append("done")
                except StateLost:
                    outcomes.append("refused")
            assert outcomes[0] == outcomes[1]
            if anew:
                memory, store = remembered(), opened()
            assert seen(store) == seen(memory)


def test_two_applies_on_one_machine_cannot_both_write(tmp_path: Path) -> None:
    def open_one() -> StateStore:
        return open_state(tmp_path / "s.jsonl", project="shop", environment="dev", version="0.1")

    one, other = open_one(), open_one()
    one.begin()
    with pytest.raises(StateHeld, match="process") as held:
        other.begin()
    assert held.value.id
    one.record([A1])
    one.finish()
    with pytest.raises(StateLost, match="came between"):
        other.begin()
    again = open_one()
    again.begin()
    assert seen(again) == (2, {A1.id: A1}, ())
    again.close()
