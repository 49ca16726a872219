"""Durations and values as Flink SQL spells them, read back by the front end."""

from __future__ import annotations

import re

import pytest
from sqlglot import exp

from headgate.assertions.flink import literal
from headgate.schema.types import parse_type
from headgate.schema.values import Misfit
from headgate.sql import parse
from headgate.sql.intervals import interval
from headgate.sql.nodes import interval_ms

DURATIONS = [
    0, 1, 999, 1000, 1500, 59_000, 99_000, 99_999, 100_000, 100_500, 301_000, 999_000, 1_000_000, 3_599_000, 3_600_000,
    12_345_000, 86_399_999, 86_400_000, 90_061_001, 999 * 3_600_000, 1001 * 3_600_000, 365 * 86_400_000,
    365 * 86_400_000 + 1,
]  # fmt: skip


@pytest.mark.parametrize("ms", DURATIONS)
def test_a_duration_is_read_back_as_it_was(ms: int) -> None:
    tree = parse(f"SELECT a + {interval(ms)} FROM t").ast
    assert tree is not None
    (found,) = tree.find_all(exp.Interval)
    assert interval_ms(found) == ms


@pytest.mark.parametrize("ms", DURATIONS)
def test_no_unit_has_more_digits_than_the_planner_takes(ms: int) -> None:
    leading = re.match(r"INTERVAL '(\d+)", text := interval(ms))
    assert leading is not None
    digits = len(leading[1])
    assert digits <= 3
    assert digits <= 2 or re.search(r"'\s*\w+\(3\)", text), "beyond two digits the unit must say how many"


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        ("it's", "string", "'it''s'"),
        (3, "bigint", "3"),
        (-3, "int", "-3"),
        (0.25, "double", "0.25E0"),
        (1e-9, "double", "1e-09"),
        (1, "double", "1.0E0"),
        (0.5, "decimal(10, 2)", "0.50"),
        (True, "boolean", "TRUE"),
        ("2026-01-02", "date", "DATE '2026-01-02'"),
        ("2026-01-02", "timestamp(3)", "TIMESTAMP '2026-01-02 00:00:00'"),
        ("2026-01-02 03:04:05.678", "timestamp(3)", "TIMESTAMP '2026-01-02 03:04:05.678000'"),
        ("2026-01-02", "timestamp_ltz(3)", "CAST(TIMESTAMP '2026-01-02 00:00:00' AS TIMESTAMP_LTZ(3))"),
        ("03:04", "time", "TIME '03:04:00'"),
    ],
)
def test_a_value_is_a_literal_of_its_columns_type(value: object, type_: str, text: str) -> None:
    assert literal(value, parse_type(type_)) == text
    assert parse(f"SELECT {text} AS v FROM t").faults == ()


@pytest.mark.parametrize(
    ("value", "type_"),
    [(1, "string"), ("1", "int"), (None, "int"), (1.5, "int"), (300, "tinyint"), ("soon", "date"), ([1], "int"), ({}, "bytes")],
)  # fmt: skip
def test_a_value_that_is_none_of_the_type_does_not_fit(value: object, type_: str) -> None:
    with pytest.raises(Misfit):
        literal(value, parse_type(type_))
