"""What is read of the embedded engine's streams: parts of them, their changes, and what a sink's reader is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from headgate.ports import (
    Action,
    Change,
    EngineQuery,
    EngineResult,
    Feed,
    GeneratedRows,
    PermanentFailure,
    Probe,
    SampleText,
    StreamTable,
)
from headgate.providers.embedded import Embedded, open_engine
from headgate.providers.embedded.tables import table_fields
from headgate.resources import Resource, ResourceId

PAYMENTS = StreamTable(
    relation="payments",
    columns=(("id", "STRING NOT NULL"), ("cents", "BIGINT"), ("at", "TIMESTAMP(3)")),
    event_time="at",
    delay_ms=5000,
)
CUSTOMERS = StreamTable(
    relation="customers",
    columns=(("id", "STRING NOT NULL"), ("risk", "DOUBLE")),
    mode="upsert",
    key=("id",),
)


def create(engine: Embedded, kind: str, name: str, fields: dict[str, Any]) -> None:
    id_ = ResourceId(kind, name)
    assert engine.carry_out([Change(Action.CREATE, id_, Resource(id=id_, fields=fields))]) == [None]


def feed(engine: Embedded, table: StreamTable, *rows: str) -> None:
    text = "".join(row + "\n" for row in rows)
    engine.feed([Feed(table=table, name=table.relation, rows=SampleText("x.jsonl", text))])


@pytest.fixture
def engine() -> Embedded:
    engine = open_engine(None)
    for table in (PAYMENTS, CUSTOMERS):
        create(engine, "embedded_table", table.relation, table_fields(table))
    feed(
        engine,
        PAYMENTS,
        '{"id": "a", "cents": 1, "at": "2026-01-01 00:00:01"}',
        '{"id": "b", "cents": 2, "at": "2026-01-01 00:00:20"}',
        '{"id": "c", "cents": 3, "at": "2026-01-01 00:00:30"}',
    )
    return engine


def ids(result: EngineResult) -> list[Any]:
    return [row[0] for row in result.rows]


def test_the_first_rows_the_last_ones_and_those_from_a_time_on(engine: Embedded) -> None:
    assert ids(engine.rows("payments", limit=2)) == ["a", "b"]
    assert ids(engine.rows("payments", limit=2, latest=True)) == ["b", "c"]
    since = engine.rows("payments", since=dt.datetime(2026, 1, 1, 0, 0, 20))
    assert (ids(since), since.truncated, since.count) == (["b", "c"], False, 2)


def test_changes_of_rows_say_what_each_record_did(engine: Embedded) -> None:
    feed(
        engine,
        CUSTOMERS,
        '{"id": "a", "risk": 1}',
        '{"id": "a", "risk": 2}',
        '{"_key": "a"}',
        '{"id": "a", "risk": 3}',
        '{"id": "b", "risk": 4}',
    )
    changes = engine.rows("customers", changelog=True)
    assert changes.columns[0] == ("_op", "STRING")
    assert [(row[0], row[1], row[2]) for row in changes.rows] == [
        ("+I", "a", 1.0),
        ("+U", "a", 2.0),
        ("-D", "a", None),
        ("+I", "a", 3.0),
        ("+I", "b", 4.0),
    ]
    assert ids(engine.rows("payments", changelog=True)) == ["+I", "+I", "+I"]


def test_a_virtual_topic_has_the_watermarks_that_its_own_records_make(engine: Embedded) -> None:
    view = StreamTable(relation="cheap", columns=PAYMENTS.columns, event_time="at", delay_ms=5000)
    sql = 'SELECT id, cents, "at", __seq, __wm, __timestamp, __op FROM payments WHERE cents <> 2'
    create(engine, "embedded_view", "cheap", {**table_fields(view), "sql": sql, "input": "payments"})
    rows = engine._connection.run("SELECT id, __wm FROM cheap ORDER BY __seq")
    assert rows == [("a", None), ("c", dt.datetime(2025, 12, 31, 23, 59, 56))]
    assert ids(engine.rows("cheap")) == ["a", "c"]


def test_a_sink_holds_what_its_reader_has_seen(engine: Embedded) -> None:
    fields = {"input": "payments", "columns": [list(c) for c in PAYMENTS.columns], "key": []}
    create(engine, "embedded_sink", "out__sink", fields)

    def seen(rows: EngineResult) -> Sequence[tuple[Any, ...]]:
        return [(f"tok_{row[0]}", 0, row[2]) for row in rows.rows]

    assert engine.drain("payments", "out__sink", (), seen=seen) == 3
    stored = engine.rows("out__sink", since=dt.datetime(2026, 1, 1, 0, 0, 20))
    assert stored.rows == (
        ("tok_b", 0, dt.datetime(2026, 1, 1, 0, 0, 20)),
        ("tok_c", 0, dt.datetime(2026, 1, 1, 0, 0, 30)),
    )


def test_a_sink_whose_reader_cannot_be_asked_keeps_what_it_held(engine: Embedded) -> None:
    fields = {"input": "payments", "columns": [list(c) for c in PAYMENTS.columns], "key": []}
    create(engine, "embedded_sink", "out__sink", fields)
    engine.drain("payments", "out__sink", ())

    def refuse(rows: EngineResult) -> Sequence[tuple[Any, ...]]:
        raise PermanentFailure("no key")

    with pytest.raises(PermanentFailure, match="no key"):
        engine.drain("payments", "out__sink", (), seen=refuse)
    assert ids(engine.rows("out__sink")) == ["a", "b", "c"]


def test_open_windows_and_late_rows_are_counted_without_running_the_query(engine: Embedded) -> None:
    query = EngineQuery(
        "SELECT id, __seq FROM payments WHERE id = 'a'",
        (("id", "STRING"),),
        (Probe("window_aggregate", "SELECT * FROM payments WHERE id = 'b'"),),
        open_windows=("SELECT id FROM payments WHERE id <> 'a'",),
    )
    assert engine.run(query, ()).open_windows == 2
    late = engine.late(query)
    assert (late.rows, [(one.operator, one.count) for one in late.late]) == ((), [("window_aggregate", 1)])


def test_rows_that_one_operator_drops_make_no_other_of_its_kind_approximate(engine: Embedded) -> None:
    dropped = Probe("window_aggregate", "SELECT * FROM payments WHERE id = 'b'")
    merged = Probe("window_aggregate", "SELECT * FROM payments WHERE id = 'nobody'", exact=False)
    query = EngineQuery("SELECT id, __seq FROM payments", (("id", "STRING"),), (dropped, merged))
    assert query.approximate_when_late == ("window_aggregate",)
    assert engine.run(query, ()).approximate == ()
    reached = replace(query, probes=(dropped, replace(dropped, exact=False)))
    assert engine.run(reached, ()).approximate == ("window_aggregate",)


def test_a_key_that_draws_its_values_takes_each_of_them(engine: Embedded) -> None:
    parents = {"id": ("payments", "id")}
    generated = GeneratedRows(count=2, seed=1, parents=parents)
    sample = SampleText("x.jsonl", "".join(f'{{"id": "p{n}"}}\n' for n in range(5)))
    engine.feed(
        [
            Feed(table=CUSTOMERS, name="customers", rows=generated),
            Feed(table=PAYMENTS, name="payments", rows=sample),
        ]
    )
    assert ids(engine.rows("customers")) == ["p0", "p1", "p2", "p3", "p4"]


def test_values_can_be_those_of_a_named_provider_of_faker(engine: Embedded) -> None:
    rows = GeneratedRows(count=3, seed=1, columns={"id": {"faker": "iban"}})
    engine.feed([Feed(table=PAYMENTS, name="payments", rows=rows)])
    assert all(one[:2].isalpha() and len(one) > 10 for one in ids(engine.rows("payments")))
    wrong = GeneratedRows(count=1, columns={"id": {"faker": "_seed"}})
    with pytest.raises(PermanentFailure, match="nothing called `_seed`"):
        engine.feed([Feed(table=PAYMENTS, name="payments", rows=wrong)])
