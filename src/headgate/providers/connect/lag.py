"""How far sinks are behind the topics they read."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from headgate.ports import Connections, client_settings

Partition = tuple[str, int]
Positions = Mapping[Partition, int]
"""The offset of a record, by topic and partition."""


def ends(
    connections: Connections, cluster: str, partitions: Collection[Partition], *, seconds: float = 5
) -> Positions:
    """Where partitions of a cluster's topics end; nothing where the brokers cannot be asked."""
    said = connections.clusters.get(cluster)
    if said is None or not said.kafka or not partitions:
        return {}
    asked = {TopicPartition(*one): OffsetSpec.latest() for one in partitions}
    admin = AdminClient({**client_settings(said.kafka), "error_cb": lambda _: None, "log_level": 0})
    found: dict[Partition, int] = {}
    for one, answer in admin.list_offsets(asked, request_timeout=seconds).items():
        try:
            found[one.topic, one.partition] = answer.result(seconds).offset
        except (KafkaException, TimeoutError):
            continue
    return found


def behind(at: Positions, end: Positions) -> int | None:
    """How many records stand between a sink and the ends of its partitions; None where some end is not known.

    >>> behind({("t", 0): 5, ("t", 1): 7}, {("t", 0): 9, ("t", 1): 7})
    4
    >>> behind({("t", 0): 5}, {}) is None
    True
    """
    if not at or not at.keys() <= end.keys():
        return None
    return sum(max(0, end[one] - offset) for one, offset in at.items())
