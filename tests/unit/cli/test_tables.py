"""Tables, and values in their cells."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from headgate.cli.answers import plain, text_of
from headgate.cli.tables import table


def test_columns_stand_under_their_headers() -> None:
    assert table(("name", "n"), [("a", "1"), ("long name", "22")], right=(1,)) == (
        "name       n\n─────────  ──\na           1\nlong name  22\n"
    )


def test_what_is_too_wide_is_cut_and_lines_are_joined() -> None:
    assert table(("x",), [("a\nb" + "c" * 50,)], widest=6).splitlines()[2] == "a bcc…"


def test_what_a_record_holds_does_not_reach_the_terminal_as_a_command() -> None:
    assert table(("x",), [("a\x1b[2J\u202eb",)]).splitlines()[2] == "a [2J b"


def test_wide_characters_take_two_places() -> None:
    lines = table(("a", "b"), [("日本", "x"), ("ab", "y")]).splitlines()
    assert lines[2:] == ["日本  x", "ab    y"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "true"),
        (dt.datetime(2026, 1, 5, 9, 0, 0, 120_000), "2026-01-05 09:00:00.120"),
        (Decimal("1E+3"), "1000"),
        (b"\x00\xff", "AP8="),
        (1.5, "1.5"),
    ],
)
def test_a_value_reads_as_people_write_it(value: Any, text: str) -> None:
    assert text_of(value) == text


@dataclass(frozen=True)
class Row:
    from_: str
    values: tuple[object, ...]


def test_values_become_json_without_losing_anything() -> None:
    row = Row("a", (Decimal("0.10"), float("nan"), float("-inf"), 2**70, {"k": dt.date(2026, 1, 5)}, False))
    assert plain(row) == {"from": "a", "values": ["0.10", "nan", "-inf", 2**70, {"k": "2026-01-05"}, False]}
    assert json.loads(json.dumps(plain(row), allow_nan=False)) == plain(row)
