"""A job: what it reads, what it writes and how it is set up, whoever runs it."""

from __future__ import annotations

from dataclasses import dataclass

from headgate.compile import ddl
from headgate.compile.placeholders import connection
from headgate.compile.reading import reads
from headgate.compile.target import World, value_columns
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Cluster, Sql, Stream

KUBERNETES = "kubernetes"
CONFLUENT_CLOUD = "confluent_cloud"

IDLE_SECONDS = 30
"""After so long without a record the watermark waits for a partition no more."""
_SETTINGS = {
    "execution.runtime-mode": "streaming",
    "table.local-time-zone": "UTC",
    "table.exec.source.idle-timeout": f"{IDLE_SECONDS} s",
    "table.exec.sink.require-on-conflict": "false",
    "table.exec.sink.upsert-materialize": "NONE",
}
"""What makes one script mean the same on Flink 1.20 to 2.3 (Flink 2.3 docs, "Configuration"; FLIP-558): a sink with a primary
key needs no ON CONFLICT clause, and no state is kept to resolve one."""


@dataclass(frozen=True, slots=True)
class FlinkJob:
    """The job that makes a stream."""

    world: World
    stream: Stream
    facts: StreamFacts

    @property
    def name(self) -> str:
        return self.world.job(self.stream)

    @property
    def cluster(self) -> Cluster:
        return self.world.cluster(self.stream)

    def setting(self, key: str, default: str = "") -> str:
        """What the environment says of the Flink that runs it; a placeholder where only a verb that connects knows it."""
        return self._shown(key, (self.cluster.flink or {}).get(key, default))

    def settings_under(self, key: str) -> dict[str, str]:
        """What the environment says under one key, as texts."""
        said = (self.cluster.flink or {}).get(key) or {}
        return {str(name): self._shown(f"{key}.{name}", value) for name, value in said.items()}

    def _shown(self, key: str, value: object) -> str:
        return connection(self.cluster, "flink", key) if "{{" in str(value) else str(value)

    @property
    def upgrade(self) -> str:
        return self.stream.flink.upgrade or "savepoint"

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a session that runs it."""
        flink = self.stream.flink
        settings = {"pipeline.name": self.name, **_SETTINGS}
        if flink.parallelism:
            settings["parallelism.default"] = str(flink.parallelism)
        settings["execution.checkpointing.interval"] = ddl.duration(flink.checkpoint_interval_ms or 30_000)
        if flink.state_ttl_ms:
            settings["table.exec.state.ttl"] = ddl.duration(flink.state_ttl_ms)
        return settings

    @property
    def tables(self) -> list[tuple[Stream, StreamFacts]]:
        """The streams that it reads as topics."""
        graph = self.world.graph
        found = reads(self.world, self.stream, self.facts).tables
        return [(graph.stream(address), graph.facts[address]) for address in found]

    @property
    def views(self) -> list[Stream]:
        """The streams whose queries stand in it, inputs before what reads them."""
        return [self.world.graph.stream(a) for a in reads(self.world, self.stream, self.facts).views]

    @property
    def columns(self) -> list[str]:
        """What the INSERT selects of the query: time attributes but one as plain times."""
        plain = _times_but_one(self.facts)
        found = []
        for name, type_ in value_columns(self.world, self.stream, self.facts):
            column = ddl.quoted(name)
            found.append(f"CAST({column} AS {type_.text}) AS {column}" if name in plain else column)
        return found


def query(sql: Sql) -> str:
    """The user's own text, to the letter: indenting it would change what its string literals say."""
    return sql.rendered.text.strip().rstrip(";").rstrip()


def _times_but_one(facts: StreamFacts) -> frozenset[str]:
    """The time attributes of a query that go on as plain times: a sink takes one, and Flink refuses two."""
    times = [c.name for c in facts.query.columns if c.time] if facts.query is not None else []
    kept = facts.event_time if facts.event_time in times else next(iter(times), "")
    return frozenset(name for name in times if name != kept)
