"""Plain queries as a small tree whose every part has its place."""

from __future__ import annotations

import pytest

from headgate.schema.types import parse_type
from headgate.sql import parse
from headgate.sql.expressions import Column, PlainQuery, children, plain_query, walk
from headgate.sql.facts import ColumnFacts, Relation

ORDERS = Relation(
    "orders",
    tuple(
        ColumnFacts(n, parse_type(t))
        for n, t in (("id", "bigint"), ("qty", "int"), ("status", "string"), ("ts", "timestamp(3)"))
    ),
)


def plain(sql: str) -> PlainQuery | None:
    return plain_query(parse(sql), {"orders": ORDERS})


def texts(expression: str) -> list[tuple[str, str]]:
    sql = f"SELECT {expression} AS x FROM orders AS o"
    found = plain(sql)
    assert found is not None
    ((_, top),) = found.projections
    return [(type(e).__name__, sql[e.start : e.end]) for e in walk(top)]


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("o.qty", ("Column", "o.qty")),
        ("CAST(qty AS STRING)", ("Cast", "CAST(qty AS STRING)")),
        ("TRY_CAST(UPPER(status) AS DECIMAL(10, 2))", ("Cast", "TRY_CAST(UPPER(status) AS DECIMAL(10, 2))")),
        (
            "CASE WHEN qty > 1 THEN 'a' ELSE UPPER(status) END",
            ("Case", "CASE WHEN qty > 1 THEN 'a' ELSE UPPER(status) END"),
        ),
        ("CASE qty WHEN 1 THEN 'a' END", ("Case", "CASE qty WHEN 1 THEN 'a' END")),
        ("(qty + 1) * 2", ("Call", "(qty + 1) * 2")),
        ("-qty", ("Call", "-qty")),
        ("ts - INTERVAL '5' MINUTE", ("Call", "ts - INTERVAL '5' MINUTE")),
        ("TIMESTAMP '2026-01-01 00:00:00'", ("Literal", "TIMESTAMP '2026-01-01 00:00:00'")),
        ("UPPER(TRIM(status))", ("Call", "UPPER(TRIM(status))")),
        ("NOT (qty > 1)", ("Not", "NOT (qty > 1)")),
        ("qty IS NOT NULL", ("Not", "qty IS NOT NULL")),
        ("status NOT LIKE 'x%' ESCAPE '!'", ("Not", "status NOT LIKE 'x%' ESCAPE '!'")),
        ("qty IN (1, 2)", ("In", "qty IN (1, 2)")),
        ("qty BETWEEN 1 AND 2", ("Between", "qty BETWEEN 1 AND 2")),
        ("qty > 1 AND id < 2 AND status = 'a'", ("Logic", "qty > 1 AND id < 2 AND status = 'a'")),
    ],
)
def test_an_expression_stands_where_it_was_written(expression: str, first: tuple[str, str]) -> None:
    assert texts(expression)[0] == first


def test_and_is_one_list_of_parts() -> None:
    found = plain("SELECT id FROM orders WHERE qty > 1 AND id < 2 AND status = 'a'")
    assert found is not None
    assert found.filter is not None
    assert len(children(found.filter)) == 3


def test_a_star_is_written_out() -> None:
    found = plain("SELECT *, qty AS n FROM orders")
    assert found is not None
    assert [name for name, _ in found.projections] == ["id", "qty", "status", "ts", "n"]
    assert all(isinstance(e, Column) for _, e in found.projections)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT DISTINCT id FROM orders",
        "SELECT o.id FROM orders o JOIN orders p ON o.id = p.id",
        "SELECT COUNT(DISTINCT id) AS c FROM orders",
        "SELECT id FROM orders ORDER BY ts",
        "SELECT id FROM (SELECT id FROM orders)",
        "SELECT id FROM orders WHERE id IN (SELECT id FROM orders)",
        "SELECT nothing FROM orders",
        "SELECT id FROM others",
        "SELECT id FROM",
    ],
)
def test_what_does_more_is_no_plain_query(sql: str) -> None:
    assert plain(sql) is None
