"""The audit in a topic, which many projects share and nothing is ever removed from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from headgate.ports import ClusterConnection, TemporaryFailure
from headgate.resources.grants import writing
from headgate.state.audit import AuditEntry, entry_to_text, last_of_each_run, text_to_entry
from headgate.state.kafka_topic import ANSWER_SECONDS, Cluster, TopicReader, ensure

CONFIG = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
AT_ONCE = 500
"""How many records are read at a time, from the end backwards."""


class TopicAudit:
    """The audit of one environment among others in a topic of one partition. It is made by its first writer."""

    def __init__(self, connection: ClusterConnection, topic: str, project: str, environment: str) -> None:
        self._cluster = Cluster(connection)
        self._topic = topic
        self._key = f"{project}/{environment}"
        self._reader = TopicReader(self._cluster, topic)
        self._producer: Any = None

    def append(self, entry: AuditEntry) -> None:
        """A record more, which every replica that is in step has."""
        if self._producer is None:
            self._make()
            self._producer = self._cluster.client(
                Producer, enable_idempotence=True, message_timeout_ms=int(ANSWER_SECONDS * 1000)
            )
        delivered: list[KafkaError | None] = []
        try:
            self._producer.produce(
                self._topic,
                key=self._key,
                value=entry_to_text(entry),
                partition=0,
                on_delivery=lambda error, _: delivered.append(error),
            )
            self._producer.flush(ANSWER_SECONDS + 1)
        except KafkaException as error:
            raise self._cluster.failure(error, f"write topic `{self._topic}`") from None
        if not delivered:
            raise TemporaryFailure(f"topic `{self._topic}` on cluster `{self._cluster.name}` takes no record")
        if delivered[0] is not None:
            raise self._cluster.failure(KafkaException(delivered[0]), f"write topic `{self._topic}`")

    def newest(self) -> Iterator[AuditEntry]:
        """The environment's entries, each run's last one, the newest first; none where there is no such topic."""
        return last_of_each_run(self._backwards())

    def close(self) -> None:
        """Lets go of the clients."""
        self._producer = None
        self._reader.close()

    def _backwards(self) -> Iterator[AuditEntry]:
        if not self._reader.exists():
            return
        first, end = self._reader.first(), self._reader.end()
        while end > first:
            start = max(first, end - AT_ONCE)
            records = [one for one in self._reader.between(start, end) if one.offset() < end]
            for record in reversed(records):
                entry = text_to_entry(record.value() or b"") if record.key() == self._key.encode() else None
                if entry is not None:
                    yield entry
            end = start

    def _make(self) -> None:
        grants = writing(f"User:{self._cluster.user or '…'}", self._topic)
        ensure(self._cluster, self._reader, CONFIG, grants)


def open_topic_audit(
    connection: ClusterConnection, topic: str, *, project: str, environment: str
) -> TopicAudit:
    """The audit in a topic; nothing is asked of the cluster yet."""
    return TopicAudit(connection, topic, project, environment)
