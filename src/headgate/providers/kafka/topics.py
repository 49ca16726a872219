"""Topics: partitions, replication and configuration (Kafka docs, "Topic configs"; KIP-339 for changes key by key)."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from headgate.ports import Action, Change, Failure, Observed, PermanentFailure, TemporaryFailure, Verdict
from headgate.providers.kafka import replicas
from headgate.providers.kafka.broker import CHANGE_SECONDS, Broker, batches, shown
from headgate.providers.kafka.failures import Absent, Denied, Present
from headgate.providers.kafka.names import cluster_in, name_in
from headgate.providers.kafka.topic_looks import Fields, describe, doing, look
from headgate.resources import Resource, ResourceId
from headgate.resources.live import same_setting

Outcome = dict[str, Failure | None]
Settings = Mapping[str, str | None]
_CONFIG, _FACTOR = "config.", "replication_factor"


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


def validate(broker: Broker, resources: Sequence[Resource]) -> list[Verdict]:
    """What the cluster would say to making or configuring each, asked without doing it (`validate_only`, KIP-4): settings
    that it does not know, too few brokers, a policy. Nothing where this user may not even ask."""
    wanted = {name_in(one.id): Change(Action.UPDATE, one.id, one) for one in resources}
    live = look(broker, list(wanted))
    new = [_new_topic(name, wanted[name]) for name, fields in live.items() if fields is None]
    settings = {name: _settings(wanted[name], fields) for name, fields in live.items() if fields is not None}
    outcome = _created(broker, new, validate_only=True)
    outcome |= _set(broker, {name: one for name, one in settings.items() if one}, validate_only=True)
    if later := next((one for one in outcome.values() if isinstance(one, TemporaryFailure)), None):
        raise later
    return [_verdict(broker, one, live[name_in(one.id)], outcome.get(name_in(one.id))) for one in resources]


def _verdict(broker: Broker, resource: Resource, live: Fields | None, failure: Failure | None) -> Verdict:
    faults, warnings = replicas.judged(broker, live, resource.fields) if live is not None else ([], [])
    if live is not None and live["partitions"] < (resource.fields.get("partitions") or 0):
        warnings.append(_grows(live))
    return Verdict(id=resource.id, faults=(*_faults(failure), *faults), warnings=tuple(warnings))


def _grows(live: Fields) -> str:
    """What it means that partitions are added (Kafka docs, "Modifying topics": data is not moved)."""
    compacted = "compact" in live["config"].get("cleanup.policy", "")
    both = ", and compaction keeps both" if compacted else ""
    return f"a key's later records may come to another partition than its earlier ones{both}"


def _faults(failure: Failure | None) -> tuple[str, ...]:
    return () if failure is None or isinstance(failure, (Denied, Present)) else (str(failure),)


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
    outcome = _created(broker, [_new_topic(name, change) for name, change in wanted.items()])
    return shown(broker, outcome, lambda names: set(names) - describe(broker, names).keys(), "made")


def _created(broker: Broker, topics: Sequence[NewTopic], *, validate_only: bool = False) -> Outcome:
    outcome: Outcome = {}
    for batch in batches(topics, lambda one: 1 + max(one.num_partitions, 1) + len(one.config)):
        asked = broker.admin.create_topics(batch, request_timeout=CHANGE_SECONDS, validate_only=validate_only)
        outcome |= broker.answers(asked, lambda name: doing("create", name, "CREATE"), CHANGE_SECONDS)
    return outcome


def _new_topic(name: str, change: Change) -> NewTopic:
    assert change.desired is not None
    fields = change.desired.fields
    return NewTopic(
        name,
        fields.get("partitions") or -1,
        fields.get(_FACTOR) or -1,
        config=dict(fields.get("config") or {}),
    )


def _delete(broker: Broker, names: Sequence[str]) -> Outcome:
    outcome: Outcome = {}
    for batch in batches(names, lambda _: 1):
        outcome |= broker.answers(
            broker.admin.delete_topics(batch, request_timeout=CHANGE_SECONDS),
            lambda name: doing("delete", name, "DELETE"),
            CHANGE_SECONDS,
        )
    outcome = {name: None if isinstance(one, Absent) else one for name, one in outcome.items()}

    def there(gone: list[str]) -> set[str]:
        # Who may not see a topic any more is not kept waiting for it.
        return {name for name, one in describe(broker, gone).items() if not isinstance(one, Denied)}

    return shown(broker, outcome, there, "deleted")


def _alter(broker: Broker, wanted: Mapping[str, Change], live: Mapping[str, Fields]) -> Outcome:
    """Partitions are added and reassigned, and the configuration changed key by key, so that nobody else's is touched."""
    differences = {name: _differences(wanted[name], fields) for name, fields in live.items()}
    outcome: Outcome = {name: _impossible(name, one, live[name]) for name, one in differences.items()}
    possible = {name: one for name, one in differences.items() if outcome[name] is None}
    growing = [
        NewPartitions(name, one["partitions"]) for name, one in possible.items() if "partitions" in one
    ]
    for batch in batches(growing, lambda one: one.new_total_count):
        outcome |= broker.answers(
            broker.admin.create_partitions(batch, request_timeout=CHANGE_SECONDS),
            lambda name: doing("add partitions to", name, "ALTER"),
            CHANGE_SECONDS,
        )
    kept = {name: one[_FACTOR] for name, one in possible.items() if _FACTOR in one}
    outcome |= _reassigned(broker, {name: one for name, one in kept.items() if outcome[name] is None})
    settings = {name: one["config"] for name, one in possible.items() if "config" in one}
    outcome |= _set(broker, {name: one for name, one in settings.items() if outcome[name] is None})

    def unlike(names: Sequence[str]) -> set[str]:
        seen = look(broker, names)
        return {name for name in names if (one := seen[name]) is None or _differences(wanted[name], one)}

    changed = {name: outcome[name] for name, one in possible.items() if one}
    return outcome | shown(broker, changed, unlike, "changed")


def _reassigned(broker: Broker, factors: Mapping[str, int]) -> Outcome:
    if not factors:
        return {}
    # It brings a client library of its own.
    found: Outcome = importlib.import_module("headgate.providers.kafka.reassignments").reassign(
        broker, factors
    )
    return found


def _set(broker: Broker, settings: Mapping[str, Settings], *, validate_only: bool = False) -> Outcome:
    outcome: Outcome = {}
    configured = [_configured(name, some) for name, some in settings.items()]
    for batch in batches(configured, lambda one: len(one.incremental_configs)):
        asked = broker.admin.incremental_alter_configs(
            batch, request_timeout=CHANGE_SECONDS, validate_only=validate_only
        )
        answers = broker.answers(
            asked, lambda one: doing("configure", one.name, "ALTER_CONFIGS"), CHANGE_SECONDS
        )
        outcome |= {one.name: failure for one, failure in answers.items()}
    return outcome


def _differences(change: Change, live: Fields) -> dict[str, Any]:
    """What of a live topic is not as desired."""
    assert change.desired is not None
    fields = change.desired.fields
    found: dict[str, Any] = {
        name: fields[name]
        for name in ("partitions", _FACTOR)
        if fields.get(name) and fields[name] != live[name]
    }
    settings = _settings(change, live)
    return found | ({"config": settings} if settings else {})


def _settings(change: Change, live: Fields) -> Settings:
    """What of a live topic's configuration is to be set, and what is to go (None)."""
    assert change.desired is not None
    wanted, set_now = change.desired.fields.get("config") or {}, live["config"]
    found = {key: value for key, value in wanted.items() if not same_setting(set_now.get(key), value)}
    dropped = {one.removeprefix(_CONFIG) for one in change.dropped if one.startswith(_CONFIG)}
    return found | {key: None for key in sorted(dropped - wanted.keys()) if key in set_now}


def _impossible(name: str, differences: Mapping[str, Any], live: Fields) -> PermanentFailure | None:
    if differences.get("partitions", live["partitions"]) < live["partitions"]:
        return PermanentFailure(
            f"topic `{name}` has {live['partitions']} partitions, and Kafka takes none away to leave "
            f"{differences['partitions']}"
        )
    return None


def _configured(name: str, config: Settings) -> ConfigResource:
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
