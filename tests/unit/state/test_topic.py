"""State in a topic, on a fake one: who has the lock, what a refusal says, whose a thing is, how an older format becomes new."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from back_half import TOPIC, thing
from headgate.ports import ClusterConnection, PermanentFailure, StateHeld, StateLost
from headgate.state import StateDamaged, StateTooNew, open_topic_state
from headgate.state.documents import text_to_document
from headgate.state.formats import Owner
from headgate.state.holder import Holder
from headgate.state.store import LoggedState
from state_log import FakeLedger, FakeTopic, Transaction

A, B = thing(TOPIC, "eu/a", size=1), thing(TOPIC, "eu/b", size=1)
HOLDER = Holder(
    id="cafe0001", host="ci-7", user="ann", pid=4711, machine="", started="", since="2026-01-31 12:00:03 UTC"
)


def opened(topic: FakeTopic, project: str = "shop", backups: Path = Path("nowhere")) -> LoggedState:
    owner = Owner(project, "prod", "0.1")
    return LoggedState(
        FakeLedger(topic, str(owner)),
        owner,
        backups=backups,
        holder=lambda plan: replace(HOLDER, plan=plan),
        ended=lambda _: False,
    )


def begun(topic: FakeTopic, project: str = "shop") -> LoggedState:
    state = opened(topic, project)
    state.begin()
    return state


def test_who_has_the_lock_is_named_with_its_host_its_process_since_when_and_when_it_was_last_heard_of() -> (
    None
):
    topic = FakeTopic()
    opened(topic).begin("02c234ba")
    with pytest.raises(StateHeld) as held:
        opened(topic).begin()
    assert held.value.id == "cafe0001"
    assert held.value.holder == (
        "ann on ci-7, process 4711, with plan 02c234ba, since 2026-01-31 12:00:03 UTC, last heard of at 2023-11-14 22:13:20 UTC"
    )


def test_a_refused_apply_does_not_disturb_the_one_that_has_the_lock() -> None:
    topic = FakeTopic()
    state = begun(topic)
    epochs = dict(topic.epochs)
    with pytest.raises(StateHeld):
        opened(topic).begin()
    assert topic.epochs == epochs
    state.record([A])


def test_a_holder_that_was_fenced_goes_on_while_the_lock_is_its_own() -> None:
    topic = FakeTopic()
    state = begun(topic)
    FakeLedger(topic, "shop/prod").take()
    state.intend([A.id])
    assert opened(topic).intents() == (A.id,)


def test_a_holder_that_wakes_up_after_an_unlock_stops_before_it_touches_anything() -> None:
    topic = FakeTopic()
    sleeper = begun(topic)
    sleeper.intend([A.id])
    assert opened(topic).unlock("cafe0001")
    with pytest.raises(StateLost, match="taken away"):
        sleeper.intend([B.id])
    with pytest.raises(StateLost):
        sleeper.record([A])
    sleeper.finish()
    after = begun(topic)
    assert (after.intents(), after.generation) == ((A.id,), 2)


def test_a_holder_that_wakes_up_when_another_applies_says_who() -> None:
    topic = FakeTopic()
    sleeper = begun(topic)
    opened(topic).unlock("cafe0001")
    owner = Owner("shop", "prod", "0.1")
    other = replace(HOLDER, id="beef0002", user="bob")
    LoggedState(FakeLedger(topic, str(owner)), owner, backups=Path(), holder=lambda _: other).begin()
    with pytest.raises(StateLost, match="is held by bob on ci-7"):
        sleeper.intend([A.id])
    sleeper.finish()
    lock = opened(topic).lock
    assert lock is not None
    assert lock.id == "beef0002"


def test_a_lock_is_taken_away_by_its_own_id_alone() -> None:
    topic = FakeTopic()
    state = begun(topic)
    assert not opened(topic).unlock("beef0002")
    state.record([A])
    assert opened(topic).lock == HOLDER


def test_an_apply_planned_on_what_is_no_more_is_refused() -> None:
    topic = FakeTopic()
    planned = opened(topic)
    between = begun(topic)
    between.record([A])
    between.finish()
    with pytest.raises(StateLost, match="came between"):
        planned.begin()
    assert opened(topic).lock is None


def test_what_another_project_made_is_named_with_that_project() -> None:
    topic = FakeTopic()
    shop = begun(topic)
    shop.intend([A.id])
    bank = begun(topic, "bank")
    assert bank.claimed_by_others([A.id, B.id]) == {A.id: "shop/prod"}
    with pytest.raises(StateLost, match="topic/eu/a was claimed first by shop/prod"):
        bank.intend([B.id, A.id])
    assert opened(topic, "bank").intents() == ()
    assert opened(topic).claimed_by_others([A.id, B.id]) == {}


def test_what_is_gone_may_be_another_projects() -> None:
    topic = FakeTopic()
    shop = begun(topic)
    shop.record([A])
    shop.record((), [A.id])
    bank = begun(topic, "bank")
    bank.intend([A.id])
    assert opened(topic).claimed_by_others([A.id]) == {A.id: "bank/prod"}


def test_of_one_name_in_two_clusters_each_is_its_own_thing() -> None:
    topic = FakeTopic()
    begun(topic).record([A])
    us = thing(TOPIC, "us/a", size=1)
    begun(topic, "bank").record([us])
    assert opened(topic, "bank").read() == {us.id: us}


def put(topic: FakeTopic, key: str, value: dict[str, object]) -> None:
    transaction = Transaction("by hand")
    topic.open.append(transaction)
    topic.append(key, value, transaction)
    topic.over(transaction, committed=True)


def test_an_older_format_is_upgraded_by_the_first_apply_after_a_copy_was_put_away(tmp_path: Path) -> None:
    topic = FakeTopic()
    state = begun(topic)
    state.record([A])
    state.intend([B.id])
    state.finish()
    for _, key, text, _ in list(topic.records):
        assert text is not None
        put(topic, key, {**json.loads(text), "format": 1})
    old = opened(topic, backups=tmp_path)
    assert (old.read(), old.intents()) == ({A.id: A}, (B.id,))
    assert list(tmp_path.iterdir()) == []
    old.begin()
    backup = text_to_document((tmp_path / "state-shop-prod-format-1.json").read_text())
    assert (backup.contents.resources, backup.contents.begun) == ({A.id: A}, {B.id})
    topic.compact()
    assert not any(
        '"format": 1' in (text or "") for _, key, text, _ in topic.records if key.startswith("shop")
    )
    assert (opened(topic).read(), opened(topic).intents()) == ({A.id: A}, (B.id,))


def test_without_a_copy_nothing_is_upgraded(tmp_path: Path) -> None:
    topic = FakeTopic()
    put(topic, "shop/prod", {"format": 1, "version": "0.1", "generation": 3, "lock": None})
    (tmp_path / "taken").write_text("a file where the folder should be")
    with pytest.raises(PermanentFailure, match="no copy before the upgrade"):
        opened(topic, backups=tmp_path / "taken").begin()
    assert (opened(topic).generation, opened(topic).lock) == (3, None)


def test_a_newer_format_is_refused_by_the_version_it_needs() -> None:
    topic = FakeTopic()
    put(topic, "shop/prod", {"format": 9, "version": "4.0", "something": "else"})
    with pytest.raises(StateTooNew, match=r"needs headgate 4\.0"):
        opened(topic)


def test_what_other_projects_write_there_is_not_looked_into() -> None:
    topic = FakeTopic()
    put(topic, "bank/prod", {"format": 9})
    put(topic, "shop/prodigy", {"format": 9})
    assert opened(topic).read() == {}


def test_a_damaged_record_is_named() -> None:
    topic = FakeTopic()
    put(topic, "shop/prod/topic/a", {"format": 2})
    with pytest.raises(StateDamaged, match="shop/prod/topic/a"):
        opened(topic)


def test_a_project_that_is_called_like_the_claims_is_refused() -> None:
    where = ClusterConnection(name="eu", kafka={"bootstrap_servers": "127.0.0.1:9"})
    with pytest.raises(PermanentFailure, match="`claim`"):
        open_topic_state(
            where, "t", project="claim", environment="prod", version="0.1", backups=Path("nowhere")
        )
