"""Types where types meet, by what a real Flink answers."""

from __future__ import annotations

import pytest

from headgate.schema.types import parse_type
from headgate.sql.typing import arithmetic, castable, common, comparable


@pytest.mark.parametrize(
    ("left", "operator", "right", "result"),
    [
        ("decimal(10,2)", "+", "decimal(5,3)", "DECIMAL(12, 3)"),
        ("decimal(10,2)", "*", "decimal(5,3)", "DECIMAL(16, 5)"),
        ("decimal(10,2)", "/", "decimal(5,3)", "DECIMAL(19, 8)"),
        ("decimal(10,2)", "/", "int", "DECIMAL(21, 13)"),
        ("decimal(10,2)", "%", "decimal(5,3)", "DECIMAL(5, 3)"),
        ("decimal(10,2)", "*", "int not null", "DECIMAL(21, 2)"),
        ("decimal(38,10)", "*", "decimal(38,10)", "DECIMAL(38, 6)"),
        ("smallint", "+", "tinyint", "SMALLINT"),
        ("int", "*", "bigint", "BIGINT"),
        ("int not null", "+", "int not null", "INT NOT NULL"),
        ("float", "*", "double", "FLOAT"),
        ("decimal(10,2)", "+", "double", "DOUBLE"),
        ("timestamp(3)", "-", "interval day", "TIMESTAMP(3)"),
        ("timestamp(3)", "-", "timestamp(3)", "INTERVAL"),
        ("string", "+", "int", None),
        ("date", "+", "date", None),
    ],
)
def test_arithmetic_gives_flinks_type(left: str, operator: str, right: str, result: str | None) -> None:
    found = arithmetic(operator, parse_type(left), parse_type(right))
    assert (None if found is None else str(found)) == result


@pytest.mark.parametrize(
    ("types", "result"),
    [
        (["int", "bigint", "decimal(10,2)"], "DECIMAL(21, 2)"),
        (["char(5) not null", "char(4) not null", "null"], "VARCHAR(5)"),
        (["char(5) not null", "string not null"], "STRING NOT NULL"),
        (["array<int not null> not null", "array<bigint> not null"], "ARRAY<BIGINT> NOT NULL"),
        (["date", "timestamp(3)"], "TIMESTAMP(3)"),
        (["int", "string"], None),
        (["row<a int>", "row<a int, b int>"], None),
    ],
)
def test_types_have_one_in_common_or_none(types: list[str], result: str | None) -> None:
    found = common(parse_type(t) for t in types)
    assert (None if found is None else str(found)) == result


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        ("int", "decimal(5,1)", True),
        ("string", "char(3)", True),
        ("string", "int", False),
        ("timestamp(3)", "int", False),
        ("date", "timestamp(3)", False),
        ("timestamp(3)", "string", True),
        ("boolean", "int", False),
        ("row<a int>", "int", False),
    ],
)
def test_only_what_flink_compares_is_comparable(left: str, right: str, answer: bool) -> None:
    assert comparable(parse_type(left), parse_type(right)) is answer
    assert comparable(parse_type(right), parse_type(left)) is answer


@pytest.mark.parametrize(
    ("source", "target", "answer"),
    [
        ("bigint", "timestamp(3)", False),
        ("int", "string", True),
        ("string", "timestamp(3)", True),
        ("boolean", "int", True),
        ("date", "time", False),
        ("array<int>", "int", False),
    ],
)
def test_only_casts_that_flink_has_are_allowed(source: str, target: str, answer: bool) -> None:
    assert castable(parse_type(source), parse_type(target)) is answer
