"""Topics: partitions, replication and configuration (Kafka docs, "Topic configs"; KIP-339 for changes key by key)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import TopicCollection
from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from headgate.ports import Action, Change, Failure, Observed, PermanentFailure, TemporaryFailure
from headgate.providers.kafka.broker import (
    CHANGE_SECONDS,
    Broker,
    batches,
    first_failure,
    shown,
)
from headgate.providers.kafka.failures import Absent, Doing, Present
from headgate.providers.kafka.names import cluster_in, name_in
from headgate.resources import ResourceId
from headgate.resources.live import same_setting

Fields = Mapping[str, Any]
Outcome = dict[str, Failure | None]
_SET_ON_TOPIC = ConfigSource.DYNAMIC_TOPIC_CONFIG.value
_CONFIG = "config."


def observe(broker: Broker, ids: Sequence[ResourceId]) -> list[Observed]:
    """Each topic as it is, with what of its configuration was set on it."""
    found = look(broker, sorted({name_in(id_) for id_ in ids}))
    return [
        Observed(id_, None if fields is None else {"cluster": cluster_in(id_), **fields})
        for id_, fields in ((id_, found[name_in(id_)]) for id_ in ids)
    ]


def carry_out(broker: Broker, changes: Sequence[Change]) -> list[Failure | None]:
    """Makes topics, grows and configures them, or deletes them: each in one request for all."""
    wanted = {name_in(change.id): change for change in changes if change.desired is not None}
    outcome = _delete(broker, [name_in(change.id) for change in changes if change.desired is None])
    try:
        outcome |= _make(broker, wanted)
    except (TemporaryFailure, PermanentFailure) as failure:
        outcome |= dict.fromkeys(wanted, failure)
    return [outcome[name_in(change.id)] for change in changes]


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
        lambda name: _doing("describe", name),
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
        lambda one: _doing("describe the configuration of", one.name, "DESCRIBE_CONFIGS"),
    )
    return {
        one.name: _set_on_topic(answer) if isinstance(answer, Mapping) else answer
        for one, answer in answers.items()
        if not isinstance(answer, Absent)
    }


def _set_on_topic(entries: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: entry.value
        for name, entry in sorted(entries.items())
        if entry.source == _SET_ON_TOPIC and entry.value is not None
    }


def _make(broker: Broker, wanted: Mapping[str, Change]) -> Outcome:
    """Every topic as desired: created where it is not there, else changed."""
    live: dict[str, Fields | None] = {n: None for n, one in wanted.items() if one.action is Action.CREATE}
    live |= look(broker, [name for name in wanted if name not in live])
    outcome = _delete(broker, [name for name, fields in live.items() if _replaced(wanted[name], fields)])
    live |= {name: None for name, failure in outcome.items() if failure is None}
    created = _create(broker, {name: wanted[name] for name, fields in live.items() if fields is None})
    live |= look(broker, [name for name, failure in created.items() if isinstance(failure, Present)])
    outcome |= created
    changing = {
        name: fields
        for name, fields in live.items()
        if fields is not None and (outcome.get(name) is None or isinstance(outcome[name], Present))
    }
    return outcome | _alter(broker, wanted, changing)


def _replaced(change: Change, live: Fields | None) -> bool:
    # One that is as wanted was replaced already, by a step that was cut off before it was recorded.
    return change.action is Action.REPLACE and live is not None and bool(_differences(change, live))


def _create(broker: Broker, wanted: Mapping[str, Change]) -> Outcome:
    topics = [_new_topic(name, change) for name, change in wanted.items()]
    outcome: Outcome = {}
    for batch in batches(topics, lambda one: 1 + max(one.num_partitions, 1) + len(one.config)):
        outcome |= broker.answers(
            broker.admin.create_topics(batch, request_timeout=CHANGE_SECONDS),
            lambda name: _doing("create", name, "CREATE"),
            CHANGE_SECONDS,
        )
    return shown(broker, outcome, lambda names: set(names) - describe(broker, names).keys(), "made")


def _new_topic(name: str, change: Change) -> NewTopic:
    assert change.desired is not None
    fields = change.desired.fields
    return NewTopic(
        name,
        fields.get("partitions") or -1,
        fields.get("replication_factor") or -1,
        config=dict(fields.get("config") or {}),
    )


def _delete(broker: Broker, names: Sequence[str]) -> Outcome:
    outcome: Outcome = {}
    for batch in batches(names, lambda _: 1):
        outcome |= broker.answers(
            broker.admin.delete_topics(batch, request_timeout=CHANGE_SECONDS),
            lambda name: _doing("delete", name, "DELETE"),
            CHANGE_SECONDS,
        )
    outcome = {name: None if isinstance(one, Absent) else one for name, one in outcome.items()}
    return shown(broker, outcome, lambda gone: set(describe(broker, gone)), "deleted")


def _alter(broker: Broker, wanted: Mapping[str, Change], live: Mapping[str, Fields]) -> Outcome:
    """Partitions are added, and the configuration changed key by key, so that nobody else's is touched."""
    differences = {name: _differences(wanted[name], fields) for name, fields in live.items()}
    outcome: Outcome = {name: _impossible(name, one, live[name]) for name, one in differences.items()}
    possible = {name: one for name, one in differences.items() if outcome[name] is None}
    growing = [
        NewPartitions(name, one["partitions"]) for name, one in possible.items() if "partitions" in one
    ]
    for batch in batches(growing, lambda one: one.new_total_count):
        outcome |= broker.answers(
            broker.admin.create_partitions(batch, request_timeout=CHANGE_SECONDS),
            lambda name: _doing("add partitions to", name, "ALTER"),
            CHANGE_SECONDS,
        )
    configured = [
        _configured(name, one["config"])
        for name, one in possible.items()
        if "config" in one and outcome[name] is None
    ]
    for some in batches(configured, lambda one: len(one.incremental_configs)):
        answers = broker.answers(
            broker.admin.incremental_alter_configs(some, request_timeout=CHANGE_SECONDS),
            lambda one: _doing("configure", one.name, "ALTER_CONFIGS"),
            CHANGE_SECONDS,
        )
        outcome |= {one.name: failure for one, failure in answers.items()}

    def unlike(names: Sequence[str]) -> set[str]:
        seen = look(broker, names)
        return {name for name in names if (one := seen[name]) is None or _differences(wanted[name], one)}

    changed = {name: outcome[name] for name, one in possible.items() if one}
    return outcome | shown(broker, changed, unlike, "changed")


def _differences(change: Change, live: Fields) -> dict[str, Any]:
    """What of a live topic is not as desired, and what of its configuration is to go (None)."""
    assert change.desired is not None
    fields = change.desired.fields
    found: dict[str, Any] = {
        name: fields[name]
        for name in ("partitions", "replication_factor")
        if fields.get(name) and fields[name] != live[name]
    }
    wanted, set_now = fields.get("config") or {}, live["config"]
    config = {key: value for key, value in wanted.items() if not same_setting(set_now.get(key), value)}
    dropped = {one.removeprefix(_CONFIG) for one in change.dropped if one.startswith(_CONFIG)}
    config |= {key: None for key in sorted(dropped - wanted.keys()) if key in set_now}
    return found | ({"config": config} if config else {})


def _impossible(name: str, differences: Mapping[str, Any], live: Fields) -> PermanentFailure | None:
    if "replication_factor" in differences:
        now, then = live["replication_factor"], differences["replication_factor"]
        return PermanentFailure(
            f"topic `{name}` is kept {now} times, and that is not changed to {then} here: reassign its partitions"
        )
    if differences.get("partitions", live["partitions"]) < live["partitions"]:
        return PermanentFailure(
            f"topic `{name}` has {live['partitions']} partitions, and Kafka takes none away to leave "
            f"{differences['partitions']}"
        )
    return None


def _configured(name: str, config: Mapping[str, str | None]) -> ConfigResource:
    return ConfigResource(
        ResourceType.TOPIC,
        name,
        incremental_configs=[
            ConfigEntry(
                key,
                value,
                incremental_operation=AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET,
            )
            for key, value in config.items()
        ],
    )


def _doing(what: str, name: str, operation: str = "DESCRIBE") -> Doing:
    return Doing(f"{what} topic `{name}`", f"{operation} on topic `{name}`")
