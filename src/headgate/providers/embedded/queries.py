"""Runs queries: on rows given in line, or on the engine's own streams, and into a stream's table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from headgate.ports import (
    EngineInput,
    EngineQuery,
    EngineResult,
    LateRow,
    QueryFailure,
    StreamRecord,
    StreamTable,
)
from headgate.providers.embedded import tables
from headgate.providers.embedded.arrival import Input, arrive
from headgate.providers.embedded.connection import Connection
from headgate.providers.embedded.rows import inline
from headgate.providers.embedded.samples import Columns, to_record
from headgate.providers.embedded.types import literal, quoted
from headgate.resources.embedded import rejected_of
from headgate.schema.types import TIMESTAMP_3, parse_type
from headgate.schema.values import Misfit


def run(
    connection: Connection, query: EngineQuery, inputs: Iterable[EngineInput], limit: int | None = None
) -> EngineResult:
    """The query's answer over rows given in line, and the engine's own tables for inputs that give none."""
    given = _given(inputs)
    columns = tables.names(query.columns)
    shown = "" if limit is None else f" LIMIT {limit}"
    rows = connection.run(
        f"{given}SELECT {columns}{', count(*) OVER () ' if limit is not None else ''} "
        f"FROM ({query.sql}) AS answer ORDER BY __seq{shown}"
    )
    count = len(rows)
    if limit is not None:
        count = rows[0][-1] if rows else 0
        rows = [row[:-1] for row in rows]
    found, approximate = _late(connection, query, given)
    return EngineResult(
        query.columns,
        tuple(rows),
        found,
        approximate,
        truncated=count > len(rows),
        count=count,
        open_windows=_open(connection, query, given),
    )


def late(connection: Connection, query: EngineQuery) -> EngineResult:
    """What of the query's inputs was late, and what that makes of its answer."""
    found, approximate = _late(connection, query, "")
    return EngineResult(query.columns, (), found, approximate)


def fill(connection: Connection, table: StreamTable, query: EngineQuery) -> EngineResult:
    """The stream's table holds exactly the query's answer, in the order in which its rows came about.

    A row keeps the number of the input row it is due to; several due to one, and rows that would fall on the number of an
    earlier one, move on by one, so that numbers are unique and comparable with those of other streams.
    """
    names = tables.names(table.columns)
    stored = quoted(tables.stored_in(table))
    event_time = quoted(table.event_time) if table.event_time else "NULL::TIMESTAMP"
    watermark = f"max({event_time}) OVER (ORDER BY __at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    answer = f"""
        INSERT INTO {stored} BY NAME
        SELECT {names}, __at AS __seq, {watermark} - to_milliseconds({table.delay_ms}) AS __wm,
            max({event_time}) OVER (ORDER BY __at ROWS UNBOUNDED PRECEDING) AS __timestamp, '+I' AS __op
        FROM (
            SELECT *, __row + max(__due - __row) OVER (ORDER BY __row ROWS UNBOUNDED PRECEDING) AS __at
            FROM (
                SELECT {names}, coalesce(__seq, 0) AS __due,
                    row_number() OVER (ORDER BY __seq NULLS FIRST, {names}) AS __row
                FROM ({query.sql}) AS answer
            ) AS numbered
        ) AS placed ORDER BY __at"""
    with connection.transaction():
        connection.run(f"DELETE FROM {stored}")
        connection.run(answer)
    found, approximate = _late(connection, query, "")
    (count,) = connection.run(f"SELECT count(*) FROM {quoted(table.relation)}")[0]
    still_open = _open(connection, query, "")
    return EngineResult(query.columns, (), found, approximate, count=count, open_windows=still_open)


def _given(inputs: Iterable[EngineInput]) -> str:
    """The inline inputs as common table expressions, in front of a query."""
    inlined: list[tuple[StreamTable, Input]] = []
    for one in inputs:
        if one.rows is None:
            continue
        table = StreamTable(
            relation=one.relation,
            columns=one.columns,
            mode=one.mode,
            key=one.key,
            event_time=one.event_time,
            delay_ms=one.delay_ms,
        )
        records = []
        for row, raw in enumerate(one.rows):
            try:
                record = to_record(raw, _columns(table), row, nulls=True)
            except Misfit as misfit:
                where = f"row {row + 1} of {one.relation}"
                raise QueryFailure(f"{where} does not fit it", f"{where}: {misfit}") from None
            if record is not None:
                records.append(record)
        inlined.append((table, Input(one.relation, one.relation, records, one.event_time, one.delay_ms)))
    if not inlined:
        return ""
    arrived = arrive([one for _, one in inlined])
    parts = []
    for table, _ in inlined:
        stored = tables.stored_in(table)
        parts.append(f"{quoted(stored)} AS MATERIALIZED ({inline(table, arrived[table.relation])})")
        if stored != table.relation:
            parts.append(f"{quoted(table.relation)} AS ({tables.latest(table)})")
    return f"WITH {', '.join(parts)} "


def _columns(table: StreamTable) -> Columns:
    types = {name: parse_type(text) for name, text in table.columns}
    return Columns(types, {}, frozenset(), table.mode, table.key, "any")


def _late(
    connection: Connection, query: EngineQuery, given: str
) -> tuple[tuple[LateRow, ...], tuple[str, ...]]:
    """What each probe found, and the operators whose answer that makes approximate."""
    found: list[LateRow] = []
    approximate: dict[str, None] = {}
    for probe in query.probes:
        names, rows = connection.table(
            f"{given}SELECT *, count(*) OVER () AS __count FROM ({probe.sql}) AS late ORDER BY ALL LIMIT 1"
        )
        found += [LateRow(probe.operator, row[-1], _example(names, row)) for row in rows]
        if rows and not probe.exact:
            approximate[probe.operator] = None
    return tuple(found), tuple(approximate)


def _open(connection: Connection, query: EngineQuery, given: str) -> int:
    return sum(
        connection.run(f"{given}SELECT count(*) FROM ({left}) AS left_open")[0][0]
        for left in query.open_windows
    )


def _example(names: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, row, strict=True) if not name.startswith("__")}


@dataclass(frozen=True, slots=True)
class Part:
    """Which of a stream's rows are read: the first `limit`, or the last, from `since` on; or its changes."""

    limit: int | None = None
    latest: bool = False
    since: dt.datetime | None = None
    changelog: bool = False


def read(connection: Connection, table: StreamTable, part: Part) -> EngineResult:
    """A part of the rows of a stream, in the order of their arrival."""
    columns = (("_op", "STRING"), *table.columns) if part.changelog else table.columns
    source = f"({_changes(table)}) AS changes" if part.changelog else quoted(table.relation)
    if part.since is not None:
        source += f" WHERE __timestamp >= {literal(part.since, TIMESTAMP_3)}"
    (count,) = connection.run(f"SELECT count(*) FROM {source}")[0]
    order = "DESC" if part.latest else "ASC"
    shown = "" if part.limit is None else f" LIMIT {part.limit}"
    rows = connection.run(f"SELECT {tables.names(columns)} FROM {source} ORDER BY __seq {order}{shown}")
    if part.latest:
        rows.reverse()
    return EngineResult(columns, tuple(rows), truncated=len(rows) < count, count=count)


def records(connection: Connection, table: StreamTable) -> tuple[StreamRecord, ...]:
    """Every record of a stream, in the order of arrival."""
    names = [name for name, _ in table.columns]
    rows = connection.run(
        f"SELECT __op, __timestamp, {tables.names(table.columns)} FROM {quoted(tables.stored_in(table))} ORDER BY __seq"
    )
    return tuple(
        StreamRecord(op, timestamp, dict(zip(names, values, strict=True))) for op, timestamp, *values in rows
    )


def _changes(table: StreamTable) -> str:
    """Every record of a stream with its kind: a record of a key that has a row already updates it."""
    names = f"{tables.names(table.columns)}, __seq, __timestamp"
    if table.mode != "upsert":
        return f"SELECT '+I' AS _op, {names} FROM {quoted(table.relation)}"
    before = f"lag(__op) OVER (PARTITION BY {', '.join(map(quoted, table.key))} ORDER BY __seq)"
    return (
        f"SELECT CASE WHEN __op = '+I' AND {before} = '+I' THEN '+U' ELSE __op END AS _op, {names} "
        f"FROM {quoted(tables.stored_in(table))}"
    )


REJECTED = (("line", "BIGINT"), ("raw", "STRING"), ("reason", "STRING"))


def rejected(connection: Connection, table: StreamTable, limit: int | None) -> EngineResult:
    """The malformed records of a stream that keeps them; none of one that does not."""
    name = rejected_of(table.relation)
    if not tables.shape(connection, name):
        return EngineResult(REJECTED, ())
    shown = "" if limit is None else f" LIMIT {limit}"
    rows = connection.run(f"SELECT {tables.names(REJECTED)} FROM {quoted(name)} ORDER BY line{shown}")
    (count,) = connection.run(f"SELECT count(*) FROM {quoted(name)}")[0]
    return EngineResult(REJECTED, tuple(rows), truncated=len(rows) < count, count=count)
