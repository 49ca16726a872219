"""Records of streams on live systems: read of their topics, or of the topics below them where they are stored nowhere."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from headgate.addresses import Address
from headgate.compile.embedded_queries import computed_query, stream_query, stream_table
from headgate.compile.reading import reads
from headgate.compile.target import World
from headgate.compile.wire import wire
from headgate.observe.parts import MOST, LookedAt, Part, look_at
from headgate.observe.reading import ReadRecords, follow_records, read_records
from headgate.ports import (
    ClusterConnection,
    Connections,
    EngineInput,
    EngineQuery,
    EngineResult,
    PermanentFailure,
    StreamEngine,
    StreamRecord,
)
from headgate.project.declarations import Materialization, Stream
from headgate.resources.wire import Wire
from headgate.schema.avro import Unsupported
from headgate.workflows.engines import scratch_engine
from headgate.workflows.mirror import Mirror
from headgate.workflows.request import Progress

REJECTED = (("partition", "INT"), ("offset", "BIGINT"), ("raw", "STRING"), ("reason", "STRING"))
_FILTERED = 10
"""Of so many records of a topic, one is thought to be left in a view of it."""
MOST_BELOW = 10_000
"""So many of the newest records of each topic below a stream that is stored nowhere are read to answer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRows:
    """Rows of a live stream. `malformed` say of records that do not fit where they stand and why, and show no value.

    `read` is the first and the last offset looked at in each partition of the topic.
    """

    result: EngineResult
    malformed: tuple[str, ...] = ()
    whole: bool = True
    read: Mapping[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiveStreams:
    """The streams of a project on the clusters of an environment."""

    world: World
    connections: Connections

    def stored(self, address: Address) -> bool:
        """Whether the stream has a topic of its own, where its records can be read."""
        stream = self.world.graph.stream(address)
        elsewhere = stream.materialized in (Materialization.EPHEMERAL, Materialization.SINK)
        return not elsewhere and not self.world.served_by_proxy(stream)

    def cluster(self, address: Address) -> ClusterConnection:
        """The cluster of a stream; PermanentFailure where the environment does not describe it."""
        name = self.world.graph.stream(address).cluster
        found = self.connections.clusters.get(name)
        if found is None or found.kafka is None:
            raise PermanentFailure(f"the environment does not say how the cluster `{name}` is reached")
        return found

    def wire(self, address: Address) -> Wire:
        """How the stream's records stand in its topic; PermanentFailure where their format cannot carry them."""
        try:
            return wire(self.world, self.world.graph.stream(address), self.world.graph.facts[address])
        except Unsupported as error:
            raise PermanentFailure(str(error)) from None

    def rows(self, address: Address, part: Part) -> LiveRows:
        """A part of a stored stream."""
        found = look_at(self.cluster(address), self.wire(address), part)
        return LiveRows(
            result=self.result(address, found, changelog=part.changelog),
            malformed=tuple(map(str, found.malformed)),
            whole=found.whole,
            read=found.read,
        )

    def follow(self, address: Address, last: int) -> Generator[LiveRows, None, None]:
        """The last records of a stream, then those that come: of a stream of changes each with its kind. It does not end.

        A virtual topic that the proxy serves is made of what comes to the topic below it.
        """
        if self.stored(address):
            for found in follow_records(self.cluster(address), self.wire(address), last=last):
                yield self._come(address, found)
            return
        base, query = self._served(address)
        first = True
        for found in follow_records(self.cluster(base), self.wire(base), last=last * _FILTERED):
            result = self._viewed(base, query, found.records)
            # Nobody knows how many records of the topic below make the last of the view.
            yield LiveRows(
                result=replace(result, rows=result.rows[-last:] if first and last else result.rows),
                read=found.read,
            )
            first = False

    def _come(self, address: Address, found: ReadRecords) -> LiveRows:
        """Records that came, of a stream of changes as what they do to the row of their key."""
        upserts = self.wire(address).upserts
        # Whether there was a row already, the log does not say.
        rows = tuple(replace(one, op="+U") if one.op == "+I" else one for one in found.records)
        looked = LookedAt(rows=rows if upserts else found.records)
        return LiveRows(
            result=self.result(address, looked, changelog=upserts),
            malformed=tuple(map(str, found.malformed)),
            read=found.read,
        )

    def _served(self, address: Address) -> tuple[Address, EngineQuery]:
        """The topic below a virtual topic, and what makes the one of the other; PermanentFailure where that is not so simple."""
        stream, facts = self.world.graph.stream(address), self.world.graph.facts[address]
        if not self.world.served_by_proxy(stream):
            raise PermanentFailure("it is stored nowhere, and made by whoever reads it")
        tables = reads(self.world, stream, facts).tables
        query = stream_query(self.world, stream)
        if len(tables) != 1 or not isinstance(query, EngineQuery) or self.wire(tables[0]).upserts:
            raise PermanentFailure(
                "the records of the topic below it are changes, which alone make no rows of it"
            )
        return tables[0], query

    def _viewed(self, base: Address, query: EngineQuery, records: Sequence[StreamRecord]) -> EngineResult:
        if not records:
            return EngineResult(query.columns, ())
        stream = self.world.graph.stream(base)
        columns = stream_table(stream, self.world.graph.facts[base]).columns
        values = self._computed(stream, columns, records)
        with closing(scratch_engine()) as engine:
            return engine.run(query, [EngineInput(stream.relation, columns, tuple(values))])

    def rejected(self, address: Address, limit: int | None) -> LiveRows:
        """The records of a stored stream that do not fit it."""
        found = read_records(self.cluster(address), self.wire(address), latest=MOST)
        rows = [(one.partition, one.offset, one.raw, one.why) for one in found.malformed]
        shown = rows if limit is None else rows[:limit]
        result = EngineResult(REJECTED, tuple(shown), truncated=len(shown) < len(rows), count=len(rows))
        return LiveRows(result=result, whole=not found.more, read=found.read)

    def result(self, address: Address, found: LookedAt, *, changelog: bool) -> EngineResult:
        """Records as the embedded engine answers rows: the stream's columns, those that are computed among them."""
        stream = self.world.graph.stream(address)
        columns = stream_table(stream, self.world.graph.facts[address]).columns
        values = self._computed(stream, columns, found.rows)
        rows = [tuple(one.get(name) for name, _ in columns) for one in values]
        if changelog:
            columns = (("_op", "STRING"), *columns)
            rows = [(record.op, *row) for record, row in zip(found.rows, rows, strict=True)]
        return EngineResult(columns, tuple(rows), truncated=found.more, count=len(rows))

    def _computed(
        self, stream: Stream, columns: Sequence[tuple[str, str]], records: Sequence[StreamRecord]
    ) -> list[dict[str, Any]]:
        """The values of records, with what the stream computes of them."""
        values = [dict(record.values) for record in records]
        query = computed_query(stream)
        if not isinstance(query, EngineQuery) or not values:
            return values
        made = [name for name, _ in query.columns]
        given = EngineInput(
            stream.relation, tuple(column for column in columns if column[0] not in made), tuple(values)
        )
        with closing(scratch_engine()) as engine:
            answer = engine.run(query, [given])
        return [
            {**row, **dict(zip(made, more, strict=True))}
            for row, more in zip(values, answer.rows, strict=True)
        ]

    def below(self, address: Address, engine: StreamEngine, progress: Progress) -> Mirror:
        """Puts what a stream that is stored nowhere is made of into an engine."""
        stream, facts = self.world.graph.stream(address), self.world.graph.facts[address]
        tables = [self.world.graph.stream(one) for one in reads(self.world, stream, facts).tables]
        mirror = Mirror(replace(self.world, selected=None), self.connections, engine, most=MOST_BELOW)
        mirror.take(tables, progress)
        mirror.serve()
        return mirror
