"""Expressions on DuckDB: what no recording of Flink shows row by row, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from headgate.schema.types import parse_type
from headgate.sql.bind import TypesOut, bind
from headgate.sql.duckdb._model import Unsupported
from headgate.sql.duckdb.expressions import Scalars
from headgate.sql.duckdb.functions import supported
from headgate.sql.facts import ColumnFacts, Relation
from headgate.sql.functions import AGGREGATES, NOT_EMBEDDED, SCALARS
from headgate.sql.parse import parse

COLUMNS = {
    "i": "INT",
    "b": "BIGINT",
    "d": "DECIMAL(10, 2)",
    "f": "FLOAT",
    "x": "DOUBLE",
    "s": "STRING",
    "dt": "DATE",
    "ts": "TIMESTAMP(3)",
    "tags": "ARRAY<STRING>",
    "addr": "ROW<city STRING>",
}
RELATIONS = {"t": Relation("t", tuple(ColumnFacts(n, parse_type(text)) for n, text in COLUMNS.items()))}
NOW = "2026-03-04 05:06:07.089"

BY_RELATIONS = {"CURRENT_WATERMARK", "GROUPING", "GROUPING_ID"}
"""Functions that mean something of the rows around them, and so are written with those."""


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        yield made


def spelled(expression: str) -> str:
    parsed = parse(f"SELECT {expression} AS x FROM t")
    assert parsed.ast is not None, parsed.faults
    types = TypesOut()
    analysis = bind(parsed, RELATIONS, types=types)
    assert analysis.faults == ()
    scalars = Scalars(types, lambda node: node.name, lambda node: None, NOW)
    return scalars.sql(parsed.ast.expressions[0].this)


def value(connection: duckdb.DuckDBPyConnection, expression: str, source: str = "") -> Any:
    row = connection.execute(f"SELECT {spelled(expression)}{source}").fetchall()[0]
    return row[0]


def test_clocks_show_the_moment_of_the_run(connection: duckdb.DuckDBPyConnection) -> None:
    shown = {
        name: str(value(connection, name))
        for name in (
            "CURRENT_TIMESTAMP",
            "LOCALTIMESTAMP",
            "NOW()",
            "PROCTIME()",
            "CURRENT_DATE",
            "LOCALTIME",
        )
    }
    assert shown == {
        "CURRENT_TIMESTAMP": "2026-03-04 05:06:07.089000",
        "LOCALTIMESTAMP": "2026-03-04 05:06:07.089000",
        "NOW()": "2026-03-04 05:06:07.089000",
        "PROCTIME()": "2026-03-04 05:06:07.089000",
        "CURRENT_DATE": "2026-03-04",
        "LOCALTIME": "05:06:07",
    }
    assert value(connection, "UNIX_TIMESTAMP()") == 1772600767


@pytest.mark.parametrize(
    "expression",
    [
        "1 / CAST(0 AS INT)",
        "5 % 0",
        "CAST(5 AS DECIMAL(5, 2)) / CAST(0 AS DECIMAL(5, 2))",
        "CAST('abc' AS INT)",
        "CAST('1e3' AS INT)",
        "CAST('2026-01-02T10:00:00Z' AS TIMESTAMP(3))",
        "TO_DATE('bad', 'yyyy-MM-dd')",
        "JSON_VALUE('{\"a\": \"x\"}', '$.a' RETURNING INT)",
        "JSON_VALUE('{}', '$.a' ERROR ON ERROR)",
        "ELEMENT(ARRAY[1, 2])",
    ],
)
def test_where_flink_fails_so_does_the_query(connection: duckdb.DuckDBPyConnection, expression: str) -> None:
    with pytest.raises(duckdb.Error):
        value(connection, expression)


@pytest.mark.parametrize(
    "expression",
    [
        "TRY_CAST('2026-02-30 10:00:00' AS TIMESTAMP(3))",
        "TO_TIMESTAMP('2026-02-30', 'yyyy-MM-dd')",
        "TO_DATE('2026-1-2', 'yyyy-MM-dd')",
        "UNIX_TIMESTAMP('2026-01-01 00:00:01.9')",
        "REPLACE('abc', SUBSTRING('x', 2), 'y')",
        "UPPER('ﬁn')",
        "LOWER('ΟΔΟΣ')",
        "JSON_VALUE('{\"a\": 1e10}', '$.a')",
        "JSON_VALUE('{\"a\": 2.50, \"b\": 2.5}', '$.a')",
        "JSON_QUERY('[[[[[[[[1]]]]]]]]', '$')",
        "STR_TO_MAP('a=1,a=2')",
    ],
)
def test_what_would_differ_by_the_value_fails_and_is_not_answered(
    connection: duckdb.DuckDBPyConnection, expression: str
) -> None:
    with pytest.raises(duckdb.Error):
        value(connection, expression)


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("UUID()", "UUID"),
        ("RAND()", "RAND"),
        ("SHA2(s, 512)", "SHA2 of 512 bits"),
        ("DATE_FORMAT(ts, s)", "DATE_FORMAT with a computed argument 2"),
        ("DATE_FORMAT(ts, 'w')", "`w` in a time pattern"),
        ("TO_TIMESTAMP(s, 'HH:mm')", "a time pattern without a year"),
        ("FROM_UNIXTIME(b, 'u')", "FROM_UNIXTIME with the pattern `u`"),
        ("REGEXP(s, '(?=a)')", "the regular expression `(?=a)`"),
        ("REGEXP(s, '[a-z&&[^b]]')", "the regular expression `[a-z&&[^b]]`"),
        ("REGEXP_EXTRACT(s, '(a)|(b)', 2)", "a group of REGEXP_EXTRACT that may be left out"),
        ("REGEXP_REPLACE(s, 'x*', '-')", "REGEXP_REPLACE with a pattern that matches an empty text"),
        ("s SIMILAR TO s", "SIMILAR TO with a computed pattern"),
        ("JSON_VALUE(s, '$.a[*]')", "the JSON path `$.a[*]`"),
        ("JSON_VALUE(s, '$.a' RETURNING BIGINT)", "JSON_VALUE RETURNING BIGINT"),
        ("JSON_OBJECT('d' VALUE dt)", "JSON of DATE"),
        ("tags = tags", "a comparison of ARRAY<STRING>"),
        ("f IN (0.1, 1.5)", "FLOAT in a list of DECIMAL"),
        ("INTERVAL '1' MONTH > INTERVAL '2' DAY", "a comparison of an interval of months with one of days"),
        ("CAST(CAST(ts AS TIMESTAMP(9)) AS STRING)", "CAST of TIMESTAMP(9) to text"),
        ("COALESCE(ts, dt)", "a mix of DATE and TIMESTAMP(3)"),
        ("TRY_CAST(tags AS ARRAY<INT>)", "TRY_CAST to ARRAY<INT>"),
        ("TIMESTAMPADD(HOUR, 1, dt)", "TIMESTAMPADD of HOUR to a date"),
        ("TO_TIMESTAMP_LTZ(x, 3)", "TO_TIMESTAMP_LTZ of DOUBLE with precision 3"),
        ("SUM(DISTINCT f)", "SUM with DISTINCT"),
        ("STDDEV_POP(d)", "STDDEV_POP of DECIMAL(10, 2)"),
        ("MAX(tags)", "MAX of ARRAY<STRING>"),
        ("FIRST_VALUE(DISTINCT i)", "FIRST_VALUE with DISTINCT"),
    ],
)
def test_what_duckdb_would_answer_otherwise_is_refused_by_name(expression: str, named: str) -> None:
    with pytest.raises(Unsupported) as refusal:
        spelled(expression)
    assert refusal.value.what == named
    assert refusal.value.node is not None


def test_the_analysis_says_of_just_the_unanswered_functions_that_they_are() -> None:
    unanswered = {name for name in {**SCALARS, **AGGREGATES} if not supported(name)}
    assert unanswered - BY_RELATIONS == NOT_EMBEDDED
    assert {name for name in BY_RELATIONS if supported(name)} == set()


def test_an_unanswered_function_is_named_at_its_place() -> None:
    text = "SELECT i, UUID() AS u, RAND() AS r FROM t"
    facts = bind(parse(text), RELATIONS).facts
    assert facts is not None
    assert [what for what, _, _ in facts.unsupported] == ["UUID", "RAND"]
    assert text[facts.unsupported[0][1] :].startswith("UUID")


def test_nested_expressions_grow_by_what_they_add() -> None:
    one = "JSON_VALUE(s, '$.a')"
    two = f"JSON_VALUE({one}, '$.a')"
    three = f"JSON_VALUE({two}, '$.a')"
    lengths = [len(spelled(expression)) for expression in (one, two, three)]
    assert lengths[2] - lengths[1] < 1.2 * (lengths[1] - lengths[0])


def test_nested_expressions_mean_the_same_written_once(connection: duckdb.DuckDBPyConnection) -> None:
    deep = """'{"a":"{\\"a\\":\\"{\\\\\\"a\\\\\\":7}\\"}"}'"""
    assert value(connection, f"JSON_VALUE(JSON_VALUE(JSON_VALUE({deep}, '$.a'), '$.a'), '$.a')") == "7"
    ratio = "CAST(JSON_VALUE('{\"a\":\"2.345\"}', '$.a') AS DOUBLE) / CAST(JSON_VALUE('{\"a\":\"2\"}', '$.a') AS DOUBLE)"
    assert value(connection, f"ROUND({ratio}, 2)") == 1.17


def test_what_is_special_at_a_place_is_asked_for_first() -> None:
    parsed = parse("SELECT i + b AS x FROM t")
    assert parsed.ast is not None
    types = TypesOut()
    bind(parsed, RELATIONS, types=types)
    left = parsed.ast.expressions[0].this.this
    scalars = Scalars(types, lambda node: node.name, lambda node: "special" if node is left else None, NOW)
    assert "special" in scalars.sql(parsed.ast.expressions[0].this)


def test_arrival_decides_what_depends_on_order(connection: duckdb.DuckDBPyConnection) -> None:
    rows = " FROM (VALUES (3, 'c', 'z'), (1, NULL, 'x'), (2, 'b', 'x')) AS t(__seq, s, tags)"
    assert value(connection, "FIRST_VALUE(s)", rows) == "b"
    assert value(connection, "LAST_VALUE(s)", rows) == "c"
    assert value(connection, "LISTAGG(s, '-')", rows) == "b-c"
    assert value(connection, "ARRAY_AGG(s)", rows) == [None, "b", "c"]
    assert (
        value(connection, "LISTAGG(DISTINCT s)", rows.replace("t(__seq, s, tags)", "t(__seq, q, s)")) == "x,z"
    )


def test_an_aggregate_is_over_the_rows_that_pass_its_filter(connection: duckdb.DuckDBPyConnection) -> None:
    rows = " FROM (VALUES (1, 10), (2, 20), (3, NULL), (4, 40)) AS t(__seq, i)"
    assert value(connection, "SUM(i) FILTER (WHERE i > 10)", rows) == 60
    assert value(connection, "AVG(i) FILTER (WHERE i > 10)", rows) == 30
    assert value(connection, "COUNT(*) FILTER (WHERE i IS NULL)", rows) == 1
    assert value(connection, "LAST_VALUE(i) FILTER (WHERE i < 40)", rows) == 20
    assert value(connection, "SUM(i) FILTER (WHERE i > 99)", rows) is None


def test_a_json_object_of_a_group_has_each_key_once(connection: duckdb.DuckDBPyConnection) -> None:
    rows = " FROM (VALUES (1, 'b', 1), (2, 'a', NULL)) AS t(__seq, s, i)"
    assert value(connection, "JSON_OBJECTAGG(KEY s VALUE i)", rows) == '{"a":null,"b":1}'
    assert value(connection, "JSON_OBJECTAGG(KEY s VALUE i ABSENT ON NULL)", rows) == '{"b":1}'
    for odd in ("'b'", "NULL"):
        with pytest.raises(duckdb.Error, match="null or comes twice"):
            value(connection, "JSON_OBJECTAGG(KEY s VALUE i)", rows.replace("'a'", odd))
