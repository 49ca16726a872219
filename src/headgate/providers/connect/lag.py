"""How far a sink is behind the topics it reads."""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from headgate.ports import Connections, client_settings

Positions = Mapping[str, Mapping[int, int]]
"""By topic and partition, the offset of the record that is read next."""


def records_behind(
    connections: Connections, cluster: str, positions: Positions, *, seconds: float = 5
) -> int | None:
    """How many records stand behind these positions; None where there are none, or the brokers cannot be asked."""
    said = connections.clusters.get(cluster)
    if said is None or not said.kafka or not positions:
        return None
    at = {(topic, number): offset for topic, its in positions.items() for number, offset in its.items()}
    asked = {TopicPartition(*one): OffsetSpec.latest() for one in at}
    admin = AdminClient({**client_settings(said.kafka), "error_cb": lambda _: None, "log_level": 0})
    try:
        ends: dict[tuple[str, int], int] = {
            (one.topic, one.partition): answer.result(seconds).offset
            for one, answer in admin.list_offsets(asked, request_timeout=seconds).items()
        }
    except (KafkaException, TimeoutError):
        return None
    return sum(max(0, ends[one] - offset) for one, offset in at.items())
