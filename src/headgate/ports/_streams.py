"""What an engine that holds streams is given and answers: rows to feed, models to run, streams to read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from headgate.ports._model import Engine, EngineResult, FeedResult, Provider
from headgate.resources.embedded import EngineQuery, StreamTable


@dataclass(frozen=True, slots=True)
class SampleText:
    """The text of a sample file, as `jsonl` or `csv`; `file` is for messages."""

    file: str
    text: str
    kind: str = "jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedRows:
    """Rows to make up: how many, from which seed, how far apart, and what is known of the values of a column.

    `columns` maps a column to `choices`, `min`, `max`, `pattern`, `null_share` or `faker`; `parents` maps one to the
    (relation, column) whose values it takes.
    """

    count: int = 100
    seed: int = 0
    interval_ms: int = 30_000
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parents: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The rows a stream is to hold.

    `name` is the stream's name as its users know it; it settles the order of rows that arrive together. `metadata` maps a
    column to what of the record it shows (timestamp, partition, offset, headers); `computed` is the query that makes computed
    columns of the others. `timestamps` is the spelling its times have ("sql", "iso", "epoch_millis", or "any").
    """

    table: StreamTable
    name: str
    rows: SampleText | GeneratedRows | None
    metadata: Mapping[str, str] = field(default_factory=dict)
    computed: EngineQuery | None = None
    timestamps: str = "any"
    on_malformed: str = "dead_letter"


Seen = Callable[[EngineResult], Sequence[tuple[Any, ...]]]
"""Makes of rows what a reader is given of them: the same rows, with columns in other forms."""


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """A record of a stream: its kind (`+I`, or `-D` for one that deletes its key's row), its time, its columns' values."""

    op: str
    timestamp: dt.datetime | None
    values: Mapping[str, Any]


class MalformedSample(Exception):
    """A record does not fit its stream, which is declared to fail then. `examples` say which and why."""

    def __init__(self, relation: str, count: int, examples: tuple[str, ...]) -> None:
        super().__init__(f"{count} malformed record(s) in {relation}: {examples[0] if examples else ''}")
        self.relation = relation
        self.count = count
        self.examples = examples


class EngineBusy(Exception):
    """Another process writes. `holder` says who."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"in use by {holder}")
        self.holder = holder


class StreamEngine(Provider, Engine, Protocol):
    """A provider that holds streams itself and runs what fills them: the embedded engine."""

    def feed(self, feeds: Sequence[Feed]) -> tuple[FeedResult, ...]:
        """Each stream holds exactly its rows afterwards, in one arrival order over all of them."""

    def fill(self, table: StreamTable, query: EngineQuery) -> EngineResult:
        """The stream holds exactly the query's answer afterwards; the answer comes without its rows, `count` says how many."""

    def drain(self, relation: str, sink: str, key: tuple[str, ...], *, seen: Seen | None = None) -> int:
        """The sink's table holds what writing the stream to it leaves, by `key` where it has one and as its reader
        has `seen` it; its number of rows."""

    def rows(
        self,
        relation: str,
        *,
        limit: int | None = None,
        latest: bool = False,
        since: dt.datetime | None = None,
        changelog: bool = False,
    ) -> EngineResult:
        """The rows of a stream or a sink in the order of their arrival; as `changelog` every change, its kind first.

        The first `limit` of those whose record is not older than `since`, or as `latest` the last.
        """

    def records(self, relation: str) -> tuple[StreamRecord, ...]:
        """Every record of a stream in the order of arrival, those that later ones of their key replaced too."""

    def rejected(self, relation: str, *, limit: int | None = None) -> EngineResult:
        """The malformed records of a stream: the line each stood in, its text, and why it does not fit."""

    def late(self, query: EngineQuery) -> EngineResult:
        """What was late for a query and which of its operators that makes approximate; without its rows."""

    def count(self, relation: str) -> int | None:
        """How many rows a stream holds; None where there is no such stream."""

    def dump(self) -> str:
        """Everything it holds, as text that is equal where the contents are."""
