"""ACL bindings as Kafka's client has them and as compiled things do: a Gateway takes them over Kafka's own API too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from headgate.ports import LiveAcl
from headgate.resources import ResourceId
from headgate.resources.live import acl_name

EVERYTHING = AclBindingFilter(
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


def live_acls(cluster: str, found: Iterable[AclBinding]) -> list[LiveAcl]:
    """The bindings of a cluster on things that compiled ones can be about, sorted."""
    return sorted(
        LiveAcl(
            cluster=cluster,
            principal=one.principal,
            host=one.host,
            resource_type=_TYPE_NAMES[one.restype],
            name=one.name,
            pattern=one.resource_pattern_type.name.lower(),
            operation=one.operation.name,
            permission=one.permission_type.name.lower(),
        )
        for one in found
        if one.restype in _TYPE_NAMES
    )


def by_name(acls: Iterable[LiveAcl]) -> dict[str, LiveAcl]:
    """The bindings that allow from any host, as ours do, by the names that ours have."""
    return {_name(one): one for one in acls if _like_ours(one)}


def fields_of(id_: ResourceId, acl: LiveAcl | None) -> dict[str, str] | None:
    """A binding as compiled ones are; its principal spelt as in the identity, where that is a placeholder."""
    if acl is None:
        return None
    rest = _name(acl).removeprefix(f"{acl.cluster}/{acl.principal}")
    return {
        "cluster": acl.cluster,
        "principal": id_.name.removeprefix(f"{acl.cluster}/").removesuffix(rest),
        "host": acl.host,
        "resource_type": acl.resource_type,
        "name": acl.name,
        "pattern": acl.pattern,
        "operation": acl.operation,
        "permission": acl.permission,
    }


def binding_of(fields: Mapping[str, Any], fill: Callable[[str], str]) -> AclBinding:
    """A compiled binding as the client has it, its principal filled in."""
    return AclBinding(
        _TYPES[fields["resource_type"]],
        fields["name"],
        ResourcePatternType[fields["pattern"].upper()],
        fill(fields["principal"]),
        fields["host"],
        AclOperation[fields["operation"]],
        AclPermissionType[fields["permission"].upper()],
    )


def exactly(acl: LiveAcl) -> AclBindingFilter:
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
