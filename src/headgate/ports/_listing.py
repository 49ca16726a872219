"""What a system holds, whoever made it: what declarations are written from, and what people are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTopic:
    """A topic of a cluster, with the configuration that somebody set on it."""

    cluster: str
    name: str
    partitions: int
    replication_factor: int
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LiveAcl:
    """An ACL binding, its words spelt as compiled ACLs spell them: `topic`, `prefixed`, `READ`, `allow`."""

    cluster: str
    principal: str
    host: str
    resource_type: str
    name: str
    pattern: str
    operation: str
    permission: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveGroup:
    """A consumer group: the topics it reads or has committed offsets for, and the client ids of its members.

    `state` is one word (stable, empty, preparing_rebalancing, …). `lag` says, by topic, how many records it has not
    committed yet; a topic that it never committed anything for is not in it. `uncommitted` are the topics' partitions
    that have no committed offset, by topic.
    """

    cluster: str
    name: str
    state: str
    topics: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    lag: Mapping[str, int] = field(default_factory=dict)
    uncommitted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveUser:
    """A SCRAM user, and the mechanisms it can log in by."""

    cluster: str
    name: str
    mechanisms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSubject:
    """A subject of a registry: its newest schema (JSON as a value, Protobuf as text), and its own compatibility level.

    `compatibility` is "" where the subject says none and the registry's own holds.
    """

    cluster: str
    name: str
    version: int
    type: str
    schema: Any
    references: tuple[Mapping[str, Any], ...] = ()
    compatibility: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveConnector:
    """A connector of a group of Connect workers. `type` is sink or source; a secret is never in `config`: where one
    stands, its text is "(hidden)", or the placeholder it was declared by."""

    cluster: str
    connect: str
    name: str
    type: str
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Everything there is, each part sorted by cluster and name. `unseen` says, in sentences, what could not be looked at.

    Of the clusters in `acls_unseen` no ACL is known, which is not to say that there is none.
    """

    topics: tuple[LiveTopic, ...] = ()
    acls: tuple[LiveAcl, ...] = ()
    groups: tuple[LiveGroup, ...] = ()
    users: tuple[LiveUser, ...] = ()
    subjects: tuple[LiveSubject, ...] = ()
    connectors: tuple[LiveConnector, ...] = ()
    unseen: tuple[str, ...] = ()
    acls_unseen: tuple[str, ...] = ()

    def __or__(self, other: Listing) -> Listing:
        """What both list."""
        return Listing(
            topics=self.topics + other.topics,
            acls=self.acls + other.acls,
            groups=self.groups + other.groups,
            users=self.users + other.users,
            subjects=self.subjects + other.subjects,
            connectors=self.connectors + other.connectors,
            unseen=self.unseen + other.unseen,
            acls_unseen=self.acls_unseen + other.acls_unseen,
        )


class Lists(Protocol):
    """A provider that can list what its systems hold, and changes nothing by it."""

    def list_all(self) -> Listing:
        """Everything of all its clusters but what is internal to them; what its account may not see is said in `unseen`."""


class HasGroups(Protocol):
    """A provider of a system with consumer groups."""

    def groups(self, cluster: str, topics: Sequence[str] = ()) -> list[LiveGroup]:
        """The groups that read any of these topics (of all without any), with their lag; a Failure is raised where they
        cannot be looked at."""
