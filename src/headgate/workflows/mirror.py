"""What live streams hold, in an engine in memory: assertions and counts are made of it there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from headgate.addresses import Address
from headgate.compile.discovery import target
from headgate.compile.embedded_queries import computed_query, stream_table
from headgate.compile.target import World
from headgate.compile.wire import wire
from headgate.observe.reading import read_records
from headgate.observe.values import shown
from headgate.ports import Action, Change, Connections, Feed, SampleText, StreamEngine, StreamRecord
from headgate.project.declarations import Materialization, Stream
from headgate.resources import ResourceKind
from headgate.resources.embedded import TABLE, VIEW, EngineQuery
from headgate.schema.types import parse_type
from headgate.workflows.engines import EMBEDDED
from headgate.workflows.request import Progress

MOST_ROWS = 100_000
"""So many of the newest records of a stream are taken; of more, the rest is not looked at."""


@dataclass(slots=True)
class Mirror:
    """An engine that holds what was read of live streams: of each the newest records, `most` at most.

    `counts` are their rows; `cut` are streams that had more; `read` is the first and the last offset looked at in each
    partition, by the topic.
    """

    world: World
    connections: Connections
    engine: StreamEngine
    most: int = MOST_ROWS
    counts: dict[Address, int] = field(default_factory=dict)
    cut: set[Address] = field(default_factory=set)
    read: dict[str, Mapping[int, tuple[int, int]]] = field(default_factory=dict)

    def take(self, streams: Sequence[Stream], progress: Progress) -> None:
        """Reads each stream that is stored. A Failure is raised where one cannot be read."""
        self._make(TABLE)
        feeds = []
        for number, stream in enumerate(streams):
            progress.step("looking", number, len(streams))
            feed = self._feed(stream)
            if feed is not None:
                feeds.append((stream, feed))
        self.engine.feed([feed for _, feed in feeds])
        for stream, feed in feeds:
            self.counts[stream.address] = self.engine.count(feed.table.relation) or 0

    def cut_short(self, streams: Iterable[Address]) -> str:
        """What to say of an answer that is made of these streams, where not all of their records were taken."""
        cut = sorted(self.world.graph.stream(one).name for one in self.cut.intersection(streams))
        return f"of {', '.join(cut)} the newest {self.most:,} records were looked at" if cut else ""

    def serve(self) -> None:
        """The virtual topics over what was read are there too."""
        self._make(VIEW)

    def _make(self, kind: ResourceKind) -> None:
        made = [r for r in target(EMBEDDED).compile(self.world).resources if r.id.kind == kind.name]
        for failure in self.engine.carry_out([Change(Action.CREATE, r.id, r) for r in made]):
            if failure is not None:
                raise failure

    def _feed(self, stream: Stream) -> Feed | None:
        """What is read of a stream, as rows to feed; None of one that is no topic of its own."""
        if stream.materialized in (Materialization.EPHEMERAL, Materialization.SINK):
            return None
        if self.world.served_by_proxy(stream) or stream.cluster not in self.connections.clusters:
            return None
        facts = self.world.graph.facts[stream.address]
        said = wire(self.world, stream, facts)
        read = read_records(self.connections.clusters[stream.cluster], said, latest=self.most)
        self.read[said.topic] = read.read
        if read.more:
            self.cut.add(stream.address)
        table, computed = stream_table(stream, facts), computed_query(stream)
        return Feed(
            table=table,
            name=stream.name,
            rows=SampleText(said.topic, "".join(_line(record, table.columns) for record in read.records)),
            metadata=said.metadata,
            computed=computed if isinstance(computed, EngineQuery) else None,
            on_malformed="skip",
        )


def _line(record: StreamRecord, columns: Sequence[tuple[str, str]]) -> str:
    held = record.values
    row = {name: shown(held[name], parse_type(text)) for name, text in columns if name in held}
    row["_op"] = record.op
    if record.timestamp is not None:
        row["_timestamp"] = record.timestamp.isoformat(sep=" ")
    return json.dumps(row) + "\n"
