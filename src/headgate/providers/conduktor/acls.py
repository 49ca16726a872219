"""ACLs of what a Gateway serves, which it takes over Kafka's own API on its port (Conduktor docs, "Gateway ACLs")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from headgate.ports import (
    Change,
    ClusterConnection,
    Connections,
    Failure,
    Observed,
    PermanentFailure,
    TemporaryFailure,
    client_settings,
)
from headgate.providers._http import one_line
from headgate.resources import ResourceId
from headgate.resources.live import acl_name

_SECONDS = 20.0
_TYPES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional_id": ResourceType.TRANSACTIONAL_ID,
    "cluster": ResourceType.BROKER,
}
_TYPE_NAMES = {theirs: ours for ours, theirs in _TYPES.items()}
_EVERYTHING = AclBindingFilter(
    ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
)
_SHARED = ("bootstrap_servers", "security_protocol", "sasl_mechanism")
_ADMIN = {"kafka_username": "username", "kafka_password": "password"}


def settings_of(cluster: ClusterConnection) -> dict[str, Any]:
    """How an administrator logs in to the Gateway's Kafka side: as at the brokers, but for what `proxy` says.

    `username` and `password` of `proxy` are of its HTTP API; here it is `kafka_username` and `kafka_password`.
    """
    proxy = dict(cluster.proxy or {})
    own: dict[str, str] = {key: proxy[key] for key in _SHARED if key in proxy}
    own |= {ours: proxy[said] for said, ours in _ADMIN.items() if said in proxy}
    options = {key: value for key, value in proxy.items() if key.startswith("options.")}
    if "bootstrap_servers" not in own:
        raise PermanentFailure(
            f"the environment does not say the proxy's `bootstrap_servers` of `{cluster.name}`"
        )
    return {
        **client_settings({**(cluster.kafka or {}), **own, **options}),
        "error_cb": lambda _: None,
        "log_level": 0,
    }


class Acls:
    """The bindings of one Gateway. `dial` gives an administrator's client."""

    def __init__(
        self, cluster: ClusterConnection, connections: Connections, dial: Callable[[dict[str, Any]], Any]
    ) -> None:
        self._cluster = cluster.name
        self._fill = connections.fill
        self._hide = connections.hide
        self._admin = dial(settings_of(cluster))

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]:
        """Which bindings are there; their principal spelt as in their identity, where that is a placeholder."""
        there = self._there()
        return [Observed(id_, _fields(id_, there.get(self._fill(id_.name)))) for id_ in ids]

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        """Bindings are made in one request and removed in another."""
        there = self._there()
        outcome: dict[ResourceId, Failure | None] = {change.id: None for change in changes}
        new = {c.id: self._binding(c.desired.fields) for c in changes if c.desired is not None}
        new = {id_: one for id_, one in new.items() if self._fill(id_.name) not in there}
        gone = [c.id for c in changes if c.desired is None and self._fill(c.id.name) in there]
        exactly = {id_: _filter(there[self._fill(id_.name)]) for id_ in gone}
        if new:
            futures = self._admin.create_acls(list(dict.fromkeys(new.values())), request_timeout=_SECONDS)
            outcome |= {id_: self._became(futures[one], id_) for id_, one in new.items()}
        if exactly:
            futures = self._admin.delete_acls(list(dict.fromkeys(exactly.values())), request_timeout=_SECONDS)
            outcome |= {id_: self._became(futures[one], id_) for id_, one in exactly.items()}
        return [outcome[change.id] for change in changes]

    def _there(self) -> dict[str, AclBinding]:
        try:
            found = self._admin.describe_acls(_EVERYTHING, request_timeout=_SECONDS).result(_SECONDS)
        except (KafkaException, TimeoutError) as error:
            raise self._failure(error, "its ACLs cannot be looked at") from None
        return {
            _name(self._cluster, one): one for one in found if one.restype in _TYPE_NAMES and one.host == "*"
        }

    def _became(self, future: Any, id_: ResourceId) -> Failure | None:
        try:
            future.result(_SECONDS)
        except (KafkaException, TimeoutError) as error:
            return self._failure(error, f"`{id_.name}` cannot be changed")
        return None

    def _failure(self, error: Exception, what: str) -> Failure:
        text, passing = "it does not answer in time", True
        if isinstance(error, KafkaException):
            said = error.args[0]
            # Codes below zero are the client's own: it could not reach the Gateway, or not in time.
            text, passing = one_line(said.str() or said.name()), bool(said.retriable()) or said.code() < 0
        message = self._hide(f"the Gateway of `{self._cluster}`: {what}: {text}")
        return TemporaryFailure(message) if passing else PermanentFailure(message)

    def _binding(self, fields: Any) -> AclBinding:
        return AclBinding(
            _TYPES[fields["resource_type"]],
            fields["name"],
            ResourcePatternType[fields["pattern"].upper()],
            self._fill(fields["principal"]),
            fields["host"],
            AclOperation[fields["operation"]],
            AclPermissionType[fields["permission"].upper()],
        )


def _name(cluster: str, one: AclBinding) -> str:
    return acl_name(
        cluster,
        principal=one.principal,
        operation=one.operation.name,
        resource_type=_TYPE_NAMES[one.restype],
        name=one.name,
        pattern=one.resource_pattern_type.name.lower(),
    )


def _filter(one: AclBinding) -> AclBindingFilter:
    """A filter that this binding matches, and no other."""
    return AclBindingFilter(
        one.restype,
        one.name,
        one.resource_pattern_type,
        one.principal,
        one.host,
        one.operation,
        one.permission_type,
    )


def _fields(id_: ResourceId, one: AclBinding | None) -> dict[str, str] | None:
    if one is None:
        return None
    cluster = id_.name.partition("/")[0]
    rest = _name(cluster, one).removeprefix(f"{cluster}/{one.principal}")
    return {
        "cluster": cluster,
        "principal": id_.name.removeprefix(f"{cluster}/").removesuffix(rest),
        "host": one.host,
        "resource_type": _TYPE_NAMES[one.restype],
        "name": one.name,
        "pattern": one.resource_pattern_type.name.lower(),
        "operation": one.operation.name,
        "permission": one.permission_type.name.lower(),
    }
