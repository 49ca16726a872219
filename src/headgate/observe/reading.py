"""Records of a stream, read of its topic: the first, the last, or those since a time, over all its partitions."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from headgate.observe.decoding import Malformed, decoder
from headgate.observe.registry import Registry
from headgate.observe.topic import RawMessage, Topic
from headgate.ports import ClusterConnection, StreamRecord
from headgate.resources.wire import Wire
from headgate.schema.values import EPOCH

_FEWEST = 64
"""So many messages of a partition are asked for at the least: a range is as dear as a few of them."""

Decode = Callable[[RawMessage], StreamRecord | None]


@dataclass(frozen=True, slots=True)
class MalformedRecord:
    """A record that does not fit its stream: where it stands and why, without a value of it in `what`."""

    partition: int
    offset: int
    timestamp: dt.datetime | None
    raw: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"partition {self.partition}, offset {self.offset}: {self.what}"


@dataclass(frozen=True, slots=True)
class ReadRecords:
    """Records in the order they arrived in; of two partitions, in that of their times.

    `more` says that there are others of those that were asked for. `malformed` are those among the messages looked at.
    """

    records: tuple[StreamRecord, ...] = ()
    malformed: tuple[MalformedRecord, ...] = ()
    more: bool = False


def read_records(
    connection: ClusterConnection,
    wire: Wire,
    *,
    first: int | None = None,
    latest: int | None = None,
    since: dt.datetime | None = None,
) -> ReadRecords:
    """The committed records of a stream: all that are there now, or the first or the latest of them, or those since a time.

    A Failure is raised where the topic is not there, cannot be read in time, or is of a format that is not read.
    """
    with ExitStack() as stack:
        decode = open_decoder(connection, wire, stack)
        topic = stack.enter_context(Topic(connection, wire.topic))
        spans = topic.spans()
        if since is not None:
            spans = topic.since(since, spans)
        looking = _Looking(topic, decode, spans, latest if first is None else first, first is None)
        looking.look()
        return looking.found(since)


def open_decoder(connection: ClusterConnection, wire: Wire, stack: ExitStack) -> Decode:
    """Makes of a message a record: None where it is none; it raises Malformed where it does not fit."""
    registry = None
    if connection.schema_registry is not None:
        registry = stack.enter_context(Registry(connection.schema_registry))
    decode = decoder(wire, registry)

    def decoded(message: RawMessage) -> StreamRecord | None:
        found = decode(message.key, message.value)
        if found is None:
            return None
        op, values = found
        shown: dict[str, Any] = {
            "timestamp": message.timestamp,
            "partition": message.partition,
            "offset": message.offset,
            "headers": message.headers,
        }
        own = {name: shown[what] for name, what in wire.metadata.items()}
        return StreamRecord(op, message.timestamp, {**values, **own})

    return decoded


def malformed(message: RawMessage, error: Malformed) -> MalformedRecord:
    """What there is to say of a message that does not fit."""
    return MalformedRecord(
        message.partition, message.offset, message.timestamp, _text(message.value), error.what, str(error)
    )


def _text(data: bytes | None) -> str:
    """Bytes as text where they are text, else in base64."""
    try:
        return (data or b"").decode()
    except UnicodeDecodeError:
        return base64.b64encode(data or b"").decode()


@dataclass(slots=True)
class _Looking:
    """A look at ranges of a topic, from their beginnings or from their ends, until there are `wanted` records of each.

    Offsets say little of how many records there are: compaction leaves gaps, and transactions marks. So ever larger parts
    are looked at.
    """

    topic: Topic
    decode: Decode
    left: dict[int, tuple[int, int]]
    wanted: int | None
    backwards: bool
    records: dict[int, list[tuple[RawMessage, StreamRecord]]] = field(default_factory=dict)
    malformed: list[MalformedRecord] = field(default_factory=list)

    def look(self) -> None:
        """Everything is looked at that is needed."""
        size = None if self.wanted is None else max(self.wanted + 1, _FEWEST)
        while ranges := dict(self._next(size)):
            got: dict[int, list[tuple[RawMessage, StreamRecord]]] = {number: [] for number in ranges}
            for message in self.topic.messages(ranges):
                record = self._record(message)
                if record is not None:
                    got[message.partition].append((message, record))
            for number, (begin, end) in ranges.items():
                low, high = self.left[number]
                before, after = (got, self.records) if self.backwards else (self.records, got)
                self.records[number] = [*before.get(number, ()), *after.get(number, ())]
                self.left[number] = (low, begin) if self.backwards else (end, high)
            size = None if size is None else size * 2

    def _next(self, size: int | None) -> Iterator[tuple[int, tuple[int, int]]]:
        for number, (low, high) in self.left.items():
            enough = self.wanted is not None and len(self.records.get(number, ())) > self.wanted
            if low < high and not enough:
                if size is None:
                    yield number, (low, high)
                else:
                    yield (
                        number,
                        (max(low, high - size), high) if self.backwards else (low, min(high, low + size)),
                    )

    def _record(self, message: RawMessage) -> StreamRecord | None:
        try:
            return self.decode(message)
        except Malformed as error:
            self.malformed.append(malformed(message, error))
            return None

    def found(self, since: dt.datetime | None) -> ReadRecords:
        """What was looked for, of all partitions."""
        arrived = [one for part in self.records.values() for one in in_time(part)]
        arrived.sort(key=lambda one: one[0])
        records = [record for _, record in arrived if since is None or _at(record) >= since]
        kept = records
        if self.wanted is not None and len(records) > self.wanted:
            kept = records[len(records) - self.wanted :] if self.backwards else records[: self.wanted]
        misfits = sorted(self.malformed, key=lambda one: (one.timestamp or EPOCH, one.partition, one.offset))
        if since is not None:
            misfits = [one for one in misfits if (one.timestamp or EPOCH) >= since]
        return ReadRecords(tuple(kept), tuple(misfits), len(kept) < len(records))


def in_time(
    part: Sequence[tuple[RawMessage, StreamRecord]],
) -> Iterator[tuple[tuple[dt.datetime, int, int], StreamRecord]]:
    """A partition's records, each with its place among those of all partitions: none stands before one it followed."""
    latest = dt.datetime.min
    for message, record in part:
        latest = max(latest, message.timestamp or latest)
        yield (latest, message.partition, message.offset), record


def _at(record: StreamRecord) -> dt.datetime:
    return record.timestamp or EPOCH
