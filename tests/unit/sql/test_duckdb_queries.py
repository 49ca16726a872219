"""Queries rewritten for DuckDB: what is late, what stays open, views, and the order in which rows come about."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pytest

from headgate.compile.embedded_queries import engine_query
from headgate.ports import EngineInput, EngineQuery, EngineResult
from headgate.resources.embedded import HIDDEN
from headgate.schema.types import parse_type
from headgate.sql.duckdb import DuckDbQuery, Refused, rewrite, rewrite_view
from headgate.sql.facts import ColumnFacts, Exactness, Mode, Relation

COLUMNS = {
    "clicks": {"id": "INT", "who": "STRING", "n": "INT", "ts": "TIMESTAMP(3)"},
    "buys": {"id": "INT", "who": "STRING", "paid": "INT", "ts": "TIMESTAMP(3)"},
    "users": {"who": "STRING NOT NULL", "tier": "STRING", "ts": "TIMESTAMP(3)"},
}


def relation(name: str, columns: Mapping[str, str], key: tuple[str, ...] = (), delay_ms: int = 0) -> Relation:
    facts = tuple(
        ColumnFacts(c, parse_type(t), (), "rowtime" if c == "ts" else "") for c, t in columns.items()
    )
    return Relation(name, facts, Mode.UPSERT if key else Mode.APPEND, key or None, "ts", delay_ms)


RELATIONS = {
    "clicks": relation("clicks", COLUMNS["clicks"], delay_ms=10_000),
    "buys": relation("buys", COLUMNS["buys"], delay_ms=10_000),
    "users": relation("users", COLUMNS["users"], ("who",)),
}
TUMBLE = (
    "SELECT who, window_start, window_end, COUNT(*) AS c "
    "FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY who, window_start, window_end"
)


def at(text: str) -> str:
    """A time on the one day of these tests."""
    return f"2026-01-01T{text}"


def clock(value: Any) -> str:
    assert isinstance(value, dt.datetime)
    return value.strftime("%H:%M:%S")


def click(id_: int, who: str, ts: str, n: int = 1) -> dict[str, Any]:
    return {"id": id_, "who": who, "n": n, "ts": at(ts)}


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    made = importlib.import_module("headgate.providers.embedded").open_engine(None)
    yield made
    made.close()


def query(text: str, **options: Any) -> DuckDbQuery:
    made = rewrite(text, options.pop("relations", RELATIONS), **options)
    assert isinstance(made, DuckDbQuery), made
    return made


def inputs(rows: Mapping[str, list[dict[str, Any]]]) -> list[EngineInput]:
    """The rows in the order in which they are given, table by table where they say no `_timestamp`."""
    return [
        EngineInput(
            relation=name,
            columns=tuple(COLUMNS[name].items()),
            rows=tuple(given),
            event_time="ts",
            delay_ms=RELATIONS[name].delay_ms,
            mode="upsert" if RELATIONS[name].key else "append",
            key=RELATIONS[name].key or (),
        )
        for name, given in rows.items()
    ]


def run(engine: Any, made: DuckDbQuery, **rows: list[dict[str, Any]]) -> EngineResult:
    asked = engine_query(made, tuple((name, "STRING") for name in made.columns))
    result = engine.run(asked, inputs(rows))
    assert isinstance(result, EngineResult)
    return result


def probed(engine: Any, made: DuckDbQuery, probe: str, **rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What a statement over the same rows answers, in its own order."""
    whole = EngineQuery(f"SELECT *, row_number() OVER () AS __seq FROM ({probe})", (("id", "INT"),))
    result = engine.run(whole, inputs(rows))
    return list(result.rows)


LATE = [
    click(1, "a", "00:00:01"),
    click(2, "a", "00:01:20"),
    click(4, "b", "00:00:59"),
    click(3, "a", "00:00:02"),
    click(5, "a", "00:01:05"),
]


def test_late_rows_are_left_out_and_found_in_the_order_in_which_they_came(engine: Any) -> None:
    made = query(TUMBLE)
    result = run(engine, made, clicks=LATE)
    assert [(who, clock(start), c) for who, start, _, c in result.rows] == [
        ("a", "00:00:00", 1),
        ("a", "00:01:00", 2),
    ]
    (probe,) = made.late
    assert (probe.operator, probe.exactness, probe.drops) == ("window_aggregate", Exactness.EXACT, True)
    assert probed(engine, made, probe.sql, clicks=LATE) == [(4,), (3,)]
    (late,) = result.late
    assert late.count == 2
    assert late.example is not None
    assert set(late.example) >= {"id", "who", "ts", "window_end"}


def test_a_row_of_a_hopping_window_is_late_only_when_all_its_windows_are_closed(engine: Any) -> None:
    made = query(
        "SELECT window_start, window_end, COUNT(*) AS c FROM TABLE(HOP(TABLE clicks, DESCRIPTOR(ts), "
        "INTERVAL '30' SECOND, INTERVAL '1' MINUTE)) GROUP BY window_start, window_end"
    )
    # The watermark is at 00:01:10: for 00:00:40 the window to 00:01:00 is closed, the one to 00:01:30 is not.
    rows = [click(1, "a", "00:01:20"), click(2, "a", "00:00:40"), click(3, "a", "00:00:20")]
    result = run(engine, made, clicks=rows)
    assert [(clock(start), c) for start, _, c in result.rows] == [("00:00:30", 2), ("00:01:00", 1)]
    assert probed(engine, made, made.late[0].sql, clicks=rows) == [(3,)]


def test_the_watermark_of_two_inputs_is_the_lesser(engine: Any) -> None:
    made = query(
        "SELECT c.id FROM clicks c JOIN buys b ON c.id = b.id AND b.ts BETWEEN c.ts AND c.ts + INTERVAL '1' HOUR"
    )
    buys = [
        {"id": 1, "who": "a", "paid": 1, "ts": at("00:00:30"), "_timestamp": at("00:00:01")},
        {"id": 2, "who": "a", "paid": 1, "ts": at("00:20:00"), "_timestamp": at("00:10:02")},
    ]
    clicks = [
        {**click(2, "a", "00:10:00"), "_timestamp": at("00:10:00")},
        {**click(1, "a", "00:00:00"), "_timestamp": at("00:10:01")},
    ]
    # Click 1 is ten minutes behind its own stream, but not behind the buys, which have reached 00:00:20.
    result = run(engine, made, clicks=clicks, buys=buys)
    assert list(result.rows) == [(1,), (2,)]
    assert [(late.operator, late.count) for late in result.late] == [("interval_join", 1)]
    assert result.approximate == ("interval_join",)


def test_without_a_flush_the_last_windows_stay_open_and_are_named(engine: Any) -> None:
    rows = [click(1, "a", "00:00:01"), click(2, "a", "00:01:20"), click(3, "b", "00:01:30")]
    closed, held = query(TUMBLE), query(TUMBLE, flush=False)
    assert len(run(engine, closed, clicks=rows).rows) == 3
    assert closed.open_windows == ()
    assert [row[0] for row in run(engine, held, clicks=rows).rows] == ["a"]
    (still,) = held.open_windows
    shown = EngineQuery(
        f"SELECT *, row_number() OVER () AS __seq FROM ({still})",
        tuple((name, "STRING") for name in ("who", "window_start", "c")),
    )
    open_rows = engine.run(shown, inputs({"clicks": rows})).rows
    assert [(who, clock(start), c) for who, start, c in open_rows] == [
        ("a", "00:01:00", 1),
        ("b", "00:01:00", 1),
    ]


def test_a_view_is_under_the_clock_of_its_table_with_the_rows_it_filters(engine: Any) -> None:
    many = Relation("many", RELATIONS["clicks"].columns, Mode.APPEND, None, "ts", 10_000)
    made = query(
        TUMBLE.replace("clicks", "many"),
        relations={**RELATIONS, "some": RELATIONS["clicks"], "many": many},
        views=[("some", "SELECT * FROM clicks WHERE n > 0"), ("many", "SELECT * FROM some WHERE n > 1")],
    )
    # Only rows with n > 1 are in the view; the one that closes the first minute is not.
    rows = [click(1, "a", "00:00:01", 2), click(2, "a", "00:01:20", 1), click(3, "a", "00:00:02", 2)]
    result = run(engine, made, clicks=rows)
    assert [row[3] for row in result.rows] == [1]
    assert [late.count for late in result.late] == [1]


def test_a_view_that_cannot_be_rewritten_is_named(engine: Any) -> None:
    made = rewrite(
        "SELECT id FROM odd", {**RELATIONS, "odd": RELATIONS["clicks"]}, views=[("odd", "SELECT * FROM gone")]
    )
    assert isinstance(made, Refused)
    assert "odd" in made.what
    assert "gone" in made.what


def test_a_view_passes_on_all_hidden_columns() -> None:
    made = rewrite_view("SELECT who AS name, n + 1 AS more FROM clicks WHERE n > 1", RELATIONS)
    assert isinstance(made, DuckDbQuery)
    assert made.columns == ("name", "more")
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE clicks AS SELECT 1 AS id, 'a' AS who, 2 AS n, NULL::TIMESTAMP AS ts, "
        "7 AS __seq, NULL::TIMESTAMP AS __wm, NULL::TIMESTAMP AS __timestamp, '+I' AS __op"
    )
    answered = connection.execute(made.sql)
    assert [column[0] for column in answered.description] == ["name", "more", *HIDDEN]
    assert answered.fetchall() == [("a", 3, 7, None, None, "+I")]
    connection.close()


def test_a_record_that_a_view_filters_ends_the_one_before_it() -> None:
    made = rewrite_view("SELECT who, tier FROM users WHERE tier = 'gold'", RELATIONS, history=True)
    assert isinstance(made, DuckDbQuery)
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE users__history AS SELECT 'a' AS who, unnest(['gold', 'base']) AS tier, "
        "NULL::TIMESTAMP AS ts, unnest([1, 2]) AS __seq, NULL::TIMESTAMP AS __wm, "
        "NULL::TIMESTAMP AS __timestamp, '+U' AS __op"
    )
    rows = connection.execute(f"SELECT tier, __op FROM ({made.sql}) ORDER BY __seq").fetchall()
    assert rows == [("gold", "+U"), ("base", "-D")]
    connection.close()


@pytest.mark.parametrize(
    "text",
    [TUMBLE, "SELECT DISTINCT who FROM clicks", "SELECT c.id FROM clicks c JOIN buys b ON c.id = b.id"],
)
def test_a_view_is_a_projection_and_a_filter(text: str) -> None:
    assert isinstance(rewrite_view(text, RELATIONS), Refused)


MANY = [
    click(number, who, f"00:0{number % 4}:0{number % 7}", number % 3)
    for number, who in enumerate("abcabcbcaab")
]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT id, who FROM clicks",
        TUMBLE,
        "SELECT a.id, b.n FROM clicks a JOIN clicks b ON a.who = b.who",
        "SELECT a.id, b.n FROM clicks a LEFT JOIN clicks b ON a.who = b.who AND a.n < b.n",
        "SELECT id FROM clicks UNION ALL SELECT n FROM clicks",
        "SELECT 1 AS x UNION ALL SELECT 2 UNION ALL SELECT * FROM (VALUES (3), (4)) AS v (x)",
        "SELECT n FROM clicks INTERSECT ALL SELECT n FROM clicks",
        "SELECT who, n, COUNT(*) AS c FROM clicks GROUP BY GROUPING SETS ((who), (n), ())",
        "SELECT window_start, id FROM TABLE(HOP(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '3' MINUTE))",
        "SELECT c.id, x.v FROM clicks c CROSS JOIN UNNEST(ARRAY[c.n, 7]) AS x (v)",
    ],
)
def test_no_two_rows_have_one_number(engine: Any, text: str) -> None:
    made = query(text)
    numbers = EngineQuery(
        f"SELECT count(*) AS n, count(DISTINCT __seq) AS d, 0 AS __seq FROM ({made.sql})",
        (("n", "BIGINT"), ("d", "BIGINT")),
    )
    ((rows, different),) = engine.run(numbers, inputs({"clicks": MANY})).rows
    assert rows == different > 0


def test_windows_come_in_the_order_in_which_they_close(engine: Any) -> None:
    rows = [
        click(1, "b", "00:02:00"),
        click(2, "a", "00:02:30"),
        click(3, "a", "00:03:00"),
        click(4, "c", "00:02:55"),
        click(5, "a", "00:09:00"),
    ]
    result = run(engine, query(TUMBLE), clicks=rows)
    assert [(clock(start), who) for who, start, _, _ in result.rows] == [
        ("00:02:00", "b"),
        ("00:02:00", "a"),
        ("00:02:00", "c"),
        ("00:03:00", "a"),
        ("00:09:00", "a"),
    ]


def test_a_joined_row_comes_with_the_later_of_its_two(engine: Any) -> None:
    made = query("SELECT c.id, b.paid FROM clicks c LEFT JOIN buys b ON c.id = b.id")
    clicks = [
        {**click(1, "a", "00:00:01"), "_timestamp": at("00:00:01")},
        {**click(2, "a", "00:00:02"), "_timestamp": at("00:00:02")},
    ]
    buys = [{"id": 1, "who": "a", "paid": 9, "ts": at("00:00:05"), "_timestamp": at("00:00:05")}]
    assert list(run(engine, made, clicks=clicks, buys=buys).rows) == [(2, None), (1, 9)]


def test_a_condition_of_where_does_not_take_partners_from_a_later_outer_join(engine: Any) -> None:
    made = query(
        "SELECT a.id, c.paid FROM clicks a JOIN clicks b ON a.who = b.who RIGHT JOIN buys c ON c.id = a.id "
        "WHERE a.n < b.n OR a.n IS NULL"
    )
    clicks = [click(1, "a", "00:00:01", n=5)]
    buys = [{"id": 1, "who": "a", "paid": 9, "ts": at("00:00:05")}]
    assert run(engine, made, clicks=clicks, buys=buys).rows == ()


def test_a_refusal_says_what_and_where() -> None:
    text = "SELECT id FROM clicks WHERE n > 0 LIMIT 3 OFFSET 1"
    assert isinstance(rewrite(text, RELATIONS), DuckDbQuery)
    text = "SELECT id, nothing FROM clicks"
    made = rewrite(text, RELATIONS)
    assert isinstance(made, Refused)
    assert text[made.start : made.end] == "nothing"
