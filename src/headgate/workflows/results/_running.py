"""What verbs answer of systems: how they are reached, what runs there, and how it is doing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headgate.workflows.results._result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """A resource as declared, applied and live; None where that could not be looked at."""

    address: str
    kind: str
    name: str
    declared: bool
    applied: bool | None
    live: bool | None
    drift: str = ""
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningRow:
    """A job or a connector: `status` in one word (running, warming, paused, failing, failed, gone, unknown), and why.

    `facts` are what its system tells: lag in records, records a second, watermark delay in ms, checkpoints, tasks.
    """

    address: str
    kind: str
    name: str
    status: str
    why: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseResult(Result):
    """`pause` and `resume`: how what runs for a stream is doing after it."""

    node: str = ""
    running: tuple[RunningRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    """What the topic of a stream holds: `records` from its beginning to its end, `end` the sum of its partitions' ends.

    `newest` is the time of its newest record, `age_seconds` how long ago that is, and `freshness` what the declared
    `freshness` says of it: "pass", "warn", "fail", or "" where nothing is declared.
    """

    address: str
    cluster: str
    topic: str
    partitions: int
    records: int
    end: int
    newest: str | None = None
    age_seconds: float | None = None
    freshness: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """A consumer group that reads the topic of a stream. `whose` is the declaration it belongs to, "" where none is.

    `declared` is whether that declaration says that it reads the stream; `lag` None where it never committed anything, and
    else of the partitions that it has committed for: of `uncommitted` partitions it has not. `clients` are its members.
    """

    address: str
    cluster: str
    topic: str
    group: str
    state: str
    whose: str
    declared: bool
    lag: int | None = None
    uncommitted: int = 0
    clients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRow:
    """What an exposure or a product promises (`lag` in records, `freshness` in ms), and whether it is kept.

    `status` is "pass", "fail", or "not_enough_data" where nothing there says so.
    """

    address: str
    promise: str
    about: str
    limit: int
    actual: int | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeprecatedRow:
    """A version that is to go on a date, and the consumer groups that still read it."""

    address: str
    date: str
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResult(Result):
    """`status`. All but `rows` is there on live environments alone; `unseen` says what could not be looked at, and why."""

    environment: str = ""
    rows: tuple[StatusRow, ...] = ()
    running: tuple[RunningRow, ...] = ()
    topics: tuple[TopicRow, ...] = ()
    groups: tuple[GroupRow, ...] = ()
    promises: tuple[PromiseRow, ...] = ()
    deprecated: tuple[DeprecatedRow, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRow:
    """A connection of an environment: where it leads, whether it answers, as whom, which version, with which rights.

    `missing` are rights that are needed and known not to be there: "plan: Describe on topic orders".
    """

    cluster: str
    part: str
    where: str
    answers: bool
    user: str = ""
    version: str = ""
    may: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededGrant:
    """A right that an account needs in Kafka; `account` is plan, apply, jobs or connectors."""

    cluster: str
    account: str
    principal: str
    resource: str
    name: str
    pattern: str
    operation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DebugResult(Result):
    """`debug`: how each connection is; or with --grants what every account needs, and as `text` for the tool asked for."""

    environment: str = ""
    connections: tuple[ConnectionRow, ...] = ()
    grants: tuple[NeededGrant, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRow:
    """A part of the local stack: where it listens, its process where it runs, and whether it does what it is for.

    `restarts` is how often it had to be started again since the last `up` that started anything.
    """

    part: str
    url: str
    process: int | None
    answers: bool
    restarts: int
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalResult(Result):
    """`local`: how each part stands, and which `up` started or `down` ended; or in `refused`, why it could not.

    `supervisor` is the process that starts parts again, where it runs. `compose` is a file for containers.
    """

    action: str = ""
    changed: tuple[str, ...] = ()
    parts: tuple[LocalRow, ...] = ()
    supervisor: int | None = None
    logs: Mapping[str, str] = field(default_factory=dict)
    compose: str = ""
    refused: str = ""
