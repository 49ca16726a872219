"""A topic's messages, read without joining a group: nothing of the cluster is changed by it.

Source: librdkafka, "Introduction", `assign`; KIP-98 for what a consumer that reads what is committed gets.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from headgate.ports import ClusterConnection, PermanentFailure, TemporaryFailure, client_settings
from headgate.schema.values import EPOCH

Ranges = Mapping[int, tuple[int, int]]
"""Of partitions, the offsets to begin at and to end before."""

SECONDS = 30.0
"""How long nothing may come of what is there."""
_ASK_SECONDS = 10.0
_POLL_SECONDS = 0.1
_AGAIN_SECONDS = 5.0
"""So often it is looked whether a topic that is followed is still there, and has more partitions."""
_AT_ONCE = 1000
# A group is named since the client wants one; nobody joins it, so what may be done with groups does not matter.
_GROUP = "headgate-reader"
# What a client that keeps trying gets over; whoever waits for an answer has a time for it.
_PASSING = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE, KafkaError._TIMED_OUT)
_OF_GROUPS = (
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
)
_REFUSED = (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.UNKNOWN_TOPIC_OR_PART)


class NoTopic(PermanentFailure):
    """There is no topic of that name."""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as it stands in its topic. `timestamp` is in UTC; None where the topic keeps none."""

    partition: int
    offset: int
    timestamp: dt.datetime | None
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes] = field(default_factory=dict)


class Topic:
    """One topic of a cluster, as somebody who reads what is committed sees it. Close it."""

    def __init__(self, connection: ClusterConnection, name: str) -> None:
        self.name = name
        self._said = ""
        self._consumer = Consumer(
            {
                **client_settings(connection.kafka or {}),
                "error_cb": self._hear,
                "log_level": 0,
                "group.id": _GROUP,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
            }
        )

    def __enter__(self) -> Topic:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._consumer.close()

    def spans(self) -> dict[int, tuple[int, int]]:
        """Of every partition, its first offset and the one that its next message will have."""
        try:
            return {
                number: self._consumer.get_watermark_offsets(
                    TopicPartition(self.name, number), timeout=_ASK_SECONDS
                )
                for number in self._partitions(_ASK_SECONDS)
            }
        except KafkaException as error:
            raise self._failure(error.args[0]) from None

    def since(self, moment: dt.datetime, spans: Ranges) -> dict[int, tuple[int, int]]:
        """The spans from the first message on that is not older than a moment (UTC)."""
        millis = (moment - EPOCH) // dt.timedelta(milliseconds=1)
        asked = [TopicPartition(self.name, number, max(0, millis)) for number in spans]
        try:
            answers = self._consumer.offsets_for_times(asked, timeout=_ASK_SECONDS)
        except KafkaException as error:
            raise self._failure(error.args[0]) from None
        begins = {one.partition: one.offset for one in answers}
        return {
            number: (max(low, begins[number]) if begins[number] >= 0 else high, high)
            for number, (low, high) in spans.items()
        }

    def messages(self, ranges: Ranges) -> Iterator[RawMessage]:
        """The messages of each range, as they come. A Failure is raised where nothing does for too long."""
        left = {number: end for number, (begin, end) in ranges.items() if begin < end}
        if not left:
            return
        self._consumer.assign([TopicPartition(self.name, n, ranges[n][0]) for n in left])
        until = time.monotonic() + SECONDS
        while left:
            for message in self._polled(_POLL_SECONDS):
                until = time.monotonic() + SECONDS
                if isinstance(message, int):
                    left.pop(message, None)
                    continue
                end = left.get(message.partition)
                if end is not None and message.offset < end:
                    yield message
                if end is not None and message.offset + 1 >= end:
                    del left[message.partition]
            if left and time.monotonic() > until:
                raise TemporaryFailure(f"{self.name}: nothing came for {SECONDS:.0f} seconds{self._why()}")

    def follow(self, begins: Mapping[int, int]) -> Iterator[list[RawMessage]]:
        """The messages from these offsets on, for ever, as many at once as have come; of partitions that are added, all.

        NoTopic is raised once the topic is gone.
        """
        self._consumer.assign([TopicPartition(self.name, n, begin) for n, begin in begins.items()])
        followed, again = set(begins), time.monotonic() + _AGAIN_SECONDS
        while True:
            yield [message for message in self._polled(_POLL_SECONDS) if not isinstance(message, int)]
            if time.monotonic() >= again:
                again = time.monotonic() + _AGAIN_SECONDS
                followed |= self._added(followed)

    def _added(self, followed: set[int]) -> set[int]:
        """The partitions that are there and not followed yet, which are from now on."""
        try:
            added = set(self._partitions(_POLL_SECONDS * 10)) - followed
        except KafkaException:
            return set()  # a cluster that does not answer now is asked again
        if added:
            self._consumer.incremental_assign([TopicPartition(self.name, n, 0) for n in sorted(added)])
        return added

    def _partitions(self, seconds: float) -> list[int]:
        """The numbers of the partitions; NoTopic where there is no topic."""
        known = self._consumer.list_topics(self.name, timeout=seconds).topics.get(self.name)
        if known is None or known.error is not None:
            raise self._refusal(known.error if known is not None else None)
        return sorted(known.partitions)

    def _polled(self, seconds: float) -> Iterator[RawMessage | int]:
        """What comes within some seconds: messages, and the numbers of partitions that end here for now."""
        for message in self._consumer.consume(_AT_ONCE, seconds):
            error = message.error()
            if error is None:
                yield _raw(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                yield message.partition()
            elif error.code() in _PASSING:
                self._hear(error)
            elif error.code() not in _OF_GROUPS:
                raise self._failure(error)

    def _hear(self, error: KafkaError) -> None:
        if error.code() not in (*_OF_GROUPS, KafkaError._ALL_BROKERS_DOWN):
            self._said = error.str()

    def _why(self) -> str:
        return f": {self._said}" if self._said else ""

    def _refusal(self, error: KafkaError | None) -> PermanentFailure:
        if error is not None and error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            return PermanentFailure(f"the topic {self.name} may not be read")
        return NoTopic(f"there is no topic {self.name}")

    def _failure(self, error: KafkaError) -> TemporaryFailure | PermanentFailure:
        if error.code() in _REFUSED:
            return self._refusal(error)
        self._consumer.poll(0)  # errors are told when somebody polls
        return TemporaryFailure(f"{self.name} cannot be read: {self._said or error.str()}")


def _raw(message: Any) -> RawMessage:
    _, millis = message.timestamp()
    return RawMessage(
        message.partition(),
        message.offset(),
        EPOCH + dt.timedelta(milliseconds=millis) if millis >= 0 else None,
        message.key(),
        message.value(),
        dict(message.headers() or ()),
    )
