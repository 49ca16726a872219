"""A part of a live stream: its rows or its changes, as the embedded engine answers them of its own streams."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from headgate.observe.reading import MalformedRecord, read_records
from headgate.ports import ClusterConnection, StreamRecord
from headgate.resources.wire import Wire

MOST = 100_000
"""So many records of a topic are read at once, where it takes all of them to know what its rows are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which of a stream's rows: the first `limit`, or as `latest` the last, from `since` on; or its changes."""

    limit: int | None = None
    latest: bool = False
    since: dt.datetime | None = None
    changelog: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """Rows of a stream in the order they arrived in; `more` says that there are others of those asked for.

    Where not `whole`, the topic holds more than is read at once, and what came before is not known. `read` is the first and
    the last offset looked at in each partition.
    """

    rows: tuple[StreamRecord, ...]
    malformed: tuple[MalformedRecord, ...] = ()
    more: bool = False
    whole: bool = True
    read: Mapping[int, tuple[int, int]] = field(default_factory=dict)


def look_at(connection: ClusterConnection, wire: Wire, part: Part) -> LookedAt:
    """The part of the stream that its topic holds now; a Failure is raised where it cannot be read."""
    if not wire.upserts:
        count = {"latest" if part.latest else "first": part.limit}
        found = read_records(connection, wire, since=part.since, **count)
        return LookedAt(rows=found.records, malformed=found.malformed, more=found.more, read=found.read)
    found = read_records(connection, wire, latest=MOST)
    changes = kinds(found.records, wire.key)
    rows = changes if part.changelog else rows_of(changes, wire.key)
    if part.since is not None:
        rows = [row for row in rows if row.timestamp is not None and row.timestamp >= part.since]
    kept = _cut(rows, part)
    return LookedAt(
        rows=tuple(kept),
        malformed=found.malformed,
        more=len(kept) < len(rows),
        whole=not found.more,
        read=found.read,
    )


def kinds(records: Iterable[StreamRecord], key: Sequence[str]) -> list[StreamRecord]:
    """The records, each with what it does to the row of its key: `+I` the first, `+U` a later one, `-D` no row any more."""
    there: set[tuple[object, ...]] = set()
    found = []
    for record in records:
        place = _key(record, key)
        found.append(replace(record, op="+U") if record.op == "+I" and place in there else record)
        if record.op == "-D":
            there.discard(place)
        else:
            there.add(place)
    return found


def rows_of(changes: Iterable[StreamRecord], key: Sequence[str]) -> list[StreamRecord]:
    """The rows that changes leave: the last of each key, in the order of those."""
    left: dict[tuple[object, ...], StreamRecord] = {}
    for record in changes:
        left.pop(_key(record, key), None)
        if record.op != "-D":
            left[_key(record, key)] = record
    return list(left.values())


def _key(record: StreamRecord, key: Sequence[str]) -> tuple[object, ...]:
    # Keys are scalars, or what holds them; text tells two of those apart as well as they do.
    return tuple(
        value if value is None or value.__hash__ else repr(value)
        for value in (record.values.get(name) for name in key)
    )


def _cut(rows: list[StreamRecord], part: Part) -> list[StreamRecord]:
    if part.limit is None or part.limit >= len(rows):
        return rows
    return rows[len(rows) - part.limit :] if part.latest else rows[: part.limit]
