"""What a cluster's ACLs come to: who may do what to which topic, whichever bindings say so.

Source: Kafka 4.3 docs, "Authorization and ACLs": a `deny` goes before every `allow`; a name, a prefix and the wildcard all
match; ALL is every operation; READ, WRITE, DELETE and ALTER bring DESCRIBE with them, ALTER_CONFIGS brings
DESCRIBE_CONFIGS; `User:*` is everybody. Super users and clusters that let everybody in where a thing has no ACL are not in
the bindings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from headgate.ports import LiveAcl

EVERYBODY = "User:*"
ANYTHING = "*"
_ANY_HOST = "*"
_BRINGS = {
    "DESCRIBE": ("READ", "WRITE", "DELETE", "ALTER"),
    "DESCRIBE_CONFIGS": ("ALTER_CONFIGS",),
}


@dataclass(frozen=True, slots=True)
class Rights:
    """The bindings of some clusters, found quickly by what they are about."""

    literal: dict[tuple[str, str, str], list[LiveAcl]] = field(default_factory=lambda: defaultdict(list))
    prefixes: dict[tuple[str, str], dict[str, list[LiveAcl]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    @classmethod
    def of(cls, acls: Iterable[LiveAcl]) -> Rights:
        """The rights that these bindings come to."""
        found = cls()
        for acl in acls:
            if acl.pattern == "prefixed":
                found.prefixes[acl.cluster, acl.resource_type].setdefault(acl.name, []).append(acl)
            else:
                found.literal[acl.cluster, acl.resource_type, acl.name].append(acl)
        return found

    def may(
        self,
        cluster: str,
        principal: str,
        operation: str,
        resource_type: str,
        name: str,
        pattern: str = "literal",
    ) -> bool:
        """Whether a principal may do something to a thing of that name, or (`prefixed`) to all whose names begin so."""
        about = [
            acl
            for acl in self._about(cluster, resource_type, name, prefix=pattern == "prefixed")
            if acl.principal in (principal, EVERYBODY)
        ]
        return allowed(about, operation)

    def who_may(self, cluster: str, operation: str, resource_type: str, name: str) -> tuple[str, ...]:
        """Every principal that some binding names and that may do it, sorted; `User:*` where everybody else may."""
        about = list(self._about(cluster, resource_type, name))
        every = {acl.principal for acl in about} | {EVERYBODY} if about else set()
        named = (
            who
            for who in every
            if allowed([acl for acl in about if acl.principal in (who, EVERYBODY)], operation)
        )
        return tuple(sorted(named))

    def _about(
        self, cluster: str, resource_type: str, name: str, *, prefix: bool = False
    ) -> Iterator[LiveAcl]:
        """The bindings that a thing matches; for a prefix those that all of its things match."""
        if not prefix:
            yield from self.literal.get((cluster, resource_type, name), ())
        if name != ANYTHING or prefix:
            yield from self.literal.get((cluster, resource_type, ANYTHING), ())
        starts = self.prefixes.get((cluster, resource_type), {})
        for end in range(len(name) + 1):
            yield from starts.get(name[:end], ())


def allowed(acls: Sequence[LiveAcl], operation: str) -> bool:
    """Whether bindings about one thing and one principal let it do something, from whichever host."""
    denied = {"ALL", operation}
    allows = {*denied, *_BRINGS.get(operation, ())}
    return any(a.permission == "allow" and a.operation in allows for a in acls) and not any(
        a.permission == "deny" and a.operation in denied and a.host == _ANY_HOST for a in acls
    )
