"""What topics hold, asked of the brokers alone: no record is read.

Source: KIP-734 for the newest record's time; KIP-396 for listing offsets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from headgate.ports import ClusterConnection, Failure, PermanentFailure, TemporaryFailure, client_settings
from headgate.schema.values import EPOCH

_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a topic holds: `records` between the first offset and the end, `end` the sum of where its partitions end.

    `records` counts what compaction has taken away and the marks of transactions as well. `newest` is in UTC; None where
    the topic is empty.
    """

    partitions: int
    records: int
    end: int
    newest: dt.datetime | None


def held(connection: ClusterConnection, topics: Sequence[str]) -> dict[str, Held | Failure]:
    """What each topic holds, or why that cannot be said; of one that is not there, nothing.

    A Failure is raised where the cluster does not answer at all.
    """
    heard: list[str] = []
    quiet: dict[str, Any] = {"error_cb": lambda error: heard.append(error.str()), "log_level": 0}
    admin = AdminClient({**client_settings(connection.kafka or {}), **quiet})
    try:
        known = admin.list_topics(timeout=_SECONDS).topics
    except KafkaException as error:
        why = heard[-1] if heard else error.args[0].str()
        raise TemporaryFailure(f"the brokers of {connection.name} do not answer: {why}") from None
    places = [
        TopicPartition(topic, number)
        for topic in dict.fromkeys(topics)
        if topic in known
        for number in sorted(known[topic].partitions)
    ]
    if not places:
        return {}
    asked = [
        admin.list_offsets(dict.fromkeys(places, spec), request_timeout=_SECONDS)
        for spec in (OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.max_timestamp())
    ]
    return {
        topic: _held(topic, [place for place in places if place.topic == topic], asked)
        for topic in dict.fromkeys(place.topic for place in places)
    }


def _held(topic: str, places: Sequence[TopicPartition], asked: Sequence[Mapping[Any, Any]]) -> Held | Failure:
    try:
        low, high, newest = ([answers[place].result(_SECONDS) for place in places] for answers in asked)
    except KafkaException as error:
        return PermanentFailure(f"{topic} cannot be looked at: {error.args[0].str()}")
    except TimeoutError:
        return TemporaryFailure(f"{topic} cannot be looked at: nobody answers")
    times = [one.timestamp for one in newest if one.timestamp >= 0]
    return Held(
        partitions=len(places),
        records=sum(end.offset - begin.offset for begin, end in zip(low, high, strict=True)),
        end=sum(end.offset for end in high),
        newest=EPOCH + dt.timedelta(milliseconds=max(times)) if times else None,
    )
