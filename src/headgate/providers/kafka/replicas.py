"""How often topics are kept: which brokers have their partitions, and to which these are given to change that (KIP-455)."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence

from confluent_kafka import KafkaError
from confluent_kafka.admin import AclOperation
from kafka import TopicPartition

from headgate.ports import Failure, PermanentFailure, TemporaryFailure
from headgate.providers.kafka.broker import CHANGE_SECONDS, Broker, batches
from headgate.providers.kafka.failures import Doing
from headgate.providers.kafka.topic_looks import Fields, describe
from headgate.providers.kafka.wire import wire, wire_settings

_WHAT = "reassignments of partitions"
_FAILURES = (TemporaryFailure, PermanentFailure)


def spread(
    topic: str, partitions: Sequence[Sequence[int]], racks: Mapping[int, str], factor: int
) -> list[list[int]]:
    """The brokers that shall have each partition: those that have it, so that it stays where it is led and little is copied;
    then those on racks that have none of it, and of them those with the fewest.

    >>> spread("t", [[1], [2]], {1: "a", 2: "a", 3: "b"}, 2)
    [[1, 3], [2, 3]]
    >>> spread("t", [[1, 2, 3]], {2: "a", 3: "b"}, 2)
    [[2, 3]]
    """
    load = Counter(broker for replicas in partitions for broker in replicas)
    found = []
    for number, replicas in enumerate(partitions):
        # What a broker that is gone has is given up first.
        kept = sorted(replicas, key=lambda broker: broker not in racks)[:factor]
        while len(kept) < factor:
            used = {racks.get(broker) for broker in kept}
            # Where all is equal, a number of its name decides: else every small topic would go to the same brokers.
            order = {
                broker: (
                    racks[broker] in used,
                    load[broker],
                    zlib.crc32(f"{topic}-{number}-{broker}".encode()),
                )
                for broker in racks.keys() - set(kept)
            }
            kept.append(min(order, key=lambda broker: order[broker]))
            load[kept[-1]] += 1
        found.append(kept)
    return found


def reassign(broker: Broker, factors: Mapping[str, int]) -> dict[str, Failure | None]:
    """Each topic is to be kept so often. Brokers that get more of it copy it afterwards; meanwhile it is served as before."""
    if not factors:
        return {}
    broker.must(AclOperation.ALTER, "reassign partitions")
    racks = _racks(broker)
    outcome: dict[str, Failure | None] = {}
    wanted: dict[str, list[list[int]]] = {}
    for name, there in describe(broker, list(factors)).items():
        lacking = _too_few(racks, factors[name])
        if isinstance(there, _FAILURES):
            outcome[name] = there
        elif lacking:
            outcome[name] = PermanentFailure(f"topic `{name}`: {lacking}")
        else:
            partitions = sorted(there.partitions, key=lambda one: one.id)
            replicas = [[node.id for node in one.replicas] for one in partitions]
            wanted[name] = spread(name, replicas, racks, factors[name])
    return {**outcome, **_given(broker, wanted)}


def _given(broker: Broker, wanted: Mapping[str, Sequence[Sequence[int]]]) -> dict[str, Failure | None]:
    outcome: dict[str, Failure | None] = dict.fromkeys(wanted)
    with wire(broker, _WHAT) as client:
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


def judged(broker: Broker, live: Fields, fields: Fields) -> tuple[list[str], list[str]]:
    """Why a topic could not be kept as often as is wanted; where it can, what that means."""
    now, then = live["replication_factor"], fields.get("replication_factor") or live["replication_factor"]
    if now == then:
        return [], []
    faults = [fault for fault in (_too_few(_racks(broker), then), _by_hand(broker)) if fault]
    config = {**live["config"], **(fields.get("config") or {})}
    least = int(config.get("min.insync.replicas", 0))
    if then < least:
        faults.append(f"kept {then} times, it could not be written: its `min.insync.replicas` is {least}")
    partitions = _counted(live["partitions"], "partition")
    means = f"its {partitions} will be kept {_counted(now - then, 'time')} less"
    if then > now:
        means = f"brokers copy its {partitions} {_counted(then - now, 'time')} more, after the apply and at full speed"
    return faults, [] if faults else [means]


def _racks(broker: Broker) -> dict[int, str]:
    """The brokers that are there, and where they stand."""
    future = broker.admin.describe_cluster(request_timeout=broker.look_seconds)
    nodes = broker.answer(future, Doing("describe the cluster", "nothing but a login")).nodes
    return {node.id: node.rack or "" for node in nodes}


def _too_few(racks: Mapping[int, str], factor: int) -> str:
    if len(racks) >= factor:
        return ""
    return f"it cannot be kept {factor} times: the cluster has {_counted(len(racks), 'broker')}"


def _by_hand(broker: Broker) -> str:
    try:
        wire_settings(broker, _WHAT)
    except PermanentFailure as failure:
        return f"{failure}; `kafka-reassign-partitions.sh` makes them"
    return ""


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")
