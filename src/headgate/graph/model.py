"""The graph of a project: its streams in order, who reads whom, and what the analysis derived about each.

Everything above (`analysis`, `compile`, `verify`, `workflows`) reads it; nobody changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from headgate.addresses import Address, ColumnAddress
from headgate.diagnostics import Diagnostic
from headgate.project.declarations import Exposure, Project, Stream
from headgate.schema.types import DataType
from headgate.sql.facts import How, Influence, Mode, QueryFacts, Relation, Why


@dataclass(frozen=True, slots=True)
class StreamColumn:
    """A column of a stream as readers see it. `time` is "rowtime", "proctime" or ""."""

    name: str
    type: DataType
    time: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """A direct link of an output column to a column of the stream it is read from."""

    column: ColumnAddress
    how: How


@dataclass(frozen=True, slots=True)
class Decider:
    """An indirect link: a column of an input that decides about the rows of a stream."""

    column: ColumnAddress
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFacts:
    """What is known of one stream: declared for sources and topics, derived for queries.

    `columns` are empty only where `known` is false: a source whose columns come from a registry nobody asked, or a
    query with faults. `key` is the declared key; `unique_key` what the query's own facts give. `query` is None for
    streams without SQL (their columns and links are those of what they read). `origins` maps a column's name to its
    direct links, one step up. `latency_ms` is the least delay its own query adds. `inputs` are the streams it reads,
    each once, in the order of their first mention.
    """

    address: Address
    columns: tuple[StreamColumn, ...] = ()
    known: bool = True
    mode: Mode = Mode.APPEND
    key: tuple[str, ...] = ()
    unique_key: tuple[str, ...] | None = None
    event_time: str = ""
    delay_ms: int = 0
    inputs: tuple[Address, ...] = ()
    origins: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    deciders: tuple[Decider, ...] = ()
    query: QueryFacts | None = None
    latency_ms: int = 0

    def column(self, name: str) -> StreamColumn | None:
        """The column of that name."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A project with its edges and facts.

    `order` has every enabled stream of the project after all that it reads; streams that packages bring have facts
    and stand in no order. `readers` and `exposures_of` go the other way than
    `StreamFacts.inputs`. `diagnostics` is what was found while it was built: unknown names, cycles, faults of SQL.
    """

    project: Project
    facts: Mapping[Address, StreamFacts]
    order: tuple[Address, ...]
    readers: Mapping[Address, tuple[Address, ...]]
    exposures_of: Mapping[Address, tuple[Address, ...]]
    diagnostics: tuple[Diagnostic, ...] = ()
    packages: Mapping[str, Graph] = field(default_factory=dict)
    """The graphs of packages whose files are at hand, by the names they have here."""

    def stream(self, address: Address) -> Stream:
        """The declaration of a stream, also of another project's that a package brings."""
        if address.project:
            return self.project.packages[address.project].streams[address]
        return self.project.streams[address]

    def reads(self, exposure: Exposure) -> tuple[Address, ...]:
        """The streams an exposure reads, each once; names nobody declared are left out (they are diagnostics)."""
        found = (self.project.resolve(r) for r in exposure.reads)
        return tuple(dict.fromkeys(a for a in found if a is not None))

    def writes(self, exposure: Exposure) -> tuple[Address, ...]:
        """The streams an exposure writes, each once."""
        found = (self.project.resolve(r) for r in exposure.writes)
        return tuple(dict.fromkeys(a for a in found if a is not None))


__all__ = [
    "Decider",
    "Graph",
    "How",
    "Influence",
    "Mode",
    "Origin",
    "Relation",
    "StreamColumn",
    "StreamFacts",
    "Why",
]
