"""Whether a cluster answers, of which version, and what this user may do there of what is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from confluent_kafka import TopicCollection
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError as WireError

from headgate.ports import Connections, PermanentFailure, Reached, TemporaryFailure
from headgate.providers.kafka.broker import Broker
from headgate.providers.kafka.failures import Absent, Doing
from headgate.providers.kafka.wire_settings import wire_settings
from headgate.resources.grants import CLUSTER, TOPIC, Grant

_ALL = "*"


def probe(connections: Connections, cluster: str, needed: Sequence[Grant]) -> list[Reached]:
    """The brokers' connection. Rights on topics that are not there, and on transactional ids, cannot be asked for."""
    known = connections.clusters[cluster]
    if known.kafka is None:
        return []
    broker = Broker(known, connections)
    silent = Reached(
        cluster=cluster,
        part="kafka",
        where=known.kafka.get("bootstrap_servers", ""),
        answers=False,
        user=known.kafka.get("username", ""),
    )
    try:
        rights = _rights(broker, needed)
        return [
            replace(
                silent,
                answers=True,
                version=_version(broker),
                may=tuple(sorted(f"{_spelled(name)} on the cluster" for name in broker.rights)),
                missing=tuple(sorted(one for one in needed if not _has(one, rights))),
            )
        ]
    except (TemporaryFailure, PermanentFailure) as failure:
        return [replace(silent, why=str(failure))]
    finally:
        broker.close()


_Rights = Mapping[tuple[str, str], frozenset[str]]
"""What this user may do with a resource (its type and name), as far as that can be known."""


def _rights(broker: Broker, needed: Iterable[Grant]) -> _Rights:
    on_cluster = frozenset(map(_spelled, broker.rights))
    names = sorted({one.name for one in needed if one.resource == TOPIC and one.name != _ALL})
    rights = {(TOPIC, name): ops for name, ops in _on_topics(broker, names)}
    for one in needed:
        if one.resource == CLUSTER:
            rights[CLUSTER, one.name] = on_cluster
    on_each = [ops for (resource, _), ops in rights.items() if resource == TOPIC]
    return {**rights, (TOPIC, _ALL): frozenset.intersection(*on_each)} if on_each else rights


def _on_topics(broker: Broker, names: Sequence[str]) -> Iterator[tuple[str, frozenset[str]]]:
    if not names:
        return
    futures = broker.admin.describe_topics(
        TopicCollection(list(names)),
        include_authorized_operations=True,
        request_timeout=broker.look_seconds,
    )
    found = broker.answers(
        futures, lambda name: Doing(f"look at topic `{name}`", f"DESCRIBE on topic `{name}`")
    )
    for name, answer in found.items():
        if isinstance(answer, (Absent, TemporaryFailure)):
            continue  # what is not there tells nothing
        if isinstance(answer, PermanentFailure):
            yield name, frozenset()
            continue
        yield name, frozenset(_spelled(one.name) for one in answer.authorized_operations or ())


def _has(grant: Grant, rights: _Rights) -> bool:
    """Whether a right is there, or cannot be known not to be."""
    known = rights.get((grant.resource, grant.name))
    return known is None or grant.operation in known


def _spelled(operation: str) -> str:
    return "".join(word.capitalize() for word in operation.split("_"))


def _version(broker: Broker) -> str:
    """The brokers' version; "" where it cannot be had: only the other library tells it, and not by every mechanism."""
    client = None
    try:
        client = KafkaAdminClient(**wire_settings(broker, "versions"))
        (node, *_) = client.describe_cluster()["brokers"]
        return str(client.get_broker_version_data(node["broker_id"]).broker_version_str)
    except (WireError, OSError, PermanentFailure):
        return ""
    finally:
        if client is not None:
            client.close()
