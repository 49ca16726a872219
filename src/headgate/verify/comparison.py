"""Rows beside rows: what of the expected is missing, and what came that nobody expected."""

from __future__ import annotations

import datetime as dt
import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from headgate.ports import PermanentFailure
from headgate.schema.types import parse_type
from headgate.schema.values import Misfit, print_value, read_value

Columns = Sequence[tuple[str, str]]
_DIGITS = {"FLOAT": 6, "DOUBLE": 12}
"""Digits of a floating number that count: a sum's last ones depend on the order of its terms."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of one side that the other does not have, printable, each as often as it lacks there."""

    missing: tuple[Mapping[str, Any], ...] = ()
    unexpected: tuple[Mapping[str, Any], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected)

    def and_then(self, other: Difference) -> Difference:
        """Both."""
        return Difference(self.missing + other.missing, self.unexpected + other.unexpected)


def named_columns(
    rows: Sequence[Mapping[str, Any]], columns: Columns, *, beside: Sequence[str] = ()
) -> Columns:
    """The columns that a row names, in the order of the query: those alone are compared. All, where nothing is expected."""
    named = {name for row in rows for name in row} - set(beside)
    known = {name for name, _ in columns}
    unknown = sorted(named - known)
    if unknown:
        raise PermanentFailure(f"the model has no column `{unknown[0]}`")
    return tuple(column for column in columns if column[0] in named or not named)


def expected_rows(rows: Sequence[Mapping[str, Any]], columns: Columns) -> list[tuple[Any, ...]]:
    """The expected rows with values of the columns' types; what a row does not name is null."""
    types = [(name, parse_type(text)) for name, text in columns]
    made = []
    for number, row in enumerate(rows, start=1):
        try:
            made.append(tuple(read_value(row.get(name), type_) for name, type_ in types))
        except Misfit as misfit:
            raise PermanentFailure(f"expected row {number}: {misfit}") from None
    return made


def difference(
    expected: Sequence[tuple[Any, ...]],
    given: Sequence[tuple[Any, ...]],
    columns: Columns,
    *,
    ordered: bool = False,
) -> Difference:
    """What differs between two multisets of rows, or between two sequences."""
    types = [parse_type(text).name for _, text in columns]
    wanted = [tuple(_comparable(v, t) for v, t in zip(row, types, strict=True)) for row in expected]
    found = [tuple(_comparable(v, t) for v, t in zip(row, types, strict=True)) for row in given]
    if ordered:
        lacking, beyond = _out_of_step(wanted, found)
    else:
        lacking, beyond = _surplus(wanted, found), _surplus(found, wanted)
    return Difference(_printed(expected, lacking, columns), _printed(given, beyond, columns))


def _surplus(rows: Sequence[Any], others: Sequence[Any]) -> list[int]:
    """The places of rows that are not among the others, or not so often."""
    left = Counter(others)
    found = []
    for at, row in enumerate(rows):
        if left[row]:
            left[row] -= 1
        else:
            found.append(at)
    return found


def _out_of_step(wanted: Sequence[Any], found: Sequence[Any]) -> tuple[list[int], list[int]]:
    missing: list[int] = []
    beyond: list[int] = []
    for what, a, b, c, d in difflib.SequenceMatcher(None, wanted, found, autojunk=False).get_opcodes():
        if what != "equal":
            missing += range(a, b)
            beyond += range(c, d)
    return missing, beyond


def _comparable(value: Any, type_: str) -> Any:
    """A value that is equal to another one where the two count as equal, and can be counted."""
    match value:
        case float() | int() if type_ in _DIGITS and not isinstance(value, bool):
            return f"{float(value) + 0.0:.{_DIGITS[type_]}g}"
        case Decimal():
            return value.normalize() + 0
        case dt.datetime():
            return value.replace(tzinfo=None)
        case list() | tuple():
            return tuple(_comparable(v, "") for v in value)
        case dict():
            return tuple(sorted((str(k), _comparable(v, "")) for k, v in value.items()))
        case bytearray() | memoryview():
            return bytes(value)
    return value


def _printed(
    rows: Sequence[tuple[Any, ...]], places: Sequence[int], columns: Columns
) -> tuple[Mapping[str, Any], ...]:
    names = [name for name, _ in columns]
    return tuple(
        {name: print_value(value) for name, value in zip(names, rows[at], strict=True)} for at in places
    )
