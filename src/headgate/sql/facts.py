"""What the analysis of one query knows about it. Plain values: they are cached, and cross process boundaries."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from headgate.schema.types import DataType


class How(StrEnum):
    """How a value flows along a direct link, from the least to the most changing.

    The first four keep some property of the value that permissions.md §4 speaks of; `TRANSFORM` keeps none.
    In OpenLineage's column lineage: IDENTITY is DIRECT/IDENTITY, PICK and AGGREGATE are DIRECT/AGGREGATION, the rest
    DIRECT/TRANSFORMATION.
    """

    IDENTITY = "identity"
    """The value itself, under this or another name."""
    PICK = "pick"
    """One of the values of a group: MIN, MAX, FIRST_VALUE, LAST_VALUE."""
    TEXT_CAST = "text_cast"
    """The value, cast to a string type."""
    TRANSFORM = "transform"
    """Any other expression, conditions of CASE and IF included."""
    AGGREGATE = "aggregate"
    """Any other aggregate."""


class Why(StrEnum):
    """Why an indirect link is there: what of the row it decides."""

    FILTER = "filter"
    JOIN = "join"
    GROUP_BY = "group_by"
    PARTITION = "partition"
    SORT = "sort"
    WINDOW = "window"
    COUNT = "count"


class Mode(StrEnum):
    """Changelog mode of a stream (Flink docs, "Dynamic Tables"): what kinds of rows it may carry."""

    APPEND = "append"
    UPSERT = "upsert"
    RETRACT = "retract"


@dataclass(frozen=True, slots=True)
class Link:
    """A value of an input that flows into an output column."""

    relation: str
    column: str
    how: How


@dataclass(frozen=True, slots=True)
class Influence:
    """A column of an input that decides about rows without flowing into them."""

    relation: str
    column: str
    why: Why


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """An output column: its type (with nullability) and where its value comes from.

    `time` is "rowtime" for an event-time attribute, "proctime" for a processing-time one, "" otherwise.
    `links` have one entry an input column, with the most changing way it flows. `constant` says that it is a literal.
    """

    name: str
    type: DataType
    links: tuple[Link, ...] = ()
    time: str = ""
    constant: bool = False


class Exactness(StrEnum):
    """Whether the embedded engine answers as Flink would (semantics.md §7)."""

    EXACT = "exact"
    EXACT_UNLESS_LATE = "exact_unless_late"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Operator:
    """A part of a query that keeps state or waits, at its place in the rendered SQL.

    `kind` is one of: window_aggregate, group_aggregate, distinct, regular_join, interval_join, temporal_join,
    lookup_join, window_join, deduplicate, top_n, window_top_n, over, match, set_operation, semi_join, anti_join, sort.
    `detail` is for people ("TUMBLE 5 minutes"). `unbounded` says that its state grows without a TTL. `waits_ms` is how
    long a row can wait in it at the least before it can be emitted (a tumbling window: its size), beside the delay
    of watermarks; `needs_watermark` says that it emits only when a watermark passes.
    `keys` are the input columns it is keyed by.
    """

    kind: str
    detail: str
    start: int
    end: int
    unbounded: bool = False
    waits_ms: int = 0
    needs_watermark: bool = False
    exactness: Exactness = Exactness.EXACT


@dataclass(frozen=True, slots=True)
class QueryFacts:
    """All that is derived from one query over known inputs.

    `relations` are the input tables it reads, in order of appearance. `key` is a unique (upsert) key of the output by
    output column names, where one is known; for an APPEND query that is what Flink would derive, not what is declared.
    `event_time` is the name of the output column that is its time attribute, by the rule of format.md §5, or "".
    `unsupported` names each construct that the embedded engine cannot answer as Flink would, with its place.
    """

    columns: tuple[ColumnFacts, ...]
    relations: tuple[str, ...]
    influences: tuple[Influence, ...] = ()
    mode: Mode = Mode.APPEND
    key: tuple[str, ...] | None = None
    event_time: str = ""
    operators: tuple[Operator, ...] = ()
    unsupported: tuple[tuple[str, int, int], ...] = ()
    plain: bool = False
    """Projection, rename, scalar expressions and filter over one input: what a proxy might serve."""


@dataclass(frozen=True, slots=True)
class Relation:
    """An input table as a query sees it.

    `columns` carry type and time attribute; `delay_ms` is the watermark's delay behind the greatest event time.
    `key` is the primary key of an upsert relation, or the unique key Flink would know of.
    """

    name: str
    columns: tuple[ColumnFacts, ...]
    mode: Mode = Mode.APPEND
    key: tuple[str, ...] | None = None
    event_time: str = ""
    delay_ms: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a query, by offsets into the rendered SQL; whoever holds the file makes it a diagnostic.

    `code` is the id of the diagnostic (`HGQ010`), `message` and `help` are as there.
    """

    code: str
    message: str
    start: int
    end: int
    help: str = ""
    notes: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """The facts of a query, or None where faults left nothing to stand on; and the faults."""

    facts: QueryFacts | None
    faults: tuple[Fault, ...] = field(default=())
