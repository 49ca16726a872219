"""Records of a stream, read of its topic: the first, the last, or those since a time, over all its partitions."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
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

    `more` says that there are others of those that were asked for. `malformed` are those among the messages looked at,
    `read` the first and the last offset of these in each partition.
    """

    records: tuple[StreamRecord, ...] = ()
    malformed: tuple[MalformedRecord, ...] = ()
    more: bool = False
    read: Mapping[int, tuple[int, int]] = field(default_factory=dict)


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
        decode = _open_decoder(connection, wire, stack)
        topic = stack.enter_context(Topic(connection, wire.topic))
        spans = topic.spans()
        if since is not None:
            spans = topic.since(since, spans)
        gathered = _Gathered(decode, since or dt.datetime.min)
        wanted, backwards = (latest, True) if first is None else (first, False)
        _look(topic, spans, wanted, backwards, gathered)
        return gathered.found(wanted, backwards=backwards)


def follow_records(connection: ClusterConnection, wire: Wire, *, last: int) -> Iterator[ReadRecords]:
    """The last committed records of a stream, then those that come, as they come; now and then none. It does not end.

    A Failure is raised as by `read_records`, and where the topic may be read no more.
    """
    with ExitStack() as stack:
        decode = _open_decoder(connection, wire, stack)
        topic = stack.enter_context(Topic(connection, wire.topic))
        spans = topic.spans()
        there = _Gathered(decode)
        if last:
            _look(topic, spans, last, True, there)
        yield there.found(last, backwards=True)
        for messages in topic.follow({number: end for number, (_, end) in spans.items()}):
            come = _Gathered(decode)
            come.take(messages)
            yield come.found()


def _open_decoder(connection: ClusterConnection, wire: Wire, stack: ExitStack) -> Decode:
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


def _misfit(message: RawMessage, error: Malformed) -> MalformedRecord:
    """What there is to say of a message that does not fit."""
    return MalformedRecord(
        message.partition, message.offset, message.timestamp, _text(message.value), error.what, str(error)
    )


def _text(data: bytes | None) -> str:
    """Bytes as text where they are text that prints, else in base64."""
    try:
        text = (data or b"").decode()
    except UnicodeDecodeError:
        text = "\0"
    if all(character.isprintable() or character.isspace() for character in text):
        return text
    return base64.b64encode(data or b"").decode()


@dataclass(slots=True)
class _Gathered:
    """What became of messages that are not older than `since`: records, by their partitions, and those that do not fit."""

    decode: Decode
    since: dt.datetime = dt.datetime.min
    records: dict[int, list[tuple[RawMessage, StreamRecord]]] = field(default_factory=dict)
    malformed: list[MalformedRecord] = field(default_factory=list)
    read: dict[int, tuple[int, int]] = field(default_factory=dict)

    def take(self, messages: Iterable[RawMessage]) -> None:
        """Adds what these messages are."""
        for message in messages:
            first, last = self.read.get(message.partition, (message.offset, message.offset))
            self.read[message.partition] = min(first, message.offset), max(last, message.offset)
            if (message.timestamp or EPOCH) < self.since:
                continue
            try:
                record = self.decode(message)
            except Malformed as error:
                self.malformed.append(_misfit(message, error))
                continue
            if record is not None:
                self.records.setdefault(message.partition, []).append((message, record))

    def count(self, partition: int) -> int:
        return len(self.records.get(partition, ()))

    def found(self, wanted: int | None = None, *, backwards: bool = False) -> ReadRecords:
        """The first or the last `wanted` of the records, in the order of their arrival; all where that is None."""
        arrived = sorted(one for part in self.records.values() for one in _arrived(part))
        records = tuple(one.record for one in arrived)
        misfits = sorted(self.malformed, key=lambda one: (one.timestamp or EPOCH, one.partition, one.offset))
        kept = records
        if wanted is not None and wanted < len(records):
            kept = records[len(records) - wanted :] if backwards else records[:wanted]
        return ReadRecords(kept, tuple(misfits), len(kept) < len(records), dict(sorted(self.read.items())))


@dataclass(frozen=True, slots=True, order=True)
class _Arrived:
    """A record, and its place among those of all partitions."""

    time: dt.datetime
    partition: int
    offset: int
    record: StreamRecord = field(compare=False)


def _arrived(part: list[tuple[RawMessage, StreamRecord]]) -> Iterator[_Arrived]:
    """A partition's records: whatever their times say, none arrives before one that stands before it in the log."""
    latest = dt.datetime.min
    for message, record in sorted(part, key=lambda one: one[0].offset):
        latest = max(latest, message.timestamp or latest)
        yield _Arrived(latest, message.partition, message.offset, record)


def _look(
    topic: Topic, spans: Mapping[int, tuple[int, int]], wanted: int | None, backwards: bool, into: _Gathered
) -> None:
    """Gathers more than `wanted` records of each partition, from its beginning or from its end; all where that is None.

    Offsets say little of how many records there are: compaction leaves gaps, and transactions marks. So ever larger parts
    are looked at.
    """
    left = dict(spans)
    size = None if wanted is None else max(wanted + 1, _FEWEST)
    while True:
        ranges = {
            number: _range(low, high, size, backwards)
            for number, (low, high) in left.items()
            if low < high and (wanted is None or into.count(number) <= wanted)
        }
        if not ranges:
            return
        into.take(topic.messages(ranges))
        for number, (begin, end) in ranges.items():
            low, high = left[number]
            left[number] = (low, begin) if backwards else (end, high)
        size = None if size is None else size * 2


def _range(low: int, high: int, size: int | None, backwards: bool) -> tuple[int, int]:
    if size is None:
        return low, high
    return (max(low, high - size), high) if backwards else (low, min(high, low + size))
