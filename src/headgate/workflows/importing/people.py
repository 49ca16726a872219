"""Principals and consumer groups as roles and exposures: who may read and write what, and who was seen reading it.

Everything here is said to be another tool's (`managed_by: other`): the ACLs are there, and a project that imports them neither
makes nor removes any. Taking one over is to change that word for `adopt: true`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from headgate.observe.rights import ANYTHING, EVERYBODY, Rights, allowed
from headgate.ports import LiveAcl, LiveGroup
from headgate.workflows.importing.declared import Declared, Part, Ref
from headgate.workflows.importing.sources import Topic
from headgate.workflows.importing.spelling import comment, flow, item, scalar

ROLES, EXPOSURES = "roles", "exposures"
_ANY_HOST = "*"
_OVER_ACLS = ("ALL", "ALTER")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of who uses the topics that are declared, whose streams' names are `names`.

    `joins` are the ACLs that let somebody join a consumer group.
    """

    joins: Sequence[LiveAcl]
    names: Mapping[Topic, str]
    rights: Rights = field(default_factory=Rights)

    def readers_of(self, topic: Topic) -> tuple[str, ...]:
        """The principals that may read a topic."""
        return self.rights.who_may(topic[0], "READ", "topic", topic[1])

    def uses(self) -> dict[str, Uses]:
        """What each principal may read and write, without everybody: nobody is that."""
        found: dict[str, Uses] = defaultdict(Uses)
        for topic in sorted(self.names):
            for principal in self.readers_of(topic):
                found[principal].reads.append(topic)
            for principal in self.rights.who_may(topic[0], "WRITE", "topic", topic[1]):
                found[principal].writes.append(topic)
        found.pop(EVERYBODY, None)
        return dict(found)

    def principal_of(self, group: LiveGroup) -> str:
        """Who a group must be: the only one whom a binding about it lets join, the most particular one; "" where none."""
        bindings = [
            acl
            for acl in self.joins
            if acl.cluster == group.cluster
            and (acl.name == group.name or (acl.pattern == "prefixed" and group.name.startswith(acl.name)))
        ]
        best = max((_particular(acl) for acl in bindings), default=None)
        named = {acl.principal for acl in bindings if _particular(acl) == best}
        known = {
            who
            for who in named
            if any(self.rights.may(group.cluster, who, "READ", "topic", topic) for topic in group.topics)
        }
        return known.pop() if len(known) == 1 and EVERYBODY not in known else ""


@dataclass(slots=True)
class Uses:
    """The topics that a principal may read and write."""

    reads: list[Topic] = field(default_factory=list)
    writes: list[Topic] = field(default_factory=list)


def joining(acls: Iterable[LiveAcl]) -> list[LiveAcl]:
    """The ACLs that let somebody join consumer groups."""
    return [
        acl
        for acl in acls
        if acl.resource_type == "group" and acl.permission == "allow" and acl.operation in ("READ", "ALL")
    ]


def _particular(acl: LiveAcl) -> tuple[bool, int]:
    return acl.pattern == "literal", len(acl.name)


def role(principal: str, name: str, clearance: str, acls: Iterable[LiveAcl]) -> Declared:
    """The role of a principal. It is cleared for nothing: what it may read, the sources' lists say."""
    lines = [
        f"name: {scalar(name)}",
        f"principals: {flow([principal])}",
        f"clearance: {scalar(clearance)}",
        *map(comment, dict.fromkeys(warnings(acls))),
    ]
    return Declared(Ref("roles", name), tuple(item(lines)), ROLES, frozenset({Part.ACLS}))


def warnings(acls: Iterable[LiveAcl]) -> Iterator[str]:
    """What a principal's ACLs come to that no list of a source says."""
    every = list(acls)
    hosts = sorted({acl.host for acl in every if acl.host != _ANY_HOST})
    if hosts:
        yield f"some of its ACLs hold for {', '.join(hosts)} alone"
    cluster = [acl for acl in every if acl.resource_type == "cluster"]
    for cluster_name in sorted({acl.cluster for acl in cluster}):
        here = [acl for acl in cluster if acl.cluster == cluster_name]
        if any(allowed(here, operation) for operation in _OVER_ACLS):
            yield f"it may ALTER the cluster {cluster_name}: it can give itself any right there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """An application: of a principal with all its rights, or of a consumer group with what it reads.

    `reads` and `writes` are references as they are written, `sources` the names of the sources among them.
    """

    name: str
    parts: frozenset[Part]
    role: str = ""
    principal: str = ""
    group: str = ""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    sources: frozenset[str] = frozenset()
    transactions: str = ""
    description: str = ""
    remarks: tuple[str, ...] = ()


def exposure(use: Use) -> Declared:
    """The declaration of an application."""
    needs = {Ref("sources", name) for name in use.sources}
    needs |= {Ref("roles", use.role)} if use.role else set()
    return Declared(
        Ref("exposures", use.name), tuple(item(_lines(use))), EXPOSURES, use.parts, frozenset(needs)
    )


def _lines(use: Use) -> Iterator[str]:
    yield f"name: {scalar(use.name)}"
    yield "type: application"
    yield f"description: {scalar(use.description)}"
    yield "managed_by: other"
    if use.principal:
        yield f"principal: {scalar(use.principal)}"
    for key, references in (("consumes", use.reads), ("produces", use.writes)):
        if references:
            yield f"{key}:"
            yield from (f"  - {reference}" for reference in references)
    if use.role and use.reads:
        yield f"access: {flow({'allowed_roles': [use.role]})}"
    if use.group:
        yield f"consumer_config: {flow({'consumer_group': use.group})}"
    if use.transactions:
        yield f"producer_config: {flow({'transactional_id': use.transactions})}"
    yield from map(comment, use.remarks)


def group_of(acls: Iterable[LiveAcl]) -> str:
    """The consumer group that a principal's own ACLs name; "" where they name none, or any."""
    named = [acl for acl in joining(acls) if acl.name != ANYTHING]
    first = min(named, key=lambda acl: (acl.pattern != "literal", acl.name), default=None)
    return first.name if first is not None else ""


def transactions_of(principal: str, clusters: Iterable[str], rights: Rights, acls: Iterable[LiveAcl]) -> str:
    """The prefix of the transactional ids that a principal may use, where it may use all that begin so."""
    there = list(clusters)
    prefixes = sorted(
        acl.name
        for acl in acls
        if acl.principal == principal
        and acl.resource_type == "transactional_id"
        and acl.pattern == "prefixed"
        and acl.permission == "allow"
    )
    for prefix in prefixes:
        if all(
            rights.may(cluster, principal, operation, "transactional_id", prefix, "prefixed")
            for cluster in there
            for operation in ("WRITE", "DESCRIBE")
        ) and all(
            rights.may(cluster, principal, "IDEMPOTENT_WRITE", "cluster", "kafka-cluster")
            for cluster in there
        ):
            return prefix
    return ""


def named(use: Use, name: str) -> Use:
    """The same application by its settled name."""
    return replace(use, name=name)
