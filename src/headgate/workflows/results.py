"""What the verbs answer: plain values that every door renders in its own way. JSON shapes follow them field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headgate.diagnostics import Diagnostic

OK, FINDINGS, COULD_NOT_RUN, OUR_FAULT, PENDING, INTERRUPTED = 0, 1, 2, 3, 4, 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What every verb answers: its diagnostics, the texts they point into, and the exit code."""

    command: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    exit_code: int = OK


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult(Result):
    """`check`. `summary` counts errors, warnings and infos; `counts` streams, exposures and tests."""

    summary: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRow:
    """A node that a selection picked."""

    address: str
    kind: str
    name: str
    materialized: str
    file: str
    line: int
    group: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LsResult(Result):
    """`ls`."""

    nodes: tuple[NodeRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainColumn:
    """A column as `explain` shows it. `lineage` are links as text, "source.x.c (identity)"."""

    name: str
    type: str
    nullable: bool
    lineage: tuple[str, ...] = ()
    classification: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainMaterialized:
    """What a stream becomes, and why."""

    value: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainChangelog:
    """What kinds of records a stream carries, and the key by which they replace each other or are partitioned."""

    mode: str = ""
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainResult(Result):
    """`explain`: of a code (`page`, Markdown) or of a node.

    `delay_ms` is how far its watermark is behind; `latency` the milliseconds that it adds at the least; `exactness` what
    of its query the embedded engine answers exactly, exactly unless rows are late, or not at all.
    """

    page: str = ""
    address: str = ""
    columns: tuple[ExplainColumn, ...] = ()
    materialized: ExplainMaterialized = ExplainMaterialized()
    changelog: ExplainChangelog = ExplainChangelog()
    event_time: str = ""
    delay_ms: int = 0
    state: tuple[str, ...] = ()
    latency: int = 0
    inputs: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    topic: str = ""
    exactness: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileResult(Result):
    """`compile`: the files written, below `root` (relative to the project)."""

    root: str = ""
    files: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """A change of a plan. `status` is "planned", "waiting", "done", "failed", "skipped", or "unchanged" for a no-op."""

    address: str
    kind: str
    name: str
    action: str
    risk: str
    reason: str
    readers: tuple[str, ...] = ()
    status: str = "planned"
    fields: tuple[tuple[str, Any, Any], ...] = ()
    """(field, now, then)."""
    message: str = ""
    phase: str = ""
    """When it is made: take, stop, store, protect, run, remove, give."""
    cost: str = ""
    """What it means while it is made: what stands still, and what begins where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResult(Result):
    """`plan`, `apply`, `destroy`. `declined` says that somebody was asked, and said no; nothing was changed then."""

    changes: tuple[ChangeRow, ...] = ()
    digest: str = ""
    applied: bool = False
    declined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LateNote:
    """Late rows of an operator of a model, with one example in the form that the reader of the report may see."""

    operator: str
    count: int
    example: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A stream after a build. `rows_in` is None for sources' own rows; `status` is "ok", "skipped", "failed", "paused".

    `examples` say of malformed records where they stand and why; `open_windows` counts those that no flush closed.
    """

    address: str
    materialized: str
    rows_in: int | None
    rows_out: int
    malformed: int = 0
    generated: bool = False
    late: tuple[LateNote, ...] = ()
    approximate: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    open_windows: int = 0
    status: str = "ok"
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRow:
    """An assertion's verdict: pass, warn, fail, error, skipped or not_enough_data."""

    test: str
    node: str
    assertion: str
    status: str
    failed: int = 0
    evaluated: int = 0
    late: int = 0
    not_evaluated: int = 0
    samples: tuple[Mapping[str, Any], ...] = ()
    message: str = ""
    actions: tuple[str, ...] = ()
    """What `on_failure` did, in kind: "paused model.x", "alert slack://#x (printed)"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTestRow:
    """A unit test's verdict. `missing` and `unexpected` are rows."""

    test: str
    node: str
    status: str
    missing: tuple[Mapping[str, Any], ...] = ()
    unexpected: tuple[Mapping[str, Any], ...] = ()
    message: str = ""
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow:
    """A role × column table of one stream: for each role the form of each column, "" where clear."""

    address: str
    columns: tuple[str, ...]
    roles: tuple[tuple[str, tuple[str, ...]], ...]
    """(role, its form of each column); a role that is denied has "denied" in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult(Result):
    """`build` on the embedded engine."""

    changes: tuple[ChangeRow, ...] = ()
    models: tuple[ModelRow, ...] = ()
    unit_tests: tuple[UnitTestRow, ...] = ()
    results: tuple[TestRow, ...] = ()
    forms: tuple[FormRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult(Result):
    """`test`."""

    results: tuple[TestRow, ...] = ()
    unit_tests: tuple[UnitTestRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowColumn:
    """A column as shown: its form says what a value of it is.

    `limited_by` is the environment's reader where the role that was named would see more of the column.
    """

    name: str
    type: str
    form: str = "clear"
    limited_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowResult(Result):
    """`show`, `tail` and `query`. `malformed` say where records stand that do not fit, and why; they show no value."""

    node: str = ""
    as_role: str = ""
    columns: tuple[ShowColumn, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    truncated: bool = False
    malformed: tuple[str, ...] = ()
    late: tuple[LateNote, ...] = ()
    approximate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeRow:
    """An edge of lineage; `kind` is direct, indirect, reads or writes; columns "" for whole nodes."""

    from_: str
    to: str
    kind: str
    column_from: str = ""
    column_to: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageResult(Result):
    """`lineage`."""

    root: str = ""
    nodes: tuple[str, ...] = ()
    edges: tuple[EdgeRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleAt:
    """A rule in words, and where it is declared; no file where it is nobody's declaration."""

    text: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    """A line of `access`: what a role may see of a column, what it has been given, and the rule that decides.

    `plane` is where it sees it: embedded, broker, proxy or nowhere. `enforced` is "by principal" where a declared use names
    one, else "declared only".
    """

    role: str
    purpose: str | None
    node: str
    column: str
    form: str
    plane: str
    given: bool
    enforced: str
    rule: RuleAt


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRow:
    """A step of the way on which a value, and the policies over it, reach a column of the answer."""

    role: str
    purpose: str | None
    node: str
    column: str
    form: str
    classification: str
    how: str = ""
    to: str = ""
    """The column that it goes into, and `how`; "" for the column that was asked about."""
    rule: RuleAt


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """Something that a reviewer should look at."""

    kind: str
    text: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessResult(Result):
    """`access`. `path` and `audit` are there when they were asked for."""

    grants: tuple[GrantRow, ...] = ()
    path: tuple[PathRow, ...] = ()
    audit: tuple[AuditRow, ...] = ()


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
class StateRow:
    """A thing that is ours, by its kind and name. `begun` says that a step about it was begun and never recorded."""

    kind: str
    name: str
    address: str = ""
    begun: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StateResult(Result):
    """`state`: what is ours in an environment, and who holds its lock, under which id ("" where nobody does).

    `document` is the whole state, where it was asked for; `changed` are the things forgotten, or the holder that lost the
    lock. `declined` says that somebody was asked, and said no.
    """

    action: str = ""
    environment: str = ""
    generation: int = 0
    holder: str = ""
    lock: str = ""
    things: tuple[StateRow, ...] = ()
    changed: tuple[str, ...] = ()
    declined: bool = False
    document: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryStep:
    """A step of what was done: the thing (`kind/name`), its declaration, and what became of it."""

    thing: str
    address: str
    action: str
    status: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """What was done, by whom, from which commit and plan. `outcome` is begun where it never ended.

    `about` is what it was done to where that is one thing, `reason` why it was forced; `widened` and `narrowed` are those
    whose access changed.
    """

    run: str
    at: str
    verb: str
    outcome: str
    who: str
    host: str
    version: str
    commit: str = ""
    plan: str = ""
    generation: int = 0
    about: str = ""
    reason: str = ""
    steps: tuple[HistoryStep, ...] = ()
    widened: tuple[str, ...] = ()
    narrowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryResult(Result):
    """`history`: what was done to an environment, the newest first."""

    environment: str = ""
    entries: tuple[HistoryEntry, ...] = ()
    truncated: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class InitResult(Result):
    """`init`: what was written, relative to the new project; or what is there already, and then nothing was.

    From a cluster also what `import` answers: how many of what was declared, and what it could not see.
    """

    root: str = ""
    files: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult(Result):
    """`import`: the files it wrote, left as they were and removed, and how many declarations of each list they hold.

    `unseen` says what its account may not look at, `left_out` what was seen and is not declared; `variables` are those that
    secrets of what was imported wait for.
    """

    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaResult(Result):
    """`schema`: a JSON Schema."""

    schema: Mapping[str, Any] = field(default_factory=dict)
