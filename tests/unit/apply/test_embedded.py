"""What somebody put into the engine's file by hand is nobody's of ours, whatever verb runs over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from back_half import Memory, MemoryState, apply_of, plan_of, thing
from headgate.apply import carry_out
from headgate.plan.plan import Asked
from headgate.plan.refusals import NOT_OURS
from headgate.providers.embedded import Embedded, open_engine
from headgate.resources import Resource
from headgate.resources.embedded import KINDS, SINK, TABLE, VIEW

BY_NAME = {kind.name: kind for kind in KINDS}
SHAPE = {"columns": [["id", "STRING"]], "mode": "append", "key": [], "event_time": "", "delay_ms": 0}
EVERYTHING = Asked(destroy=True, deletes=True, data=True)


@pytest.fixture
def engine() -> Iterator[Embedded]:
    with closing(open_engine(None)) as opened:
        opened._connection.run("CREATE TABLE notes AS SELECT 'mine' AS text")
        yield opened


def notes(engine: Embedded) -> list[tuple[object, ...]]:
    return engine._connection.run("SELECT text FROM notes")


@pytest.mark.parametrize(
    "declared",
    [
        thing(TABLE, "notes", **SHAPE),
        thing(SINK, "notes", input="x", columns=[["id", "STRING"]], key=[]),
        thing(VIEW, "notes", **SHAPE, sql="SELECT 1", history_sql="", input="x"),
    ],
    ids=lambda resource: resource.id.kind,
)
def test_a_declared_thing_that_is_there_by_hand_is_refused_and_left(
    engine: Embedded, declared: Resource
) -> None:
    state = MemoryState()
    plan = plan_of([declared], engine, state, BY_NAME)
    assert [r.code for r in plan.refusals] == [NOT_OURS]
    carry_out(plan, engine, state, lambda *_: None)
    assert notes(engine) == [("mine",)]


def test_it_survives_apply_and_destroy(engine: Embedded) -> None:
    state = MemoryState()
    for wanted, asked in (([thing(TABLE, "orders", **SHAPE)], None), ([], EVERYTHING)):
        assert apply_of(wanted, engine, state, BY_NAME, asked).complete
        assert notes(engine) == [("mine",)]
    assert engine.held() == []


def test_a_stream_that_becomes_another_kind_of_thing_takes_the_place_of_the_old_one(engine: Embedded) -> None:
    state = MemoryState()
    base, view = thing(TABLE, "base", **SHAPE), {"history_sql": "", "input": "base"}
    sql = 'SELECT id, __seq, __wm, __timestamp, __op FROM "base"'
    as_view = [base, thing(VIEW, "stream", base.id, **SHAPE, sql=sql, **view)]
    as_table = [base, thing(TABLE, "stream", **SHAPE)]
    for wanted in (as_view, as_table, as_view):
        asked = Asked(deletes=True, data=True)
        assert apply_of(wanted, engine, state, BY_NAME, asked).complete
        assert plan_of(wanted, engine, state, BY_NAME).is_empty
        assert engine.count("stream") == 0


def test_the_engine_and_the_fake_leave_the_same(engine: Embedded) -> None:
    fake, state, fakes_state = Memory(), MemoryState(), MemoryState()
    for wanted in ([thing(TABLE, "a", **SHAPE), thing(TABLE, "b", **SHAPE)], [thing(TABLE, "b", **SHAPE)]):
        apply_of(wanted, engine, state, BY_NAME, Asked(deletes=True, data=True))
        apply_of(wanted, fake, fakes_state, BY_NAME, Asked(deletes=True, data=True))
        assert set(engine.held()) == set(fake.things)
        assert state == fakes_state
