"""Sample files to records. A line that is not JSON, or does not fit the columns, is a malformed record with its reason."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from headgate.ports import Feed, SampleText
from headgate.providers.embedded.arrival import DELETE, INSERT, Record
from headgate.schema.types import DataType, parse_type
from headgate.schema.values import Misfit, print_value, read_value

OPS = {"+I", "-U", "+U", "-D"}
_STAMP = parse_type("timestamp(3)")


@dataclass(frozen=True, slots=True)
class Rejected:
    """A malformed record: its line in the file (from 1), its text, and why it does not fit."""

    line: int
    raw: str
    reason: str


@dataclass(frozen=True, slots=True)
class Columns:
    """What a record of a stream must fit."""

    types: Mapping[str, DataType]
    metadata: Mapping[str, str]
    computed: frozenset[str]
    mode: str
    key: tuple[str, ...]
    timestamps: str

    @classmethod
    def of(cls, feed: Feed) -> Columns:
        """The columns of what is fed."""
        types = {name: parse_type(text) for name, text in feed.table.columns}
        return cls(
            types,
            feed.metadata,
            computed_names(feed),
            feed.table.mode,
            feed.table.key,
            feed.timestamps,
        )


def computed_names(feed: Feed) -> frozenset[str]:
    """The columns of a stream that a sample does not say, since they are computed."""
    return frozenset(name for name, _ in feed.computed.columns) if feed.computed is not None else frozenset()


def read_sample(sample: SampleText, columns: Columns) -> tuple[list[Record], list[Rejected]]:
    """The records of a sample, in the order of its lines, and those that do not fit."""
    lines = _csv_rows(sample.text) if sample.kind == "csv" else _json_lines(sample.text)
    records: list[Record] = []
    rejected: list[Rejected] = []
    for number, raw, read in lines:
        try:
            record = to_record(read(), columns, len(records))
        except Misfit as misfit:
            rejected.append(Rejected(number, raw, str(misfit)))
            continue
        if record is not None:
            records.append(record)
    return records, rejected


def _json_lines(text: str) -> Iterator[tuple[int, str, Callable[[], Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        if line.strip():
            yield number, line, partial(_parsed, line)


def _parsed(line: str) -> Any:
    def refuse(word: str) -> Any:
        raise Misfit(f"{word} is not JSON")

    try:
        return json.loads(line, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        if isinstance(error, Misfit):
            raise
        raise Misfit("the line is not JSON") from None


def _csv_rows(text: str) -> Iterator[tuple[int, str, Callable[[], Any]]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    header: list[str] | None = None
    while True:
        first = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield first, "", partial(_refuse, f"the line is not CSV: {error}")
            return
        if header is None:
            header = [name.strip() for name in cells]
        elif cells:
            yield first, ",".join(cells), partial(_named, cells, header)


def _refuse(reason: str) -> Any:
    raise Misfit(reason)


def _named(cells: list[str], names: list[str]) -> dict[str, Any]:
    if len(cells) != len(names):
        raise Misfit(f"{len(cells)} cells where the first line names {len(names)} columns")
    return {name: cell for name, cell in zip(names, cells, strict=True) if cell != ""}


def to_record(raw: Any, columns: Columns, row: int, *, nulls: bool = False) -> Record | None:
    """A row as a record, or None where it changes nothing (`-U` of an upsert stream); Misfit where it does not fit.

    `nulls` lets a NOT NULL column be null, as in the rows of a unit test that name some columns alone.
    """
    if not isinstance(raw, Mapping):
        raise Misfit("the line is no JSON object")
    op = raw.get("_op", INSERT)
    if op not in OPS:
        raise Misfit(f"`_op` is {print_value(op)!r}; it may be +I, -U, +U or -D")
    if columns.mode != "upsert" and op != INSERT:
        raise Misfit(f"`_op` is {op}, and an append stream has +I alone")
    values = _values(raw, columns)
    tombstone = columns.mode == "upsert" and _is_tombstone(raw, columns)
    if op == "-U":
        return None
    deletes = op == DELETE or tombstone
    _check_nulls(values, columns, deletes=deletes or nulls)
    return Record(
        values=values,
        timestamp=_stamp(raw.get("_timestamp")),
        op=DELETE if deletes else INSERT,
        partition=_partition(raw.get("_partition")),
        row=row,
    )


def _values(raw: Mapping[str, Any], columns: Columns) -> dict[str, Any]:
    said = {**_key_values(raw.get("_key"), columns), **raw}
    values: dict[str, Any] = {}
    for name, type_ in columns.types.items():
        if name in columns.computed or (name in columns.metadata and name not in said):
            continue
        try:
            values[name] = read_value(said.get(name), type_, columns.timestamps)
        except Misfit as misfit:
            raise Misfit(f"`{name}`: {misfit}") from None
    return values


def _key_values(key: Any, columns: Columns) -> dict[str, Any]:
    if key is None:
        return {}
    if isinstance(key, Mapping):
        return {name: key[name] for name in columns.key if name in key}
    return {columns.key[0]: key} if len(columns.key) == 1 else {}


def _is_tombstone(raw: Mapping[str, Any], columns: Columns) -> bool:
    """A key and nothing else: the record's value is null, which deletes its row."""
    said = [name for name in columns.types if raw.get(name) is not None]
    return "_key" in raw and not [name for name in said if name not in columns.key]


def _check_nulls(values: Mapping[str, Any], columns: Columns, *, deletes: bool) -> None:
    if columns.mode == "upsert":
        for name in columns.key:
            if values.get(name) is None:
                raise Misfit(f"`{name}` is a key of an upsert stream and is null")
    if deletes:
        return
    for name, type_ in columns.types.items():
        if not type_.nullable and name in values and values[name] is None:
            raise Misfit(f"`{name}` is null, and {type_.text} NOT NULL")


def _stamp(raw: Any) -> dt.datetime | None:
    try:
        stamp = read_value(raw, _STAMP)
    except Misfit as misfit:
        raise Misfit(f"`_timestamp`: {misfit}") from None
    assert stamp is None or isinstance(stamp, dt.datetime)
    return stamp


def _partition(raw: Any) -> int:
    try:
        return int(read_value(raw, parse_type("int")) or 0)
    except Misfit as misfit:
        raise Misfit(f"`_partition`: {misfit}") from None
