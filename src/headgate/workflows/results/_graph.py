"""What verbs answer of the declarations themselves: what they are, where they come from, who may read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headgate.workflows.results._result import Result


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
