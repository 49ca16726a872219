"""What a kind of assertion is: parameters, what must hold for them to mean something, and the query that shows failures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from headgate.addresses import Kind
from headgate.assertions import codes
from headgate.assertions.flink import quoted, selected
from headgate.diagnostics import Diagnostic
from headgate.graph.model import Graph, StreamColumn, StreamFacts
from headgate.project.declarations import Assertion, Stream
from headgate.project.references import named_reference
from headgate.project.suggest import did_you_mean, listed
from headgate.syntax import Place

RECORD_TIME = "__timestamp"
"""How evidence calls the time of a record itself: Kafka's timestamp, which a job declares as a metadata column."""


@dataclass(frozen=True, slots=True)
class Tested:
    """The stream that an assertion is about, in its graph."""

    graph: Graph
    stream: Stream
    facts: StreamFacts

    @property
    def relation(self) -> str:
        """The stream as a name in SQL."""
        return quoted(self.stream.relation)

    @property
    def columns(self) -> str:
        """All its columns, as a list in SQL."""
        return selected(c.name for c in self.facts.columns)

    def column(self, name: str) -> StreamColumn | None:
        """A column by its name; the name alone where the stream's columns are unknown."""
        return self.facts.column(name)

    def other(self, model: str | None, source: str | None, place: Place) -> Tested | None:
        """Another stream of the project, by the name that `ref_model` or `ref_source` gives it."""
        kind = Kind.MODEL if model is not None else Kind.SOURCE
        address = self.graph.project.resolve(named_reference(kind, model or source or "", place))
        facts = self.graph.facts.get(address) if address is not None else None
        if address is None or facts is None:
            return None
        return Tested(self.graph, self.graph.stream(address), facts)

    def missing(self, name: str, place: Place) -> Diagnostic | None:
        """The finding for a column that the stream does not have."""
        if not self.facts.known or self.column(name) is not None:
            return None
        names = [c.name for c in self.facts.columns]
        finding = codes.UNKNOWN_COLUMN.at(place.span(), f"`{self.stream.name}` has no column `{name}`")
        return finding.with_help(did_you_mean(name, names) or f"it has {listed(names, 12)}")


@dataclass(frozen=True, slots=True)
class Shifted:
    """The tested stream declared a second time under `name`, with `column` AS its event time + `ms`.

    That column is its event time there: `WATERMARK FOR column AS column - delay`. So an operator that waits for it waits
    `ms` longer than for the stream itself.
    """

    name: str
    column: str
    ms: int


@dataclass(frozen=True, slots=True)
class Versions:
    """An append stream as a table that has a row for a key from its first record on.

    `view` is the Flink SQL that `name` stands for: keep-first, which gives a versioned table (Flink docs, "Versioned
    Tables"). `of` is the stream's relation, `key` and `time` its columns.
    """

    name: str
    of: str
    key: str
    time: str
    view: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What shows that an assertion does not hold.

    `failing` is Flink SQL whose rows are the failing records (or windows of them); it may name `shifted` and `versions`.
    `judged` has a row for everything that is judged, "" where that is every record of the stream. `record_time` says that
    `failing` reads `RECORD_TIME`; `malformed` that records which could not be read fail as well; `drops_late` that records
    late for it are not judged. `note` says what the reader of a result must know.
    """

    failing: str
    judged: str = ""
    shifted: Shifted | None = None
    versions: Versions | None = None
    record_time: bool = False
    malformed: bool = False
    drops_late: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An assertion that only a running system can judge, and what does it there."""

    what: str
    where: str


Check = Callable[[Any, Tested, Place], Iterable[Diagnostic]]
Evince = Callable[[Any, Tested, Assertion], Evidence | Elsewhere | None]


@dataclass(frozen=True, slots=True)
class AssertionKind:
    """A kind. `check` yields what is wrong with parameters of the right types; `evidence` is asked only if nothing is.

    It is None where another stream that the assertion names is not known, which is said where its name stands.
    """

    parameters: type[msgspec.Struct]
    check: Check
    evidence: Evince
