"""Queries become trees of one form, and what cannot is refused at its place."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from sqlglot import exp

from headgate.sql import analyse, parse
from headgate.sql.codes import CODES
from headgate.sql.dialect import Flink
from headgate.sql.functions import EVERY
from headgate.sql.nodes import function_name, interval_ms, span, windowing


def query(sql: str) -> exp.Query:
    parsed = parse(sql)
    assert parsed.faults == ()
    assert parsed.ast is not None
    return parsed.ast


def call(sql: str) -> exp.Expr:
    node = query(f"SELECT {sql} FROM t").expressions[0]
    assert isinstance(node, exp.Expr)
    return node


@pytest.mark.parametrize(
    ("sql", "code", "at"),
    [
        ("SELECT a,,b FROM t", "HGQ002", ","),
        ("SELECT a, FROM t", "HGQ002", ","),
        ("SELECT a FROM t GROUP BY", "HGQ002", "GROUP BY"),
        ("SELECT a FROM t ORDER BY", "HGQ002", "ORDER BY"),
        ("SELECT a FROM t WHERE", "HGQ002", "WHERE"),
        ("SELECT a FROM t GROUP BY a,", "HGQ002", ","),
        ("SELECT a FROM t JOIN u ON", "HGQ002", "ON"),
        ("SELECT a FROM t WHERE a IN ()", "HGQ002", "()"),
        ("SELECT f(a,) FROM t", "HGQ002", ","),
        ("SELECT f(,a) FROM t", "HGQ002", ","),
        ("SELECT", "HGQ002", "SELECT"),
        ("SELECT (a FROM t", "HGQ001", "("),
        ("SELECT a) FROM t", "HGQ001", ")"),
        ("SELECT a[1 FROM t", "HGQ001", "["),
        ("SELECT a b c FROM t", "HGQ001", "c"),
        ("SELECT é FROM t WHERE 'ü' = b c d", "HGQ001", "c"),
        ("SELECT 'a FROM t", "HGQ001", "'a FROM t"),
        ("SELECT 1 /* open", "HGQ001", "/* open"),
        ('SELECT "a" FROM t', "HGQ001", '"'),
        ("SELECT a::INT FROM t", "HGQ001", "::"),
        ("SELECT a FROM t WHERE a == 1", "HGQ001", "=="),
        ("SELECT * FROM TABLE (SELECT 1)", "HGQ001", "TABLE (SELECT 1"),
        ("SELECT a // b\n FROM t", "HGQ005", "//"),
        ("SELECT 1; SELECT 2", "HGQ004", ";"),
        ("INSERT INTO a SELECT 1", "HGQ003", "INSERT"),
        ("CREATE TABLE t (a INT)", "HGQ003", "CREATE"),
        ("SET 'a' = 'b'", "HGQ003", "SET"),
        ("EXPLAIN SELECT 1", "HGQ003", "EXPLAIN"),
        ("FROM t SELECT a", "HGQ003", "FROM"),
    ],
)
def test_what_flink_refuses_is_refused_at_its_place(sql: str, code: str, at: str) -> None:
    (fault,) = parse(sql).faults
    assert (fault.code, sql[fault.start : fault.end]) == (code, at)
    assert "\n" not in fault.message
    assert not fault.message.endswith(".")


@pytest.mark.parametrize("sql", ["", "  ", ";", "-- nothing"])
def test_no_query_at_all_is_a_fault(sql: str) -> None:
    assert [f.code for f in parse(sql).faults] == ["HGQ003"]


def test_a_last_semicolon_is_no_second_statement() -> None:
    assert parse("SELECT 1 AS a;").faults == ()


def test_a_set_operation_inside_a_window_is_refused() -> None:
    inner = "SELECT * FROM a UNION ALL SELECT * FROM b"
    (fault,) = parse(f"SELECT 1 FROM TABLE(TUMBLE(({inner}), DESCRIPTOR(ts), INTERVAL '1' HOUR))").faults
    assert fault.code == "HGQ006"


@pytest.mark.parametrize(
    ("sql", "name", "arguments"),
    [
        ("EXTRACT(YEAR FROM t)", "EXTRACT", ["'YEAR'", "t"]),
        ("FLOOR(t TO DAY)", "FLOOR", ["t", "'DAY'"]),
        ("FLOOR(t)", "FLOOR", ["t"]),
        ("TRIM(LEADING 'x' FROM s)", "TRIM_LEADING", ["'x'", "s"]),
        ("TRIM(TRAILING FROM s)", "TRIM_TRAILING", ["s"]),
        ("TRIM(s)", "TRIM", ["s"]),
        ("SUBSTRING(s FROM 2 FOR 3)", "SUBSTRING", ["s", "2", "3"]),
        ("POSITION('l' IN s)", "POSITION", ["'l'", "s"]),
        ("OVERLAY(s PLACING 'x' FROM 2 FOR 3)", "OVERLAY", ["s", "'x'", "2", "3"]),
        ("TIMESTAMPDIFF(DAY, a, b)", "TIMESTAMPDIFF", ["'DAY'", "a", "b"]),
        (
            "JSON_VALUE(j, '$.a' RETURNING INT NULL ON ERROR)",
            "JSON_VALUE",
            ["j", "'$.a'", "'RETURNING INT NULL ON ERROR'"],
        ),
        ("JSON_OBJECT('k' VALUE NULL NULL ON NULL)", "JSON_OBJECT", ["'k'", "NULL", "'NULL ON NULL'"]),
        ("JSON_OBJECTAGG(KEY k VALUE v)", "JSON_OBJECTAGG", ["k", "v"]),
        ("MAP['k', 1]", "MAP", ["'k'", "1"]),
        ("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", []),
        ("`LEFT`(s, 3)", "LEFT", ["s", "3"]),
        ("DATE_FORMAT(t, 'yyyy')", "DATE_FORMAT", ["t", "'yyyy'"]),
    ],
)
def test_special_grammar_is_a_plain_call(sql: str, name: str, arguments: list[str]) -> None:
    node = call(sql)
    assert function_name(node) == name
    assert [a.sql() for a in node.expressions] == arguments


@pytest.mark.parametrize("name", sorted(EVERY))
def test_every_known_function_is_a_call_of_its_name(name: str) -> None:
    if name in ("TRIM", "EXTRACT", "TIMESTAMPDIFF", "TIMESTAMPADD", "MAP") or name.startswith("JSON_"):
        return
    assert function_name(call(f"{name}(a)")) == name


@pytest.mark.parametrize(
    "sql",
    [
        "WITH a (k, n) AS (SELECT x, y FROM t) SELECT k FROM a",
        "WITH a AS (SELECT 1 AS x), b (k) AS (SELECT x FROM a) SELECT k FROM b",
        "SELECT * FROM t AS u (a, b)",
        "SELECT CAST(a AS DECIMAL(10, 2)), CAST(b AS ROW<x INT, y ARRAY<STRING>>) FROM t",
        "SELECT CAST(a AS TIMESTAMP(3) WITH LOCAL TIME ZONE) FROM t",
        "SELECT (a - b) SECOND > INTERVAL '1' DAY FROM t",
        "SELECT a FROM t WHERE b IS NOT DISTINCT FROM c AND d BETWEEN SYMMETRIC 1 AND 2",
    ],
)
def test_what_looks_like_a_call_and_is_none_parses(sql: str) -> None:
    query(sql)


def test_negations_are_all_of_one_form() -> None:
    for condition in (
        "a NOT LIKE 'x'",
        "a NOT LIKE 'x' ESCAPE '!'",
        "a NOT IN (1)",
        "a NOT BETWEEN 1 AND 2",
        "a IS NOT NULL",
    ):
        assert isinstance(query(f"SELECT a FROM t WHERE {condition}").args["where"].this, exp.Not)


def test_places_lead_back_to_the_text() -> None:
    sql = "SELECT ü.a,\n  TRIM(BOTH 'é' FROM s) AS x, CURRENT_DATE FROM ü"
    first, second, third = query(sql).expressions
    assert sql[slice(*span(first))] == "ü.a"
    assert sql[slice(*span(second))].startswith("TRIM(BOTH 'é' FROM s")
    assert sql[slice(*span(third))] == "CURRENT_DATE"


@pytest.mark.parametrize(
    ("sql", "kind", "size", "step"),
    [
        ("TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' MINUTES))", "TUMBLE", 300_000, None),
        ("HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTES, INTERVAL '5' MINUTES)", "HOP", 300_000, 60_000),
        (
            "TABLE(CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR, INTERVAL '1' DAY))",
            "CUMULATE",
            86_400_000,
            3_600_000,
        ),
        (
            "TABLE(SESSION(TABLE t PARTITION BY a, DESCRIPTOR(ts), INTERVAL '30' SECOND))",
            "SESSION",
            30_000,
            None,
        ),
        (
            "TABLE(TUMBLE(SIZE => INTERVAL '1' HOUR, DATA => TABLE t, TIMECOL => DESCRIPTOR(ts)))",
            "TUMBLE",
            3_600_000,
            None,
        ),
    ],
)
def test_a_window_function_is_read_in_every_spelling(
    sql: str, kind: str, size: int, step: int | None
) -> None:
    window = windowing(query(f"SELECT 1 AS a FROM {sql}").args["from_"].this)
    assert window is not None
    assert (window.kind, interval_ms(window.size), interval_ms(window.step)) == (kind, size, step)
    assert isinstance(window.data, exp.Table)
    assert window.data.name == "t"
    assert window.column is not None
    assert window.column.name == "ts"


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("INTERVAL '1.5' SECOND", 1500),
        ("INTERVAL '1 02:03:04' DAY TO SECOND", 93_784_000),
        ("INTERVAL '2:30' HOUR TO MINUTE", 9_000_000),
        ("INTERVAL -'1' MINUTE", -60_000),
        ("INTERVAL '1' MONTH", None),
    ],
)
def test_intervals_have_a_length_in_milliseconds(text: str, millis: int | None) -> None:
    assert interval_ms(call(text)) == millis


BROKEN = (
    "WITH a AS (SELECT id, SUM(x) OVER (PARTITION BY b ORDER BY ts) AS s FROM t /*+ OPTIONS('a'='b') */) "
    "SELECT CASE WHEN s > 1 THEN JSON_VALUE(j, '$.a' RETURNING INT) END AS c, CAST(`é` AS ROW<a INT>) FROM a "
    "JOIN TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) AS w ON a.id = w.id "
    "MATCH_RECOGNIZE (PATTERN (A B+) DEFINE B AS TRUE) GROUP BY GROUPING SETS ((a), ()) LIMIT 5"
)


@pytest.mark.parametrize("seed", range(60))
def test_broken_text_gives_faults_and_never_an_exception(seed: int) -> None:
    rnd = random.Random(seed)
    words = BROKEN.split(" ")
    for _ in range(rnd.randint(1, 12)):
        at = rnd.randrange(len(words))
        match rnd.randrange(4):
            case 0:
                del words[at]
            case 1:
                words.insert(
                    at,
                    rnd.choice(
                        [*words, "(", ")", ",", "'", "`", "/*", ";", "[", "INTERVAL", "TABLE(", "\x00"]
                    ),
                )
            case 2:
                words[at] = words[at][::-1]
            case _:
                other = rnd.randrange(len(words))
                words[at], words[other] = words[other], words[at]
    text = " ".join(words)
    analysis = analyse(text, {})
    assert analysis.facts is not None or analysis.faults
    for fault in analysis.faults:
        assert 0 <= fault.start <= fault.end <= len(text)
        assert fault.code in CODES


def test_rewritten_tokens_keep_the_order_of_the_text() -> None:
    starts = [
        t.start
        for t in Flink().tokenize(
            "SELECT TRIM(BOTH 'a' FROM s), MAP['k', CURRENT_DATE], JSON_VALUE(j, '$' NULL ON ERROR) FROM t"
        )
    ]
    assert all(a <= b for a, b in pairwise(starts))
