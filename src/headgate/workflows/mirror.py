"""What live streams hold, in an engine in memory: assertions and counts are made of it there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from headgate.addresses import Address
from headgate.compile.discovery import target
from headgate.compile.embedded_queries import stream_table
from headgate.compile.target import World
from headgate.compile.wire import wire
from headgate.observe.reading import read_records
from headgate.observe.values import shown
from headgate.ports import Action, Change, Connections, Feed, SampleText, StreamEngine, StreamRecord
from headgate.project.declarations import Materialization, Stream
from headgate.resources.embedded import TABLE
from headgate.schema.types import parse_type
from headgate.workflows.engines import EMBEDDED
from headgate.workflows.request import Progress

MOST_ROWS = 100_000
"""So many of the newest records of a stream are taken; of more, the rest is not looked at."""


@dataclass(slots=True)
class Mirror:
    """An engine that holds what was read of live streams. `counts` are their rows; `cut` are streams that had more."""

    world: World
    connections: Connections
    engine: StreamEngine
    counts: dict[Address, int] = field(default_factory=dict)
    cut: set[Address] = field(default_factory=set)

    def take(self, streams: Sequence[Stream], progress: Progress) -> None:
        """Reads each stream that is stored. A Failure is raised where one cannot be read."""
        tables = [r for r in target(EMBEDDED).compile(self.world).resources if r.id.kind == TABLE.name]
        for failure in self.engine.carry_out([Change(Action.CREATE, r.id, r) for r in tables]):
            if failure is not None:
                raise failure
        feeds = []
        for number, stream in enumerate(streams):
            progress.step("looking", number, len(streams))
            feed = self._feed(stream)
            if feed is not None:
                feeds.append((stream, feed))
        self.engine.feed([feed for _, feed in feeds])
        for stream, feed in feeds:
            self.counts[stream.address] = self.engine.count(feed.table.relation) or 0

    def _feed(self, stream: Stream) -> Feed | None:
        """What is read of a stream, as rows to feed; None of one that is no topic of its own."""
        if stream.materialized in (Materialization.EPHEMERAL, Materialization.SINK):
            return None
        if self.world.served_by_proxy(stream) or stream.cluster not in self.connections.clusters:
            return None
        facts = self.world.graph.facts[stream.address]
        said = wire(self.world, stream, facts)
        read = read_records(self.connections.clusters[stream.cluster], said, latest=MOST_ROWS)
        if read.more:
            self.cut.add(stream.address)
        return Feed(
            table=stream_table(stream, facts),
            name=stream.name,
            rows=SampleText(said.topic, "".join(_line(record, said.columns) for record in read.records)),
            metadata=said.metadata,
            on_malformed="skip",
        )


def _line(record: StreamRecord, columns: Sequence[tuple[str, str]]) -> str:
    row = {name: shown(record.values.get(name), parse_type(text)) for name, text in columns}
    row["_op"] = record.op
    if record.timestamp is not None:
        row["_timestamp"] = record.timestamp.isoformat(sep=" ")
    return json.dumps(row) + "\n"
