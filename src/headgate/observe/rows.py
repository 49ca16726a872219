"""Rows as a reader sees them: each column in the form that the reader is to have it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headgate.observe.keys import LocalKeys
from headgate.observe.values import shown
from headgate.ports import ColumnForm, EngineResult
from headgate.schema import forms
from headgate.schema.types import DataType, parse_type

CLEAR = "clear"
_HIDDEN = ("redacted", "redact")


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column as a reader gets it."""

    name: str
    type: str
    form: str


@dataclass(frozen=True, slots=True)
class SeenRows:
    """Rows of a stream as a reader gets them, each by its columns' names, ready to print."""

    columns: tuple[SeenColumn, ...]
    rows: tuple[Mapping[str, Any], ...]


def seen(
    result: EngineResult,
    stream: str,
    wanted: Sequence[ColumnForm],
    keys: LocalKeys,
    *,
    stored: Mapping[str, str] | None = None,
    first: int = 0,
) -> SeenRows:
    """The rows of `stream` in the wanted forms; a column of which nothing is said is as stored, in clear or as `stored`.

    `first` is the place of the first row in the stream.
    """
    form_of = {**(stored or {}), **{form.column: form.form for form in wanted}}
    types = [parse_type(text) for _, text in result.columns]
    made = formed(result, stream, wanted, keys, first=first)
    columns = tuple(SeenColumn(name, text, form_of.get(name, CLEAR)) for name, text in result.columns)
    names = [name for name, _ in result.columns]
    rows = tuple(
        {name: shown(value, type_) for name, value, type_ in zip(names, row, types, strict=True)}
        for row in made
    )
    return SeenRows(columns, rows)


def formed(
    result: EngineResult, stream: str, wanted: Sequence[ColumnForm], keys: LocalKeys, *, first: int = 0
) -> list[tuple[Any, ...]]:
    """The rows with their values in the wanted forms."""
    by_name = {form.column: form for form in wanted if form.form != CLEAR}
    makers: list[tuple[int, Callable[[Any, int], Any]]] = [
        (at, _maker(by_name[name], parse_type(text), stream, keys))
        for at, (name, text) in enumerate(result.columns)
        if name in by_name
    ]
    rows = []
    for number, row in enumerate(result.rows, start=first):
        cells = list(row)
        for at, make in makers:
            cells[at] = make(cells[at], number)
        rows.append(tuple(cells))
    return rows


def _maker(wanted: ColumnForm, type_: DataType, stream: str, keys: LocalKeys) -> Callable[[Any, int], Any]:
    """What makes a value of the column, in the row of that number, what the reader gets."""
    nothing = forms.redact(type_)
    if wanted.form == "nullify":
        return lambda value, number: None
    # A form of texts is asked of a column that holds none: nothing is shown rather than everything.
    if wanted.form in _HIDDEN or not (type_.is_text or type_.is_binary):
        return lambda value, number: nothing
    match wanted.form:
        case "hash":
            key = keys.masking()
            return lambda value, number: forms.hashed(value, wanted.domain, key)
        case "tokenization":
            key = keys.masking()
            return lambda value, number: forms.tokenized(value, wanted.domain, key)
        case "partial":
            return lambda value, number: forms.partial(value, wanted.keep_first, wanted.keep_last)
        case "encrypted":
            key = keys.named(wanted.key)
            place = f"{stream}.{wanted.column}"
            return lambda value, number: forms.encrypted(value, key, f"{place}.{number}")
    return lambda value, number: nothing
