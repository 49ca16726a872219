"""Reads records of a topic without joining a group: nothing of the cluster is changed by it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from headgate.observe.decoding import Malformed as NotOurs
from headgate.observe.decoding import Values, decoder
from headgate.observe.registry import Registry
from headgate.ports import (
    ClusterConnection,
    PermanentFailure,
    StreamRecord,
    TemporaryFailure,
    client_settings,
)
from headgate.resources.wire import Wire

_SECONDS = 30.0
_POLL_SECONDS = 1.0
_EPOCH = dt.datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Malformed:
    """A record that does not fit its stream: where it stands, and why."""

    partition: int
    offset: int
    why: str


@dataclass(frozen=True, slots=True)
class ReadRecords:
    """Records in the order of their time, each partition's in the order of its log; `more` says that some were left out."""

    records: tuple[StreamRecord, ...]
    malformed: tuple[Malformed, ...] = ()
    more: bool = False


def read_records(
    connection: ClusterConnection,
    wire: Wire,
    *,
    first: int | None = None,
    latest: int | None = None,
    since: dt.datetime | None = None,
) -> ReadRecords:
    """The committed records of a stream: all that are there now, or the first or latest of them, or those since a time.

    A Failure is raised where the topic is not there or cannot be read in time.
    """
    consumer = Consumer(
        {
            **client_settings(connection.kafka or {}),
            "error_cb": lambda _: None,
            "log_level": 0,
            "group.id": "headgate-reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    try:
        begins = _begins(consumer, wire.topic, latest, since)
        messages = list(_messages(consumer, wire.topic, begins, first))
    except KafkaException as error:
        raise TemporaryFailure(f"{wire.topic} cannot be read: {error.args[0].str()}") from None
    finally:
        consumer.close()
    messages.sort(key=lambda message: message.timestamp()[1])
    more = latest is not None and len(messages) > latest
    if more and latest is not None:
        messages = messages[-latest:]
    with Registry(connection.schema_registry or {}) as registry:
        return _decoded(wire, messages, registry, more or (first is not None and len(messages) >= first))


def _begins(
    consumer: Consumer, topic: str, latest: int | None, since: dt.datetime | None
) -> dict[int, tuple[int, int]]:
    """Of each partition that holds something to read, the offsets to begin at and to end before."""
    known = consumer.list_topics(topic, timeout=_SECONDS).topics.get(topic)
    if known is None or known.error is not None:
        raise PermanentFailure(f"there is no topic {topic}, or it may not be read")
    found = {}
    for number in known.partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=_SECONDS)
        begin = low if latest is None else max(low, high - latest)
        if since is not None:
            begin = max(begin, _at(consumer, topic, number, since, high))
        if begin < high:
            found[number] = (begin, high)
    return found


def _at(consumer: Consumer, topic: str, number: int, since: dt.datetime, high: int) -> int:
    millis = (since - _EPOCH) // dt.timedelta(milliseconds=1)
    (answer,) = consumer.offsets_for_times([TopicPartition(topic, number, millis)], timeout=_SECONDS)
    return answer.offset if answer.offset >= 0 else high


def _messages(
    consumer: Consumer, topic: str, begins: dict[int, tuple[int, int]], first: int | None
) -> Iterator[Message]:
    """The records from each beginning to its end, as they come; the first so many where a number is named."""
    if not begins:
        return
    consumer.assign([TopicPartition(topic, number, begin) for number, (begin, _) in begins.items()])
    left = dict(begins)
    count, quiet_since = 0, time.monotonic()
    while left and (first is None or count < first):
        for message in consumer.consume(1000, _POLL_SECONDS):
            quiet_since = time.monotonic()
            number, offset = _place(message)
            error = message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
            if error is not None:
                left.pop(number, None)
                continue
            if number in left and offset < left[number][1]:
                count += 1
                yield message
            if number in left and offset + 1 >= left[number][1]:
                del left[number]
            if first is not None and count >= first:
                return
        if time.monotonic() - quiet_since > _SECONDS:
            raise TemporaryFailure(f"{topic} gave nothing for {_SECONDS:.0f} seconds")


def _decoded(wire: Wire, messages: list[Message], registry: Registry, more: bool) -> ReadRecords:
    decode = decoder(wire, registry)
    records, malformed = [], []
    for message in messages:
        key, value = message.key(), message.value()
        try:
            row = decode(None if key is None else _bytes(key), None if value is None else _bytes(value))
        except NotOurs as error:
            malformed.append(Malformed(*_place(message), error.what))
        else:
            if row is not None:
                records.append(_record(wire, message, *row))
    return ReadRecords(tuple(records), tuple(malformed), more)


def _record(wire: Wire, message: Message, op: str, values: Values) -> StreamRecord:
    _, millis = message.timestamp()
    timestamp = _EPOCH + dt.timedelta(milliseconds=millis) if millis >= 0 else None
    partition, offset = _place(message)
    shown = {
        "timestamp": timestamp,
        "partition": partition,
        "offset": offset,
        "headers": dict(message.headers() or []),
    }
    return StreamRecord(op, timestamp, {**values, **{name: shown[what] for name, what in wire.metadata.items()}})


def _place(message: Message) -> tuple[int, int]:
    """The partition and offset of a message; a number that it does not say is -1."""
    partition, offset = message.partition(), message.offset()
    return -1 if partition is None else partition, -1 if offset is None else offset


def _bytes(data: str | bytes | None) -> bytes:
    return data.encode() if isinstance(data, str) else data or b""
