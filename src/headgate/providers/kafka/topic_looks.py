"""Topics as they are: their partitions, their replication, and what of their configuration was set on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import TopicCollection
from confluent_kafka.admin import ConfigResource, ConfigSource, ResourceType

from headgate.providers.kafka.broker import Broker, first_failure
from headgate.providers.kafka.failures import Absent, Doing

Fields = Mapping[str, Any]
_SET_ON_TOPIC = ConfigSource.DYNAMIC_TOPIC_CONFIG.value


def look(broker: Broker, names: Sequence[str]) -> dict[str, Fields | None]:
    """Each topic's partitions, replication factor and configuration; None where there is none."""
    there = _all_seen(describe(broker, names))
    configs = _all_seen(configurations(broker, list(there)))
    # What went between the two questions is not there.
    return {
        name: {**shape(there[name]), "config": configs[name]} if name in configs else None for name in names
    }


def _all_seen(answers: dict[str, Any]) -> dict[str, Any]:
    failure = first_failure(list(answers.values()))
    if failure is not None:
        raise failure
    return answers


def describe(broker: Broker, names: Sequence[str]) -> dict[str, Any]:
    """What the cluster says of each topic that is there: its description, or the Failure to get it."""
    if not names:
        return {}
    answers = broker.answers(
        broker.admin.describe_topics(TopicCollection(list(names)), request_timeout=broker.look_seconds),
        lambda name: doing("describe", name),
    )
    return {name: answer for name, answer in answers.items() if not isinstance(answer, Absent)}


def shape(description: Any) -> dict[str, int]:
    """How many partitions a topic has, and how often each is kept."""
    replicas = min((len(one.replicas) for one in description.partitions), default=0)
    return {"partitions": len(description.partitions), "replication_factor": replicas}


def configurations(broker: Broker, names: Sequence[str]) -> dict[str, Any]:
    """What was set on each topic that is there, not what its brokers add; or the Failure to see it."""
    if not names:
        return {}
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    answers = broker.answers(
        broker.admin.describe_configs(resources, request_timeout=broker.look_seconds),
        lambda one: doing("describe the configuration of", one.name, "DESCRIBE_CONFIGS"),
    )
    return {
        one.name: _set_on_topic(answer) if isinstance(answer, Mapping) else answer
        for one, answer in answers.items()
        if not isinstance(answer, Absent)
    }


def _set_on_topic(entries: Mapping[str, Any]) -> dict[str, str]:
    found = {name: one.value for name, one in entries.items() if one.source == _SET_ON_TOPIC}
    return {name: value for name, value in sorted(found.items()) if value is not None}


def doing(what: str, name: str, operation: str = "DESCRIBE") -> Doing:
    """What is tried with a topic, and the right it takes."""
    return Doing(f"{what} topic `{name}`", f"{operation} on topic `{name}`")
