"""Values of samples are read as Flink's JSON format reads them, and refused with a reason."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.schema.types import parse_type
from headgate.schema.values import Misfit, print_value, read_value


@pytest.mark.parametrize(
    ("raw", "type_", "value"),
    [
        (None, "int not null", None),
        ("12", "int", 12),
        (3.0, "bigint", 3),
        (5, "string", "5"),
        (True, "string", "true"),
        ({"a": 1}, "string", '{"a":1}'),
        ("TRUE", "boolean", True),
        ("1.5", "double", 1.5),
        (1.25, "decimal(10,2)", Decimal("1.25")),
        ("7", "decimal(10,2)", Decimal("7.00")),
        ("2026-01-02", "date", dt.date(2026, 1, 2)),
        ("10:11:12", "time", dt.time(10, 11, 12)),
        ("aGk=", "bytes", b"hi"),
        (["1", 2], "array<int>", [1, 2]),
        ({"a": "1"}, "row<a int, b string>", {"a": 1, "b": None}),
        ({"1": "2"}, "map<int, int>", {1: 2}),
        ("2026-01-01 00:00:01.1239", "timestamp(3)", dt.datetime(2026, 1, 1, 0, 0, 1, 123000)),
        ("2026-01-01T00:00:01+02:00", "timestamp_ltz(3)", dt.datetime(2025, 12, 31, 22, 0, 1)),
        (1_767_225_600_000, "timestamp(3)", dt.datetime(2026, 1, 1)),
    ],
)
def test_a_value_that_fits_is_read(raw: Any, type_: str, value: Any) -> None:
    assert read_value(raw, parse_type(type_)) == value


@pytest.mark.parametrize(
    ("raw", "type_", "why"),
    [
        ("x", "int", "is no INT"),
        (True, "int", "is no INT"),
        (1.5, "int", "is no INT"),
        (float("inf"), "bigint", "is no BIGINT"),
        (300, "tinyint", "out of the range"),
        ("yes", "boolean", "is no BOOLEAN"),
        ("1.234", "decimal(10,2)", "more digits"),
        ("123456789", "decimal(5,2)", "out of the range"),
        ("NaN", "decimal(5,2)", "is no DECIMAL"),
        ("2026-13-01", "date", "is no DATE"),
        ("2026-01-01 25:00:00", "timestamp(3)", "is no TIMESTAMP"),
        ("toolong", "varchar(3)", "longer"),
        ("***", "bytes", "base64"),
        ([1], "row<a int>", "is no ROW"),
        ("[1", "array<int>", "is no ARRAY"),
    ],
)
def test_a_value_that_does_not_fit_says_why(raw: Any, type_: str, why: str) -> None:
    with pytest.raises(Misfit, match=why):
        read_value(raw, parse_type(type_))


@pytest.mark.parametrize(
    ("raw", "type_", "timestamps"),
    [
        ("2026-01-01T00:00:00", "timestamp(3)", "sql"),
        ("2026-01-01 00:00:00", "timestamp(3)", "iso"),
        ("2026-01-01 00:00:00Z", "timestamp(3)", "sql"),
        ("2026-01-01 00:00:00", "timestamp_ltz(3)", "sql"),
        ("2026-01-01 00:00:00", "timestamp(3)", "epoch_millis"),
        (1, "timestamp(3)", "sql"),
    ],
)
def test_a_time_in_another_spelling_than_the_declared_one_does_not_fit(
    raw: Any, type_: str, timestamps: str
) -> None:
    with pytest.raises(Misfit):
        read_value(raw, parse_type(type_), timestamps)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TYPES = st.sampled_from(
    [
        "int",
        "bigint",
        "double",
        "decimal(10,2)",
        "string",
        "boolean",
        "bytes",
        "date",
        "time(3)",
        "timestamp(3)",
        "timestamp_ltz(3)",
        "array<int>",
        "map<string,int>",
        "row<a int>",
        "multiset<string>",
    ]
)


@given(JSON, TYPES, st.sampled_from(["sql", "iso", "epoch_millis", "any"]))
def test_whatever_is_read_is_a_value_or_a_misfit_and_reads_the_same_again(
    raw: Any, type_: str, timestamps: str
) -> None:
    parsed = parse_type(type_)
    try:
        value = read_value(raw, parsed, timestamps)
    except Misfit:
        return
    again = read_value(value, parsed, "any")
    assert again == value or value != value
    print_value(value)
