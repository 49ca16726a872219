"""ACL bindings (Kafka docs, "Authorization and ACLs"): all of a cluster in one question, many changed in one request."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from headgate.ports import Change, Failure, LiveAcl, Observed
from headgate.providers.kafka.broker import CHANGE_SECONDS, Broker, batches, shown
from headgate.providers.kafka.failures import Doing
from headgate.providers.kafka.names import cluster_in
from headgate.resources import Resource, ResourceId
from headgate.resources.live import acl_name

_EVERYTHING = AclBindingFilter(
    ResourceType.ANY,
    None,
    ResourcePatternType.ANY,
    None,
    None,
    AclOperation.ANY,
    AclPermissionType.ANY,
)
_TYPES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional_id": ResourceType.TRANSACTIONAL_ID,
    "cluster": ResourceType.BROKER,
}
_TYPE_NAMES = {theirs: ours for ours, theirs in _TYPES.items()}


def observe(broker: Broker, ids: Sequence[ResourceId]) -> list[Observed]:
    """Which bindings are there; their principal spelt as in their identity, where that is a placeholder."""
    live = _by_name(broker)
    return [Observed(id_, _fields(id_, live.get(broker.fill(id_.name)))) for id_ in ids]


def carry_out(broker: Broker, changes: Sequence[Change]) -> list[Failure | None]:
    """Makes and removes bindings, and waits until the brokers know: until then they refuse who is let in."""
    there = _by_name(broker)
    outcome: dict[ResourceId, Failure | None] = dict.fromkeys(change.id for change in changes)
    new = {change.id: change.desired for change in changes if change.desired is not None}
    outcome |= _create(broker, {id_: one for id_, one in new.items() if broker.fill(id_.name) not in there})
    gone = [
        change.id for change in changes if change.desired is None and broker.fill(change.id.name) in there
    ]
    outcome |= _delete(broker, {id_: there[broker.fill(id_.name)] for id_ in gone})
    return [outcome[change.id] for change in changes]


def bindings(broker: Broker) -> list[LiveAcl]:
    """Every binding of the cluster on things that this library knows."""
    broker.must(AclOperation.DESCRIBE, "look at ACLs")
    doing = Doing("look at ACLs", "DESCRIBE on the cluster")
    found = broker.answer(broker.admin.describe_acls(_EVERYTHING, request_timeout=CHANGE_SECONDS), doing)
    return sorted(_live(broker.name, one) for one in found if one.restype in _TYPE_NAMES)


def _by_name(broker: Broker) -> dict[str, LiveAcl]:
    """The bindings that allow from any host, by the names that ours have."""
    return {_name(one): one for one in bindings(broker) if _like_ours(one)}


def _like_ours(acl: LiveAcl) -> bool:
    # A literal name that ends in a star reads like a prefix; none of ours does but the wildcard itself.
    starred = acl.pattern == "literal" and acl.name.endswith("*") and acl.name != "*"
    return acl.permission == "allow" and acl.host == "*" and not starred


def _name(acl: LiveAcl) -> str:
    return acl_name(
        acl.cluster,
        principal=acl.principal,
        operation=acl.operation,
        resource_type=acl.resource_type,
        name=acl.name,
        pattern=acl.pattern,
    )


def _fields(id_: ResourceId, acl: LiveAcl | None) -> dict[str, str] | None:
    if acl is None:
        return None
    cluster = cluster_in(id_)
    rest = _name(acl).removeprefix(f"{acl.cluster}/{acl.principal}")
    return {
        "cluster": cluster,
        "principal": id_.name.removeprefix(f"{cluster}/").removesuffix(rest),
        "host": acl.host,
        "resource_type": acl.resource_type,
        "name": acl.name,
        "pattern": acl.pattern,
        "operation": acl.operation,
        "permission": acl.permission,
    }


def _create(broker: Broker, wanted: dict[ResourceId, Resource]) -> dict[ResourceId, Failure | None]:
    if wanted:
        broker.must(AclOperation.ALTER, "create ACLs")
    of = {id_: _binding(broker, resource) for id_, resource in wanted.items()}
    outcome: dict[AclBinding, Failure | None] = {}
    for batch in batches(dict.fromkeys(of.values()), lambda _: 1):
        outcome |= broker.answers(
            broker.admin.create_acls(batch, request_timeout=CHANGE_SECONDS),
            lambda one: Doing(f"let {one.principal} {one.operation.name} {one.name}", "ALTER on the cluster"),
            CHANGE_SECONDS,
        )

    def not_yet(names: list[ResourceId]) -> set[ResourceId]:
        there = _by_name(broker)
        return {id_ for id_ in names if broker.fill(id_.name) not in there}

    return shown(broker, {id_: outcome[one] for id_, one in of.items()}, not_yet, "made")


def _delete(broker: Broker, unwanted: dict[ResourceId, LiveAcl]) -> dict[ResourceId, Failure | None]:
    if unwanted:
        broker.must(AclOperation.ALTER, "delete ACLs")
    of = {id_: _exactly(acl) for id_, acl in unwanted.items()}
    outcome: dict[AclBindingFilter, Failure | None] = {}
    for batch in batches(dict.fromkeys(of.values()), lambda _: 1):
        answers = broker.answers(
            broker.admin.delete_acls(batch, request_timeout=CHANGE_SECONDS),
            lambda one: Doing(f"take {one.name} from {one.principal}", "ALTER on the cluster"),
            CHANGE_SECONDS,
        )
        outcome |= {one: None if isinstance(answer, list) else answer for one, answer in answers.items()}

    def not_yet(names: list[ResourceId]) -> set[ResourceId]:
        there = _by_name(broker)
        return {id_ for id_ in names if broker.fill(id_.name) in there}

    return shown(broker, {id_: outcome[one] for id_, one in of.items()}, not_yet, "removed")


def _binding(broker: Broker, resource: Resource) -> AclBinding:
    fields = resource.fields
    return AclBinding(
        _TYPES[fields["resource_type"]],
        fields["name"],
        ResourcePatternType[fields["pattern"].upper()],
        broker.fill(fields["principal"]),
        fields["host"],
        AclOperation[fields["operation"]],
        AclPermissionType[fields["permission"].upper()],
    )


def _exactly(acl: LiveAcl) -> AclBindingFilter:
    """A filter that this binding matches, and no other."""
    return AclBindingFilter(
        _TYPES[acl.resource_type],
        acl.name,
        ResourcePatternType[acl.pattern.upper()],
        acl.principal,
        acl.host,
        AclOperation[acl.operation],
        AclPermissionType[acl.permission.upper()],
    )


def _live(cluster: str, binding: AclBinding) -> LiveAcl:
    return LiveAcl(
        cluster=cluster,
        principal=binding.principal,
        host=binding.host,
        resource_type=_TYPE_NAMES[binding.restype],
        name=binding.name,
        pattern=binding.resource_pattern_type.name.lower(),
        operation=binding.operation.name,
        permission=binding.permission_type.name.lower(),
    )
