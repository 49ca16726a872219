"""A Kafka cluster in memory, behind the methods of the two client libraries that the provider calls.

It answers as Kafka 4.3 does, error codes included, to what the provider asks, and to nothing else. `denied` are rights that
the user lacks (`CREATE topic x`, `ALTER cluster`); `requests` are what was asked, in order; `lag` is how many looks a change
of ACLs takes until brokers show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AlterConfigOpType,
    ConfigSource,
    UserScramCredentialUpsertion,
)

CLUSTER_RIGHTS = ("CREATE", "ALTER", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS")
KNOWN_CONFIG = frozenset({"cleanup.policy", "retention.ms", "max.message.bytes", "min.cleanable.dirty.ratio"})
REFUSED = (
    "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512"
)
DEFAULTS = {"cleanup.policy": "delete", "retention.ms": "604800000"}


@dataclass
class Topic:
    partitions: int
    replication: int = 1
    config: dict[str, str] = field(default_factory=dict)


@dataclass
class Group:
    state: str = "stable"
    clients: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    committed: dict[tuple[str, int], int] = field(default_factory=dict)


@dataclass
class FakeCluster:
    """What the cluster holds. It is reached by `dial` and `dial_wire`, which take a client's settings."""

    topics: dict[str, Topic] = field(default_factory=dict)
    acls: set[AclBinding] = field(default_factory=set)
    users: dict[str, dict[Any, int]] = field(default_factory=dict)
    quotas: dict[str, dict[str, float]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    unlisted: list[KafkaException] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    passwords: dict[str, bytes] = field(default_factory=dict)
    brokers: int = 1
    refuses_with: str = REFUSED
    lag: int = 0
    down: bool = False

    def dial(self, settings: Mapping[str, Any]) -> FakeAdmin:
        return FakeAdmin(self, settings)

    def lets_in(self, settings: Mapping[str, Any]) -> bool:
        """Whether a client logs in by the password of the user it names; whoever is no SCRAM user is let in."""
        user = settings.get("sasl.username", "")
        known = self.passwords.get(user, b"") if user in self.users else None
        return known is None or settings.get("sasl.password", "").encode() == known

    def dial_wire(self, **settings: Any) -> FakeWire:
        return FakeWire(self)

    def may(self, *rights: str) -> bool:
        return not any(right in self.denied for right in rights)


def done(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future


def failed(code: int, text: str = "") -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(KafkaException(KafkaError(code, text)))
    return future


class FakeAdmin:
    """librdkafka's admin client of a fake cluster."""

    def __init__(self, cluster: FakeCluster, settings: Mapping[str, Any]) -> None:
        self._cluster = cluster
        self._settings = settings
        self._let_in = cluster.lets_in(settings)
        self._shown = set(cluster.acls)
        self._looks = 0

    def poll(self, timeout: float) -> int:
        # Why a login is refused is told while polling alone, and the question waits for ever.
        assert not self._let_in, "every answer of a fake is there at once"
        why = f"SASL authentication error: {self._cluster.refuses_with} (after 1ms in state AUTH_REQ)"
        self._settings["error_cb"](KafkaError(KafkaError._AUTHENTICATION, why))
        return 1

    def _each(
        self, request: str, keys: Iterable[Any], answer: Callable[[Any], Future[Any]]
    ) -> dict[Any, Any]:
        self._cluster.requests.append(request)
        if not self._let_in:
            return {key: Future() for key in keys}
        if self._cluster.down:
            return {key: failed(KafkaError._TIMED_OUT) for key in keys}
        return {key: answer(key) for key in keys}

    def _one(self, request: str, answer: Callable[[], Future[Any]]) -> Future[Any]:
        found: Future[Any] = self._each(request, [0], lambda _: answer())[0]
        return found

    def describe_cluster(self, **_: Any) -> Future[Any]:
        rights = [AclOperation[one] for one in CLUSTER_RIGHTS if self._cluster.may(f"{one} cluster")]
        nodes = [SimpleNamespace(id=number, rack=None) for number in range(self._cluster.brokers)]
        answer = SimpleNamespace(authorized_operations=rights or None, nodes=nodes)
        return self._one("describe_cluster", lambda: done(answer))

    def list_topics(self, timeout: float) -> Any:
        seen = {name: None for name in self._cluster.topics if self._cluster.may(f"DESCRIBE topic {name}")}
        return SimpleNamespace(topics=seen)

    def describe_topics(self, names: Any, **_: Any) -> dict[str, Any]:
        return self._each("describe_topics", names.topic_names, self._described)

    def _described(self, name: str) -> Future[Any]:
        if not self._cluster.may(f"DESCRIBE topic {name}"):
            return failed(KafkaError.TOPIC_AUTHORIZATION_FAILED)
        if name not in self._cluster.topics:
            return failed(KafkaError.UNKNOWN_TOPIC_OR_PART)
        topic = self._cluster.topics[name]
        replicas = [SimpleNamespace(id=number) for number in range(topic.replication)]
        partitions = [SimpleNamespace(id=i, replicas=replicas) for i in range(topic.partitions)]
        return done(SimpleNamespace(partitions=partitions, is_internal=name.startswith("__")))

    def describe_configs(self, resources: list[Any], **_: Any) -> dict[Any, Any]:
        return self._each("describe_configs", resources, self._config)

    def _config(self, resource: Any) -> Future[Any]:
        if not self._cluster.may(f"DESCRIBE_CONFIGS topic {resource.name}"):
            return failed(KafkaError.TOPIC_AUTHORIZATION_FAILED)
        if resource.name not in self._cluster.topics:
            return failed(KafkaError.UNKNOWN_TOPIC_OR_PART)
        own = ConfigSource.DYNAMIC_TOPIC_CONFIG.value
        entries = {k: _entry(k, v, ConfigSource.DEFAULT_CONFIG.value) for k, v in DEFAULTS.items()}
        config = self._cluster.topics[resource.name].config
        return done(entries | {k: _entry(k, v, own) for k, v in config.items()})

    def create_topics(self, topics: list[Any], *, validate_only: bool, **_: Any) -> dict[str, Any]:
        asked = {one.topic: one for one in topics}
        return self._each("create_topics", asked, lambda name: self._created(asked[name], validate_only))

    def _created(self, new: Any, validate_only: bool) -> Future[Any]:
        if not self._cluster.may(f"CREATE topic {new.topic}"):
            return failed(KafkaError.TOPIC_AUTHORIZATION_FAILED)
        if new.topic in self._cluster.topics:
            return failed(KafkaError.TOPIC_ALREADY_EXISTS, f"Topic '{new.topic}' already exists.")
        if new.replication_factor > self._cluster.brokers:
            text = f"only {self._cluster.brokers} broker(s) are registered"
            return failed(KafkaError.INVALID_REPLICATION_FACTOR, text)
        wrong = _wrong(new.config)
        if wrong:
            return failed(KafkaError.INVALID_CONFIG, wrong)
        if not validate_only:
            self._cluster.topics[new.topic] = Topic(
                max(new.num_partitions, 1), max(new.replication_factor, 1), dict(new.config)
            )
        return done(None)

    def delete_topics(self, names: list[str], **_: Any) -> dict[str, Any]:
        return self._each("delete_topics", names, self._deleted)

    def _deleted(self, name: str) -> Future[Any]:
        if not self._cluster.may(f"DELETE topic {name}"):
            return failed(KafkaError.TOPIC_AUTHORIZATION_FAILED)
        if self._cluster.topics.pop(name, None) is None:
            return failed(KafkaError.UNKNOWN_TOPIC_OR_PART)
        return done(None)

    def create_partitions(self, new: list[Any], **_: Any) -> dict[str, Any]:
        asked = {one.topic: one.new_total_count for one in new}
        return self._each("create_partitions", asked, lambda name: self._grown(name, asked[name]))

    def _grown(self, name: str, count: int) -> Future[Any]:
        topic = self._cluster.topics.get(name)
        if topic is None:
            return failed(KafkaError.UNKNOWN_TOPIC_OR_PART)
        if count <= topic.partitions:
            return failed(KafkaError.INVALID_PARTITIONS, f"{count} would not be an increase.")
        topic.partitions = count
        return done(None)

    def incremental_alter_configs(
        self, resources: list[Any], *, validate_only: bool, **_: Any
    ) -> dict[Any, Any]:
        return self._each(
            "incremental_alter_configs", resources, lambda one: self._altered(one, validate_only)
        )

    def _altered(self, resource: Any, validate_only: bool) -> Future[Any]:
        topic = self._cluster.topics.get(resource.name)
        if topic is None:
            return failed(KafkaError.UNKNOWN_TOPIC_OR_PART)
        entries = resource.incremental_configs
        wrong = _wrong({one.name: one.value for one in entries if one.value is not None})
        if wrong:
            return failed(KafkaError.INVALID_CONFIG, wrong)
        for one in entries if not validate_only else ():
            topic.config.pop(one.name, None)
            if one.incremental_operation is AlterConfigOpType.SET:
                topic.config[one.name] = one.value
        return done(None)

    def describe_acls(self, _: Any, **__: Any) -> Future[Any]:
        # A denied question is answered with nothing at all, as librdkafka does.
        self._looks += 1
        if self._looks > self._cluster.lag:
            self._shown = set(self._cluster.acls)
        seen = list(self._shown) if self._cluster.may("DESCRIBE cluster") else []
        return self._one("describe_acls", lambda: done(seen))

    def create_acls(self, bindings: list[Any], **_: Any) -> dict[Any, Any]:
        return self._each("create_acls", bindings, self._let)

    def _let(self, binding: AclBinding) -> Future[Any]:
        if not self._cluster.may("ALTER cluster"):
            return failed(KafkaError.CLUSTER_AUTHORIZATION_FAILED)
        self._cluster.acls.add(binding)
        self._looks = 0
        return done(None)

    def delete_acls(self, filters: list[Any], **_: Any) -> dict[Any, Any]:
        return self._each("delete_acls", filters, self._taken)

    def _taken(self, filter_: Any) -> Future[Any]:
        if not self._cluster.may("ALTER cluster"):
            return failed(KafkaError.CLUSTER_AUTHORIZATION_FAILED)
        found = [one for one in self._cluster.acls if _matches(one, filter_)]
        self._cluster.acls.difference_update(found)
        self._looks = 0
        return done(found)

    def describe_user_scram_credentials(self, users: None, **_: Any) -> Future[Any]:
        # Denied, this ends the process in librdkafka 2.16.
        assert self._cluster.may("DESCRIBE cluster"), "the process would have died here"
        found = {
            name: SimpleNamespace(
                scram_credential_infos=[SimpleNamespace(mechanism=m, iterations=i) for m, i in one.items()]
            )
            for name, one in self._cluster.users.items()
        }
        return self._one("describe_user_scram_credentials", lambda: done(found))

    def alter_user_scram_credentials(self, alterations: list[Any], **_: Any) -> dict[str, Any]:
        for one in alterations:
            credentials = self._cluster.users.setdefault(one.user, {})
            if isinstance(one, UserScramCredentialUpsertion):
                info = one.scram_credential_info
                credentials[info.mechanism] = info.iterations
                self._cluster.passwords[one.user] = one.password
            else:
                credentials.pop(one.mechanism, None)
            if not credentials:
                del self._cluster.users[one.user]
        users = {one.user for one in alterations}
        return self._each("alter_user_scram_credentials", users, lambda _: done(None))

    def list_consumer_groups(self, **_: Any) -> Future[Any]:
        found = [
            SimpleNamespace(group_id=name, state=SimpleNamespace(name=one.state.upper()))
            for name, one in self._cluster.groups.items()
            if self._cluster.may(f"DESCRIBE group {name}")
        ]
        return self._one(
            "list_consumer_groups", lambda: done(SimpleNamespace(valid=found, errors=self._cluster.unlisted))
        )

    def describe_consumer_groups(self, names: list[str], **_: Any) -> dict[str, Any]:
        return self._each("describe_consumer_groups", names, self._group)

    def _group(self, name: str) -> Future[Any]:
        group = self._cluster.groups[name]
        places = [SimpleNamespace(topic=topic, partition=0) for topic in group.reads]
        members = [
            SimpleNamespace(
                client_id=one, assignment=SimpleNamespace(topic_partitions=places if i == 0 else [])
            )
            for i, one in enumerate(group.clients)
        ]
        return done(SimpleNamespace(members=members))

    def list_consumer_group_offsets(self, asked: list[Any], **_: Any) -> dict[str, Any]:
        (one,) = asked
        places = [
            SimpleNamespace(topic=topic, partition=partition, offset=offset)
            for (topic, partition), offset in self._cluster.groups[one.group_id].committed.items()
        ]
        answer = SimpleNamespace(topic_partitions=places)
        return self._each("list_consumer_group_offsets", [one.group_id], lambda _: done(answer))

    def list_offsets(self, asked: Mapping[Any, Any], **_: Any) -> dict[Any, Any]:
        return self._each(
            "list_offsets",
            asked,
            lambda place: (
                done(SimpleNamespace(offset=self._cluster.ends[place.topic]))
                if place.topic in self._cluster.ends
                else failed(KafkaError.UNKNOWN_TOPIC_OR_PART)
            ),
        )


class FakeWire:
    """kafka-python's client of a fake cluster, as far as librdkafka's does not go."""

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster
        self._manager = self

    def run(self, call: Callable[[Any], Any], request: Any) -> Any:
        return call(request)

    def send(self, request: Any) -> Any:
        self._cluster.requests.append(request.name)
        if request.name == "DescribeClientQuotasRequest":
            found = [_quota(user, rates) for user, rates in sorted(self._cluster.quotas.items())]
            return SimpleNamespace(error_code=0, error_message=None, entries=found)
        return SimpleNamespace(entries=[self._set(entry) for entry in request.entries])

    def alter_partition_reassignments(self, wanted: Mapping[Any, list[int]], **_: Any) -> dict[Any, Any]:
        self._cluster.requests.append("alter_partition_reassignments")
        for partition, replicas in wanted.items():
            assert set(replicas) <= set(range(self._cluster.brokers))
            self._cluster.topics[partition.topic].replication = len(replicas)
        return dict.fromkeys(wanted)

    def _set(self, entry: Any) -> Any:
        user = entry.entity[0].entity_name
        rates = self._cluster.quotas.setdefault(user, {})
        for op in entry.ops:
            rates.pop(op.key, None)
            if not op.remove:
                rates[op.key] = op.value
        if not rates:
            del self._cluster.quotas[user]
        return SimpleNamespace(error_code=0, error_message=None, entity=entry.entity)

    def close(self) -> None:
        """Nothing is open."""


def _quota(user: str, rates: Mapping[str, float]) -> Any:
    values = [SimpleNamespace(key=key, value=value) for key, value in rates.items()]
    return SimpleNamespace(entity=[SimpleNamespace(entity_type="user", entity_name=user)], values=values)


def _entry(name: str, value: str, source: int) -> Any:
    return SimpleNamespace(name=name, value=value, source=source)


def _wrong(config: Mapping[str, str]) -> str:
    unknown = sorted(set(config) - KNOWN_CONFIG)
    return f"Unknown topic config name: {unknown[0]}" if unknown else ""


def _matches(binding: AclBinding, filter_: Any) -> bool:
    parts = (
        "restype", "name", "resource_pattern_type", "principal", "host", "operation", "permission_type",
    )  # fmt: skip
    return all(getattr(binding, part) == getattr(filter_, part) for part in parts)
