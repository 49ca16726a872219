"""How often topics are kept: which brokers have their partitions, and to which these are given to change that (KIP-455)."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence

from headgate.ports import PermanentFailure
from headgate.providers.kafka.broker import Broker
from headgate.providers.kafka.topic_looks import Fields
from headgate.providers.kafka.wire_settings import wire_settings

WHAT = "reassignments of partitions"


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


def judged(broker: Broker, live: Fields, fields: Fields) -> tuple[list[str], list[str]]:
    """Why a topic could not be kept as often as is wanted; where it can, what that means."""
    now, then = live["replication_factor"], fields.get("replication_factor") or live["replication_factor"]
    if now == then:
        return [], []
    faults = [fault for fault in (too_few(broker, then), _by_hand(broker)) if fault]
    config = {**live["config"], **(fields.get("config") or {})}
    least = config.get("min.insync.replicas", "")
    if least.isdecimal() and then < int(least):
        faults.append(f"kept {then} times, it could not be written: its `min.insync.replicas` is {least}")
    partitions = _counted(live["partitions"], "partition")
    means = f"its {partitions} will be kept {_counted(now - then, 'time')} less"
    if then > now:
        means = f"brokers copy its {partitions} {_counted(then - now, 'time')} more, after the apply and at full speed"
    return faults, [] if faults else [means]


def too_few(broker: Broker, factor: int) -> str:
    """What to say where a cluster has fewer brokers; else nothing."""
    racks = broker.racks
    if len(racks) >= factor:
        return ""
    return f"it cannot be kept {factor} times: the cluster has {_counted(len(racks), 'broker')}"


def _by_hand(broker: Broker) -> str:
    try:
        wire_settings(broker, WHAT)
    except PermanentFailure as failure:
        return f"{failure}; `kafka-reassign-partitions.sh` makes them"
    return ""


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")
