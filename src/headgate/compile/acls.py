"""ACLs as values: what a principal may do to which thing, as resources and for people to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from headgate.addresses import Address
from headgate.resources import Resource, ResourceId, ResourceKind
from headgate.resources.live import TOPIC, acl_name


@dataclass(frozen=True, slots=True, order=True)
class Binding:
    """An ACL: what a principal may do to a thing of that name, or to all whose names begin with it (`prefixed`)."""

    cluster: str
    principal: str
    resource_type: str
    name: str
    pattern: str
    operation: str

    def resource(self, kind: ResourceKind, address: Address, reason: str) -> Resource:
        """The binding as a resource; a topic that we make must be there first."""
        topic = ResourceId(TOPIC.name, f"{self.cluster}/{self.name}")
        return Resource(
            id=ResourceId(kind.name, self.id_in(kind).name),
            fields={
                "cluster": self.cluster,
                "principal": self.principal,
                "host": "*",
                "resource_type": self.resource_type,
                "name": self.name,
                "pattern": self.pattern,
                "operation": self.operation,
                "permission": "allow",
            },
            address=str(address),
            after=(topic,) if self.resource_type == "topic" else (),
            reason=reason,
        )

    def id_in(self, kind: ResourceKind) -> ResourceId:
        """The identity of the binding: all it says, since nothing of an ACL can be changed."""
        name = acl_name(
            self.cluster,
            principal=self.principal,
            operation=self.operation,
            resource_type=self.resource_type,
            name=self.name,
            pattern=self.pattern,
        )
        return ResourceId(kind.name, name)


def acl_resources(wanted: Iterable[tuple[ResourceKind, Binding, Address, str]]) -> list[Resource]:
    """Every binding once, sorted; of the kind under which it is first wanted, for all the reasons it is."""
    found: dict[Binding, Resource] = {}
    why: dict[Binding, list[str]] = {}
    for kind, binding, by, reason in wanted:
        found.setdefault(binding, binding.resource(kind, by, reason))
        why.setdefault(binding, []).append(reason)
    return [replace(r, reason="; ".join(dict.fromkeys(why[binding]))) for binding, r in sorted(found.items())]


def readable(acls: Iterable[Resource]) -> Iterator[dict[str, Any]]:
    """The bindings as people look for them: by principal, then by what it may do to which thing."""
    of: dict[tuple[str, str], dict[tuple[str, str], tuple[list[str], list[str]]]] = {}
    for acl in acls:
        said = acl.fields
        thing = said["resource_type"] + ("_prefix" if said["pattern"] == "prefixed" else "")
        entry = of.setdefault((said["cluster"], said["principal"]), {})
        operations, reasons = entry.setdefault((thing, said["name"]), ([], []))
        operations.append(said["operation"])
        reasons += acl.reason.split("; ")
    for (cluster, who), entry in of.items():
        yield {
            "cluster": cluster,
            "principal": who,
            "allowed": [
                {thing: name, "operations": operations, "for": list(dict.fromkeys(reasons))}
                for (thing, name), (operations, reasons) in entry.items()
            ],
        }
