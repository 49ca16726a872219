"""The embedded engine holds streams: fed, filled, drained and read."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from headgate.ports import (
    Action,
    Change,
    EngineBusy,
    EngineInput,
    EngineQuery,
    Feed,
    GeneratedRows,
    MalformedSample,
    PermanentFailure,
    Probe,
    SampleText,
    StreamTable,
)
from headgate.providers.embedded import Embedded, open_engine
from headgate.providers.embedded.connection import Connection
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
    columns=(("id", "STRING NOT NULL"), ("risk", "DOUBLE"), ("at", "TIMESTAMP(3)")),
    mode="upsert",
    key=("id",),
    event_time="at",
)


def lines(*rows: str) -> SampleText:
    return SampleText("samples/x.jsonl", "\n".join(rows) + "\n")


def feed(table: StreamTable, rows: SampleText | GeneratedRows | None, **more: Any) -> Feed:
    return Feed(table=table, name=table.relation, rows=rows, **more)


def made(engine: Embedded, *tables: StreamTable) -> Embedded:
    for table in tables:
        create(engine, "embedded_table", table.relation, table_fields(table))
    return engine


def create(engine: Embedded, kind: str, name: str, fields: dict[str, Any]) -> None:
    id_ = ResourceId(kind, name)
    assert engine.carry_out([Change(Action.CREATE, id_, Resource(id=id_, fields=fields))]) == [None]


@pytest.fixture
def engine() -> Embedded:
    return made(open_engine(None), PAYMENTS, CUSTOMERS)


def test_a_fed_stream_holds_its_sample_and_each_row_the_watermark_it_met(engine: Embedded) -> None:
    sample = lines(
        '{"id": "a", "cents": 1, "at": "2026-01-01 00:00:10"}',
        '{"id": "b", "cents": "2", "at": "2026-01-01 00:00:01"}',
    )
    (result,) = engine.feed([feed(PAYMENTS, sample)])
    assert (result.rows, result.malformed, result.generated) == (2, 0, False)
    hidden = engine._connection.run("SELECT id, __wm, __timestamp FROM payments ORDER BY __seq")
    assert hidden == [
        ("a", None, dt.datetime(2026, 1, 1, 0, 0, 10)),
        ("b", dt.datetime(2026, 1, 1, 0, 0, 5), dt.datetime(2026, 1, 1, 0, 0, 10)),
    ]


def test_feeding_replaces_what_was_there(engine: Embedded) -> None:
    engine.feed([feed(PAYMENTS, lines('{"id": "a"}', '{"id": "b"}'))])
    engine.feed([feed(PAYMENTS, lines('{"id": "c"}'))])
    assert engine.rows("payments").rows == (("c", None, None),)


def test_a_malformed_line_is_set_aside_with_its_reason(engine: Embedded) -> None:
    sample = lines(
        '{"id": "a", "cents": "many"}',
        "{oops",
        '{"cents": 1}',
        "[1]",
        '{"id": "d", "_op": "-D"}',
        '{"id": "e"}',
    )
    (result,) = engine.feed([feed(PAYMENTS, sample)])
    assert (result.rows, result.malformed) == (1, 5)
    assert result.examples[0] == 'samples/x.jsonl:1: `cents`: "many" is no BIGINT'
    reasons = engine._connection.run("SELECT line, reason FROM payments__rejected ORDER BY line")
    assert [line for line, _ in reasons] == [1, 2, 3, 4, 5]
    assert "not JSON" in reasons[1][1] and "`id` is null" in reasons[2][1]


def test_a_stream_that_fails_on_malformed_lines_changes_nothing(engine: Embedded) -> None:
    engine.feed([feed(PAYMENTS, lines('{"id": "a"}'))])
    with pytest.raises(MalformedSample, match="1 malformed"):
        engine.feed([feed(PAYMENTS, lines('{"id": "b"}', "x"), on_malformed="fail")])
    assert engine.count("payments") == 1


def test_skipped_lines_are_counted_and_not_kept(engine: Embedded) -> None:
    engine.feed([feed(PAYMENTS, lines("x"))])
    (result,) = engine.feed([feed(PAYMENTS, lines("x"), on_malformed="skip")])
    assert result.malformed == 1
    assert engine.count("payments__rejected") is None


def test_an_upsert_stream_shows_the_last_row_of_each_key_without_deleted_ones(engine: Embedded) -> None:
    sample = lines(
        '{"id": "a", "risk": 0.1, "at": "2026-01-01 00:00:00"}',
        '{"id": "b", "risk": 0.2, "at": "2026-01-01 00:00:01"}',
        '{"id": "a", "risk": 0.3, "at": "2026-01-01 00:00:02"}',
        '{"_key": "b"}',
        '{"id": "c", "risk": 0.5, "at": "2026-01-01 00:00:03"}',
        '{"_key": {"id": "c"}, "_op": "-D"}',
    )
    engine.feed([feed(CUSTOMERS, sample)])
    assert [row[:2] for row in engine.rows("customers").rows] == [("a", 0.3)]
    assert engine.count("customers__history") == 6


def test_csv_samples_are_read_with_empty_cells_as_null(engine: Embedded) -> None:
    sample = SampleText("x.csv", 'id,cents,at\na,1,2026-01-01 00:00:00\n"b,c",,\nd,1\n', "csv")
    (result,) = engine.feed([feed(PAYMENTS, sample)])
    assert engine.rows("payments").rows == (("b,c", None, None), ("a", 1, dt.datetime(2026, 1, 1)))[::-1]
    assert result.examples == ("x.csv:4: 2 cells where the first line names 3 columns",)


def test_rows_arrive_by_their_timestamps_over_all_streams(engine: Embedded) -> None:
    engine.feed(
        [
            feed(
                PAYMENTS,
                lines(
                    '{"id": "p1", "_timestamp": "2026-01-01 00:00:05"}',
                    '{"id": "p2", "_timestamp": "2026-01-01 00:00:01"}',
                ),
            ),
            feed(
                CUSTOMERS,
                lines(
                    '{"id": "c1", "at": "2026-01-01 00:00:03"}', '{"id": "c2", "at": "2026-01-01 00:00:02"}'
                ),
            ),
        ]
    )
    order = engine._connection.run(
        "SELECT id FROM (SELECT id, __seq FROM payments UNION ALL SELECT id, __seq FROM customers__history) ORDER BY __seq"
    )
    assert [id_ for (id_,) in order] == ["p2", "c1", "c2", "p1"]


def test_generated_rows_are_the_same_every_time_and_draw_from_their_parents(engine: Embedded) -> None:
    orders = StreamTable(
        relation="orders",
        columns=(
            ("order_id", "STRING"),
            ("customer", "STRING"),
            ("status", "STRING"),
            ("at", "TIMESTAMP(3)"),
        ),
        key=("order_id",),
        event_time="at",
        delay_ms=5000,
    )
    made(engine, orders)
    feeds = [
        feed(
            orders,
            GeneratedRows(
                seed=7, parents={"customer": ("customers", "id")}, columns={"status": {"choices": ["A", "B"]}}
            ),
        ),
        feed(CUSTOMERS, GeneratedRows(seed=8)),
    ]
    engine.feed(feeds)
    before = engine.dump()
    engine.feed(feeds)
    assert engine.dump() == before
    (orphans,) = engine._connection.run(
        "SELECT count(*) FROM orders WHERE customer NOT IN (SELECT id FROM customers)"
    )[0]
    assert orphans == 0
    (keys, statuses, late) = engine._connection.run(
        'SELECT count(DISTINCT order_id), count(DISTINCT status), count(*) FILTER ("at" <= __wm) FROM orders'
    )[0]
    assert (keys, statuses, late) == (100, 2, 0)


def test_metadata_and_computed_columns_are_filled_in() -> None:
    table = StreamTable(
        relation="clicks",
        columns=(
            ("n", "INT"),
            ("stamp", "TIMESTAMP_LTZ(3)"),
            ("part", "INT"),
            ("off", "BIGINT"),
            ("twice", "INT"),
        ),
        event_time="stamp",
    )
    engine = made(open_engine(None), table)
    sample = lines(
        '{"n": 1, "_timestamp": "2026-01-01 00:00:01", "_partition": 3}', '{"n": 2, "_timestamp": 0}'
    )
    engine.feed(
        [
            feed(
                table,
                sample,
                metadata={"stamp": "timestamp", "part": "partition", "off": "offset"},
                computed=EngineQuery('SELECT "n" * 2 AS twice, __seq FROM clicks', (("twice", "INT"),)),
            )
        ]
    )
    assert engine.rows("clicks").rows == (
        (2, dt.datetime(1970, 1, 1), 0, 0, 4),
        (1, dt.datetime(2026, 1, 1, 0, 0, 1), 3, 0, 2),
    )


def test_a_query_on_inline_rows_needs_no_table_and_reports_late_rows() -> None:
    engine = open_engine(None)
    query = EngineQuery(
        'SELECT id, cents * 2 AS c, __seq FROM payments WHERE __wm IS NULL OR "at" > __wm',
        (("id", "STRING"), ("c", "BIGINT")),
        (Probe("filter", 'SELECT * FROM payments WHERE "at" <= __wm', exact=False),),
    )
    given = EngineInput(
        "payments",
        PAYMENTS.columns,
        (
            {"id": "a", "cents": 1, "at": "2026-01-01 00:00:10"},
            {"cents": 2, "at": "2026-01-01T00:00:09"},
            {"id": "c", "at": "2026-01-01 00:00:01"},
        ),
        "at",
        5000,
    )
    answer = engine.run(query, [given])
    assert answer.rows == (("a", 2), (None, 4))
    assert [(late.operator, late.count) for late in answer.late] == [("filter", 1)]
    assert answer.late[0].example == {"id": "c", "cents": None, "at": dt.datetime(2026, 1, 1, 0, 0, 1)}
    assert answer.approximate == ("filter",)
    cut = engine.run(query, [given], limit=1)
    assert (cut.rows, cut.truncated, cut.count) == ((("a", 2),), True, 2)


def test_inline_rows_of_every_type_come_back_as_they_went() -> None:
    columns = (
        ("b", "BYTES"), ("d", "DECIMAL(10, 2)"), ("r", "ROW<a INT, t TIMESTAMP(3)>"), ("l", "ARRAY<STRING>"),
        ("m", "MAP<STRING, INT>"), ("day", "DATE"), ("t", "TIME(3)"), ("x", "DOUBLE"), ("s", "STRING"), ("o", "BOOLEAN"),
    )  # fmt: skip
    row = {
        "b": b"\x00\xff", "d": "1.50", "r": {"a": 1, "t": "2026-01-01 00:00:00.001"}, "l": ["it's", None],
        "m": {"k": 1}, "day": "2026-01-02", "t": "01:02:03", "x": 0.1, "s": "nul\0inside", "o": True,
    }  # fmt: skip
    empty: dict[str, Any] = {"l": [], "m": {}}
    names = ", ".join(name for name, _ in columns)
    query = EngineQuery(f"SELECT {names}, __seq FROM things", columns)
    answer = open_engine(None).run(query, [EngineInput("things", columns, (row, empty))])
    first = dict(zip([name for name, _ in columns], answer.rows[0], strict=True))
    assert first["r"] == {"a": 1, "t": dt.datetime(2026, 1, 1, 0, 0, 0, 1000)}
    assert (first["b"], first["l"], first["m"], first["s"], first["x"]) == (
        b"\x00\xff",
        ["it's", None],
        {"k": 1},
        "nul\0inside",
        0.1,
    )
    second = dict(zip([name for name, _ in columns], answer.rows[1], strict=True))
    assert (second["l"], second["m"], second["d"]) == ([], {}, None)


def test_filling_numbers_rows_in_between_those_they_come_from(engine: Embedded) -> None:
    engine.feed(
        [
            feed(
                PAYMENTS,
                lines(
                    '{"id": "a", "cents": 2, "at": "2026-01-01 00:00:10"}',
                    '{"id": "b", "cents": 1, "at": "2026-01-01 00:00:20"}',
                ),
            )
        ]
    )
    doubled = StreamTable(
        relation="doubled",
        columns=(("id", "STRING"), ("n", "BIGINT"), ("at", "TIMESTAMP(3)")),
        event_time="at",
        delay_ms=1000,
    )
    made(engine, doubled)
    query = EngineQuery(
        'SELECT id, n, "at", __seq FROM (SELECT *, unnest([2, 1]) AS n FROM payments)', doubled.columns
    )
    result = engine.fill(doubled, query)
    assert (result.count, engine.rows("doubled").rows[:2]) == (
        4,
        (("a", 1, dt.datetime(2026, 1, 1, 0, 0, 10)), ("a", 2, dt.datetime(2026, 1, 1, 0, 0, 10))),
    )
    between = engine._connection.run(
        "SELECT count(DISTINCT d.__seq), bool_and(CASE d.id WHEN 'a' THEN d.__seq < b.__seq ELSE d.__seq >= b.__seq END) "
        "FROM doubled d, payments b WHERE b.id = 'b'"
    )
    assert between == [(4, True)]
    watermarks = engine._connection.run("SELECT __wm FROM doubled ORDER BY __seq")
    assert watermarks[0] == (None,) and watermarks[-1] == (dt.datetime(2026, 1, 1, 0, 0, 19),)


def test_a_sink_with_key_columns_upserts_and_deletes(engine: Embedded) -> None:
    create(
        engine,
        "embedded_sink",
        "risks",
        {"input": "customers", "columns": [["id", "STRING"], ["risk", "DOUBLE"]], "key": ["id"]},
    )
    engine.feed(
        [
            feed(
                CUSTOMERS,
                lines(
                    '{"id": "a", "risk": 1}',
                    '{"id": "a", "risk": 2}',
                    '{"id": "b", "risk": 3}',
                    '{"_key": "b"}',
                ),
            )
        ]
    )
    assert engine.drain("customers", "risks", ("id",)) == 1
    assert engine._connection.run("SELECT id, risk FROM risks") == [("a", 2.0)]
    assert engine.drain("customers", "risks", ()) == 1


def test_sql_cannot_leave_the_engine() -> None:
    engine = open_engine(None)
    for sql in (
        "SELECT * FROM read_csv('/etc/hostname')",
        "SET threads = 4",
        "INSTALL httpfs",
        "ATTACH '/tmp/other.db'",
    ):
        with pytest.raises(PermanentFailure):
            engine._connection.run(sql)


def test_a_query_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(PermanentFailure, match="stopped after"):
        open_engine(None)._connection.run(
            "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b", seconds=0.1
        )


def test_an_interrupt_stops_a_query_and_undoes_what_it_was_part_of(engine: Embedded) -> None:
    feed_one = [feed(PAYMENTS, lines('{"id": "a"}'))]
    engine.feed(feed_one)
    endless = EngineQuery(
        'SELECT CAST(sum(a.range * b.range) AS VARCHAR) AS id, 1 AS cents, NULL::TIMESTAMP AS "at", 1 AS __seq '
        "FROM range(1000000) a, range(1000000) b",
        PAYMENTS.columns,
    )
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        engine.fill(PAYMENTS, endless)
    timer.join()
    assert engine.rows("payments").rows == (("a", None, None),)


def test_a_second_writer_is_told_who_holds_the_file(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from headgate.providers.embedded import open_engine\n"
        "e = open_engine(pathlib.Path(sys.argv[1]), command='headgate build'); print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "ready\n"
        started = time.monotonic()
        with pytest.raises(EngineBusy, match=f"headgate build.*process {other.pid} on"):
            open_engine(tmp_path, wait=0.2)
        assert time.monotonic() - started >= 0.2
        other.communicate("")
    open_engine(tmp_path, command="again").close()
    assert os.listdir(tmp_path) == ["engine.duckdb"]


def test_what_was_made_is_there_for_the_next_process_and_for_readers(tmp_path: Path) -> None:
    with open_engine(tmp_path) as engine:
        made(engine, PAYMENTS)
        engine.feed([feed(PAYMENTS, lines('{"id": "a"}'))])
    with open_engine(tmp_path, read_only=True) as reader:
        assert reader.rows("payments").rows == (("a", None, None),)
        with pytest.raises(PermanentFailure):
            reader.feed([feed(PAYMENTS, None)])


def test_reading_where_nothing_was_applied_finds_nothing(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "never", read_only=True)
    assert engine.count("payments") is None
    with pytest.raises(PermanentFailure, match="not there yet"):
        engine.rows("payments")


def test_a_stream_may_bear_the_name_of_one_of_duckdbs_own_tables() -> None:
    table = StreamTable(relation="duckdb_tables", columns=(("id", "STRING"),))
    engine = open_engine(None)
    assert engine.count("duckdb_tables") is None
    engine = made(engine, table)
    assert engine.count("duckdb_tables") == 0
    engine.carry_out([Change(Action.DELETE, ResourceId("embedded_table", "duckdb_tables"), None)])
    assert engine.count("duckdb_tables") is None


def test_a_stream_that_cannot_be_read_is_not_taken_for_one_that_is_not_there(engine: Embedded) -> None:
    fields = {**table_fields(PAYMENTS), "sql": "SELECT * FROM payments"}
    create(engine, "embedded_view", "copy", fields)
    engine._connection.run("DROP TABLE payments")
    with pytest.raises(PermanentFailure, match="payments"):
        engine.count("copy")


def test_what_a_change_costs_does_not_grow_with_what_is_there(
    engine: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    run = Connection.run

    def noted(self: Connection, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        ran.append(sql)
        return run(self, sql, parameters)

    monkeypatch.setattr(Connection, "run", noted)
    create(engine, "embedded_table", "payments", table_fields(CUSTOMERS) | {"mode": "append", "key": []})
    create(engine, "embedded_view", "copy", {**table_fields(PAYMENTS), "sql": "SELECT * FROM customers"})
    assert engine.count("copy") == 0
    engine.carry_out([Change(Action.DELETE, ResourceId("embedded_view", "copy"), None)])
    assert "CREATE TABLE" in " ".join(ran)
    whole = ("duckdb_columns", "duckdb_tables", "duckdb_views", "information_schema")
    assert [sql for sql in ran if any(name in sql for name in whole)] == []
