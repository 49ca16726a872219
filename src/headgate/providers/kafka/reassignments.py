"""Partitions given to other brokers, so that a topic is kept more or less often (KIP-455)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from confluent_kafka import KafkaError
from confluent_kafka.admin import AclOperation
from kafka import TopicPartition

from headgate.ports import Failure, PermanentFailure, TemporaryFailure
from headgate.providers.kafka.broker import CHANGE_SECONDS, Broker, batches
from headgate.providers.kafka.failures import Doing
from headgate.providers.kafka.replicas import WHAT, spread, too_few
from headgate.providers.kafka.topic_looks import describe
from headgate.providers.kafka.wire import wire


def reassign(broker: Broker, factors: Mapping[str, int]) -> dict[str, Failure | None]:
    """Each topic is to be kept so often. Brokers that get more of it copy it afterwards; meanwhile it is served as before."""
    broker.must(AclOperation.ALTER, "reassign partitions")
    outcome: dict[str, Failure | None] = {}
    wanted: dict[str, list[list[int]]] = {}
    for name, there in describe(broker, list(factors)).items():
        lacking = too_few(broker, factors[name])
        if isinstance(there, (TemporaryFailure, PermanentFailure)):
            outcome[name] = there
        elif lacking:
            outcome[name] = PermanentFailure(f"topic `{name}`: {lacking}")
        else:
            partitions = sorted(there.partitions, key=lambda one: one.id)
            replicas = [[node.id for node in one.replicas] for one in partitions]
            wanted[name] = spread(name, replicas, broker.racks, factors[name])
    return {**outcome, **_given(broker, wanted)}


def _given(broker: Broker, wanted: Mapping[str, Sequence[Sequence[int]]]) -> dict[str, Failure | None]:
    outcome: dict[str, Failure | None] = dict.fromkeys(wanted)
    with wire(broker, WHAT) as client:
        for batch in batches(wanted, lambda name: len(wanted[name])):
            asked = {
                TopicPartition(name, number): replicas
                for name in batch
                for number, replicas in enumerate(wanted[name])
            }
            answers = client.alter_partition_reassignments(asked, timeout_ms=int(CHANGE_SECONDS * 1000))
            for (name, _), error in answers.items():
                if error is not None:
                    doing = Doing(f"reassign topic `{name}`", "ALTER on the cluster")
                    outcome[name] = broker.failure(KafkaError(error.errno), doing)
    return outcome
