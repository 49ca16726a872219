"""Rows as a reader sees them, and values of every type as they are printed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from headgate.observe.keys import LocalKeys
from headgate.observe.rows import seen
from headgate.observe.values import shown
from headgate.ports import ColumnForm, EngineResult
from headgate.schema import forms
from headgate.schema.types import parse_type

MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, 678_900)


@pytest.mark.parametrize(
    ("type_", "value", "printed"),
    [
        ("boolean", True, True),
        ("bigint", 2**62, 2**62),
        ("double", 0.1, 0.1),
        ("double", float("inf"), "inf"),
        ("double", float("nan"), "nan"),
        ("decimal(10, 2)", Decimal("12.30"), "12.30"),
        ("decimal(38, 18)", Decimal("0.000000000000000001"), "0.000000000000000001"),
        ("string", "日本", "日本"),
        ("bytes", b"\x00\xff", "AP8="),
        ("date", dt.date(2026, 1, 2), "2026-01-02"),
        ("time(0)", dt.time(3, 4, 5), "03:04:05"),
        ("time(3)", dt.time(3, 4, 5, 600_000), "03:04:05.600"),
        ("timestamp(0)", MOMENT, "2026-01-02 03:04:05"),
        ("timestamp(3)", MOMENT, "2026-01-02 03:04:05.678"),
        ("timestamp(6)", MOMENT, "2026-01-02 03:04:05.678900"),
        ("timestamp(9)", MOMENT, "2026-01-02 03:04:05.678900000"),
        ("timestamp_ltz(3)", MOMENT, "2026-01-02 03:04:05.678Z"),
        ("array<timestamp(0)>", [MOMENT, None], ["2026-01-02 03:04:05", None]),
        ("row<a decimal(4, 1), b row<c date>>", {"a": Decimal("1.5"), "b": {"c": dt.date(2026, 1, 2)}},
         {"a": "1.5", "b": {"c": "2026-01-02"}}),
        ("map<string, decimal(3, 1)>", {"a": Decimal("1.0"), "b": None}, {"a": "1.0", "b": None}),
        ("map<date, int>", {dt.date(2026, 1, 2): 1}, {"2026-01-02": 1}),
        ("map<row<a int>, date>", {"key": [{"a": 1}], "value": [dt.date(2026, 1, 2)]},
         [{"key": {"a": 1}, "value": "2026-01-02"}]),
        ("multiset<string>", {"x": 2}, {"x": 2}),
        ("interval day to second", dt.timedelta(days=1, seconds=2), "1 day, 0:00:02"),
        ("map<string, int>", None, None),
    ],
)  # fmt: skip
def test_a_value_of_any_type_is_printed_in_full(type_: str, value: Any, printed: Any) -> None:
    assert shown(value, parse_type(type_)) == printed


COLUMNS = (
    ("id", "STRING NOT NULL"),
    ("card", "STRING"),
    ("blob", "BYTES NOT NULL"),
    ("cents", "BIGINT NOT NULL"),
)
ROWS = (
    ("a", "4000123412341234", b"\x01\x02", 5),
    ("b", "4000123412341234", b"\x01\x02", 6),
    ("c", None, b"", 7),
)


@pytest.fixture
def keys(tmp_path: Path) -> LocalKeys:
    return LocalKeys(tmp_path / "keys.json")


def column(keys: LocalKeys, form: ColumnForm, **more: Any) -> list[Any]:
    rows = seen(EngineResult(COLUMNS, ROWS), "model.x", [form], keys, **more)
    assert {c.name: c.form for c in rows.columns}[form.column] == form.form
    return [row[form.column] for row in rows.rows]


def test_without_forms_everything_is_in_clear(keys: LocalKeys) -> None:
    rows = seen(EngineResult(COLUMNS, ROWS), "model.x", [], keys)
    assert {c.form for c in rows.columns} == {"clear"}
    assert rows.rows[0] == {"id": "a", "card": "4000123412341234", "blob": "AQI=", "cents": 5}


def test_tokens_and_hashes_are_equal_where_values_are(keys: LocalKeys) -> None:
    first, second, third = column(keys, ColumnForm("card", "tokenization", "card"))
    assert first == second == forms.tokenized("4000123412341234", "card", keys.masking()) and third is None
    assert column(keys, ColumnForm("card", "hash", "card"))[0] not in (first, "4000123412341234")


def test_partial_is_as_it_is_told(keys: LocalKeys) -> None:
    assert column(keys, ColumnForm("card", "partial", keep_first=4, keep_last=2))[0] == "4000**********34"


def test_ciphertext_differs_from_row_to_row_and_comes_again_at_its_place(keys: LocalKeys) -> None:
    form = ColumnForm("card", "encrypted", key="kms://prod/cards")
    first, second, third = column(keys, form)
    assert first != second and third is None
    assert column(keys, form) == [first, second, None]
    assert column(keys, form, first=1)[0] == second
    assert forms.decrypted(first, keys.named("kms://prod/cards")) == "4000123412341234"


@pytest.mark.parametrize(
    ("name", "nothing"), [("card", [None, None, None]), ("blob", ["", "", ""]), ("cents", [0, 0, 0])]
)
@pytest.mark.parametrize("form", ["redacted", "redact"])
def test_a_redacted_column_tells_nothing_not_even_what_is_null(
    keys: LocalKeys, form: str, name: str, nothing: list[Any]
) -> None:
    assert column(keys, ColumnForm(name, form)) == nothing


def test_a_form_of_texts_on_a_number_shows_nothing(keys: LocalKeys) -> None:
    for form in ("hash", "tokenization", "partial", "encrypted"):
        assert column(keys, ColumnForm("cents", form)) == [0, 0, 0]


def test_a_form_nobody_knows_shows_nothing(keys: LocalKeys) -> None:
    assert column(keys, ColumnForm("card", "scrambled")) == [None, None, None]


def test_a_column_that_is_stored_in_a_form_says_so(keys: LocalKeys) -> None:
    rows = seen(EngineResult(COLUMNS, ROWS), "model.x", [], keys, stored={"card": "tokenization"})
    assert {c.name: c.form for c in rows.columns} == {
        "id": "clear",
        "card": "tokenization",
        "blob": "clear",
        "cents": "clear",
    }
    assert rows.rows[0]["card"] == "4000123412341234"
