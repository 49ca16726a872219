"""The embedded engine: a file of streams that is a provider to plans, and runs queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from headgate.ports import (
    Change,
    EngineInput,
    EngineQuery,
    EngineResult,
    Failure,
    Feed,
    FeedResult,
    Observed,
    PermanentFailure,
    Seen,
    StreamRecord,
    StreamTable,
    TemporaryFailure,
)
from headgate.providers.embedded import catalog, queries, tables
from headgate.providers.embedded.connection import WAIT_SECONDS, Connection, in_memory, to_file
from headgate.providers.embedded.feed import feed_streams
from headgate.providers.embedded.queries import Part
from headgate.providers.embedded.sinks import drain_into
from headgate.providers.embedded.types import quoted
from headgate.resources import ResourceId
from headgate.resources.embedded import KINDS

FILE = "engine.duckdb"


class Embedded:
    """Streams, views, queries and sinks in one DuckDB file, or in memory."""

    kinds = tuple(kind.name for kind in KINDS)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Embedded:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]:
        """Each thing as it is, in the order asked for."""
        return catalog.observe(self._connection, ids)

    def held(self) -> list[ResourceId]:
        """Everything it holds."""
        return catalog.held(self._connection)

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        """Each change is made, or was already, whatever becomes of the others."""
        return [self._carried_out(change) for change in changes]

    def _carried_out(self, change: Change) -> Failure | None:
        try:
            catalog.carry_out(self._connection, change)
        except (TemporaryFailure, PermanentFailure) as failure:
            return failure
        return None

    def feed(self, feeds: Sequence[Feed]) -> tuple[FeedResult, ...]:
        """Each stream holds exactly its rows afterwards, in one arrival order over all of them."""
        return feed_streams(self._connection, feeds)

    def fill(self, table: StreamTable, query: EngineQuery) -> EngineResult:
        """The stream holds exactly the query's answer afterwards."""
        return queries.fill(self._connection, table, query)

    def drain(self, relation: str, sink: str, key: tuple[str, ...], *, seen: Seen | None = None) -> int:
        """The sink's table holds what writing the stream to it leaves, as its reader has seen it."""
        return drain_into(self._connection, self._stream(relation), self._stream(sink), key, seen)

    def run(
        self, query: EngineQuery, inputs: Iterable[EngineInput], *, limit: int | None = None
    ) -> EngineResult:
        """The query's answer over `inputs`."""
        return queries.run(self._connection, query, inputs, limit)

    def late(self, query: EngineQuery) -> EngineResult:
        """What was late for a query and which of its operators that makes approximate; without its rows."""
        return queries.late(self._connection, query)

    def rows(
        self,
        relation: str,
        *,
        limit: int | None = None,
        latest: bool = False,
        since: dt.datetime | None = None,
        changelog: bool = False,
    ) -> EngineResult:
        """The rows of a stream or a sink in the order of their arrival, or its changes."""
        part = Part(limit, latest, since, changelog)
        return queries.read(self._connection, self._stream(relation), part)

    def records(self, relation: str) -> tuple[StreamRecord, ...]:
        """Every record of a stream in the order of arrival, those that later ones of their key replaced too."""
        return queries.records(self._connection, self._stream(relation))

    def rejected(self, relation: str, *, limit: int | None = None) -> EngineResult:
        """The malformed records of a stream: the line each stood in, its text, and why it does not fit."""
        return queries.rejected(self._connection, self._stream(relation), limit)

    def count(self, relation: str) -> int | None:
        """How many rows a stream or a sink holds; None where there is none of that name."""
        if not tables.shape(self._connection, relation):
            return None
        place = tables.exactly(self._connection, relation)
        return int(self._connection.run(f"SELECT count(*) FROM {place}")[0][0])

    def dump(self) -> str:
        """Everything it holds, as text that is equal where the contents are."""
        lines = []
        for name, columns in sorted(tables.shapes(self._connection).items()):
            lines.append(f"{name} {columns}")
            lines += [str(row) for row in self._connection.run(f"SELECT * FROM {quoted(name)} ORDER BY ALL")]
        return "\n".join(lines) + "\n"

    def close(self) -> None:
        """Closes; others may write then."""
        self._connection.close()

    def _stream(self, relation: str) -> StreamTable:
        table = catalog.stream_table(self._connection, relation)
        if table is None:
            raise PermanentFailure(f"{relation} is not there yet")
        return table


def open_engine(
    folder: Path | None, *, read_only: bool = False, command: str = "", wait: float = WAIT_SECONDS
) -> Embedded:
    """The engine whose file is in `folder`, made where it is missing; in memory without a folder.

    EngineBusy where another process writes for longer than `wait` seconds; `command` is what others are told then.
    To read where nothing was ever applied is to read an empty engine.
    """
    if folder is None or (read_only and not (folder / FILE).exists()):
        return Embedded(in_memory())
    if not read_only:
        folder.mkdir(parents=True, exist_ok=True)
    return Embedded(to_file(folder / FILE, read_only=read_only, command=command, wait=wait))
