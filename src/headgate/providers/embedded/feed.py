"""Puts sample or made-up rows into streams: each holds exactly them afterwards, in one order of arrival over all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from headgate.ports import (
    EngineQuery,
    Feed,
    FeedResult,
    GeneratedRows,
    MalformedSample,
    SampleText,
    StreamTable,
)
from headgate.providers.embedded import tables
from headgate.providers.embedded.arrival import Arrived, Input, Record, arrive
from headgate.providers.embedded.connection import Connection
from headgate.providers.embedded.generate import generate
from headgate.providers.embedded.rows import inline, insert, tuples
from headgate.providers.embedded.samples import Columns, Rejected, read_sample
from headgate.providers.embedded.types import literal, quoted
from headgate.resources.embedded import rejected_of
from headgate.schema.types import STRING

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class _Read:
    feed: Feed
    records: list[Record]
    rejected: list[Rejected]


def feed_streams(connection: Connection, feeds: Sequence[Feed]) -> tuple[FeedResult, ...]:
    """Every stream of `feeds` holds exactly its rows; MalformedSample, and nothing changed, where one is to fail."""
    read = {one.feed.table.relation: one for one in _read_all(connection, feeds)}
    for one in read.values():
        if one.rejected and one.feed.on_malformed == "fail":
            raise MalformedSample(one.feed.table.relation, len(one.rejected), _examples(one))
    arrived = arrive(
        [
            Input(relation, one.feed.name, one.records, one.feed.table.event_time, one.feed.table.delay_ms)
            for relation, one in read.items()
        ]
    )
    with connection.transaction():
        for relation, one in read.items():
            _replace(connection, one, arrived[relation])
    return tuple(_result(read[feed.table.relation]) for feed in feeds)


def _result(one: _Read) -> FeedResult:
    generated = isinstance(one.feed.rows, GeneratedRows)
    return FeedResult(one.feed.table.relation, len(one.records), len(one.rejected), generated, _examples(one))


def _examples(one: _Read) -> tuple[str, ...]:
    file = one.feed.rows.file if isinstance(one.feed.rows, SampleText) else ""
    return tuple(f"{file}:{r.line}: {r.reason}" for r in one.rejected[:EXAMPLES])


def _read_all(connection: Connection, feeds: Sequence[Feed]) -> list[_Read]:
    """What each feed brings, parents before those whose values are drawn from them."""
    waiting = sorted(feeds, key=lambda feed: feed.table.relation)
    relations = {feed.table.relation for feed in feeds}
    done: dict[str, _Read] = {}
    while waiting:
        ready = [feed for feed in waiting if not (_parents(feed) & relations) - done.keys()]
        # Streams that draw from each other in a circle start with the first by name, which then makes its values up.
        for feed in ready or waiting[:1]:
            done[feed.table.relation] = _read(connection, feed, done)
        waiting = [feed for feed in waiting if feed.table.relation not in done]
    return list(done.values())


def _parents(feed: Feed) -> set[str]:
    if not isinstance(feed.rows, GeneratedRows):
        return set()
    return {relation for relation, _ in feed.rows.parents.values()} - {feed.table.relation}


def _read(connection: Connection, feed: Feed, done: dict[str, _Read]) -> _Read:
    records: list[Record] = []
    rejected: list[Rejected] = []
    if isinstance(feed.rows, GeneratedRows):
        values = {
            column: _values(done[relation], parent)
            for column, (relation, parent) in feed.rows.parents.items()
            if relation in done
        }
        records = generate(feed, feed.rows, values)
    elif feed.rows is not None:
        records, rejected = read_sample(feed.rows, Columns.of(feed))
    return _Read(feed, _completed(connection, feed, records), rejected)


def _values(parent: _Read, column: str) -> list[Any]:
    found = dict.fromkeys(
        r.values.get(column) for r in parent.records if not _unhashable(r.values.get(column))
    )
    return [value for value in found if value is not None]


def _unhashable(value: Any) -> bool:
    return isinstance(value, (list, dict))


def _completed(connection: Connection, feed: Feed, records: list[Record]) -> list[Record]:
    """Records with the columns that show the record itself, and those that are computed."""
    out = []
    offsets: dict[int, int] = {}
    for record in records:
        offset = offsets.get(record.partition, 0)
        offsets[record.partition] = offset + 1
        shown: dict[str, Any] = {
            "timestamp": record.timestamp,
            "partition": record.partition,
            "offset": offset,
            "headers": {},
        }
        own = {name: shown[what] for name, what in feed.metadata.items() if name not in record.values}
        out.append(replace(record, values={**own, **record.values}) if own else record)
    return out if feed.computed is None or not out else _computed(connection, feed.table, feed.computed, out)


def _computed(
    connection: Connection, table: StreamTable, query: EngineQuery, records: list[Record]
) -> list[Record]:
    """Records with what `query` makes of each."""
    made = [name for name, _ in query.columns]
    given = replace(table, columns=tuple(c for c in table.columns if c[0] not in made), mode="append")
    rows = [Arrived(at, None, None, record) for at, record in enumerate(records)]
    answer = connection.run(
        f"WITH {quoted(table.relation)} AS MATERIALIZED ({inline(given, rows)}) "
        f"SELECT {tables.names(query.columns)} FROM ({query.sql}) AS answer ORDER BY __seq"
    )
    return [
        replace(record, values={**record.values, **dict(zip(made, values, strict=True))})
        for record, values in zip(records, answer, strict=True)
    ]


def _replace(connection: Connection, one: _Read, arrived: list[Arrived]) -> None:
    table = one.feed.table
    stored = tables.stored_in(table)
    connection.run(f"DELETE FROM {quoted(stored)}")
    insert(connection, stored, tuples(table, _stamped(one.feed, arrived)))
    _replace_rejected(connection, table, one)


def _stamped(feed: Feed, arrived: list[Arrived]) -> list[Arrived]:
    """A record without a timestamp of its own shows the one it arrived with."""
    names = [name for name, what in feed.metadata.items() if what == "timestamp"]
    if not names:
        return arrived
    out = []
    for one in arrived:
        shown = {name: one.timestamp for name in names if one.record.values.get(name) is None}
        record = replace(one.record, values={**one.record.values, **shown})
        out.append(replace(one, record=record))
    return out


def _replace_rejected(connection: Connection, table: StreamTable, one: _Read) -> None:
    name = rejected_of(table.relation)
    tables.drop_object(connection, name)
    if one.feed.on_malformed != "dead_letter":
        return
    connection.run(f"CREATE TABLE {quoted(name)} (line BIGINT, raw VARCHAR, reason VARCHAR)")
    insert(
        connection,
        name,
        (f"({r.line}, {literal(r.raw, STRING)}, {literal(r.reason, STRING)})" for r in one.rejected),
    )
