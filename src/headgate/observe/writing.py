"""Writes rows to topics as an application would: encoded, keyed, with their own times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from headgate.observe.encoding import Encode, key_encoder, value_encoder
from headgate.observe.registry import Registry
from headgate.ports import (
    ClusterConnection,
    PermanentFailure,
    StreamRecord,
    TemporaryFailure,
    client_settings,
)
from headgate.resources.wire import Wire

MARK = "headgate-sample"
"""The header that says of which sample a record is, and how far into it."""
_SECONDS = 30.0
_QUIET = {"error_cb": lambda _: None, "log_level": 0}
_EPOCH = dt.datetime(1970, 1, 1)


def write(connection: ClusterConnection, wire: Wire, records: Iterable[tuple[StreamRecord, str]]) -> int:
    """Appends the records in their order, each with its mark; how many.

    A Failure is raised where the topic or a schema is not there, or the broker does not take a record.
    """
    with Registry(connection.schema_registry or {}) as registry:
        value = value_encoder(wire, _id(registry, wire.subject, wire.schema))
        key = key_encoder(wire, _id(registry, wire.key_subject, wire.key_schema))
    refused: list[str] = []
    producer = Producer(
        {
            **client_settings(connection.kafka or {}),
            **_QUIET,
            "enable.idempotence": True,
            "message.timeout.ms": int(_SECONDS * 1000),
        }
    )
    count = 0
    for record, mark in records:
        _produce(producer, wire.topic, record, (key, value), mark, refused)
        count += 1
    left = producer.flush(_SECONDS)
    if refused:
        raise PermanentFailure(f"{wire.topic} did not take {len(refused)} record(s): {refused[0]}")
    if left:
        raise TemporaryFailure(f"{wire.topic} did not take {left} record(s) within {_SECONDS:.0f} seconds")
    return count


def _produce(
    producer: Producer,
    topic: str,
    record: StreamRecord,
    encoders: tuple[Encode, Encode],
    mark: str,
    refused: list[str],
) -> None:
    key, value = encoders
    deletes = record.op == "-D"
    said: dict[str, Any] = {} if record.timestamp is None else {"timestamp": _millis(record.timestamp)}
    while True:
        try:
            producer.produce(
                topic,
                key=key(record.values),
                value=None if deletes else value(record.values),
                headers=[(MARK, mark.encode())],
                on_delivery=lambda error, _: refused.append(error.str()) if error else None,
                **said,
            )
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return


def last_marks(connection: ClusterConnection, topic: str) -> set[str]:
    """The marks of the last records of a topic's partitions; "" of one that has none, nothing where the topic is empty."""
    consumer = Consumer(
        {
            **client_settings(connection.kafka or {}),
            **_QUIET,
            "group.id": "headgate-reader",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    try:
        partitions = consumer.list_topics(topic, timeout=_SECONDS).topics[topic].partitions
        ends = [
            (number, consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=_SECONDS))
            for number in sorted(partitions)
        ]
        return {_mark_at(consumer, topic, number, high - 1) for number, (low, high) in ends if high > low}
    except KafkaException as error:
        raise TemporaryFailure(f"{topic} cannot be read: {error.args[0].str()}") from None
    finally:
        consumer.close()


def _mark_at(consumer: Consumer, topic: str, partition: int, offset: int) -> str:
    consumer.assign([TopicPartition(topic, partition, offset)])
    record = consumer.poll(_SECONDS)
    headers = dict(record.headers() or []) if record is not None and record.error() is None else {}
    mark = headers.get(MARK)
    return mark.decode() if isinstance(mark, bytes) else ""


def _millis(moment: dt.datetime) -> int:
    return (moment - _EPOCH) // dt.timedelta(milliseconds=1)


def _id(registry: Registry, subject: str, schema: Mapping[str, Any] | None) -> int | None:
    return None if schema is None else registry.latest_id(subject)
