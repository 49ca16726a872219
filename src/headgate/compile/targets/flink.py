"""Flink SQL: a script for each job, with the tables it reads and writes, and an INSERT around the user's own query.

The settings make one script mean the same on Flink 1.20 to 2.3 (Flink 2.3 docs, "Configuration"; FLIP-558): a sink with a
primary key needs no ON CONFLICT clause, and no state is kept to resolve one.
"""

from __future__ import annotations

from collections.abc import Iterator

from headgate.addresses import Address
from headgate.compile import ddl
from headgate.compile.target import Compiled, World, value_columns
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.model import StreamFacts
from headgate.project.codes import NOT_BUILT_YET
from headgate.project.declarations import Materialization, Stream
from headgate.resources import Artifact, Capabilities, Resource, ResourceId
from headgate.resources.live import JOB
from headgate.schema.avro import Unsupported

NAME = "flink"
CAPABILITIES = Capabilities(name=NAME)
KINDS = (JOB,)

CANNOT_CARRY = Code("HGC110", "format-cannot-carry", Severity.ERROR)

_SETTINGS = {
    "execution.runtime-mode": "streaming",
    "table.local-time-zone": "UTC",
    "table.exec.source.idle-timeout": "30 s",
    "table.exec.sink.require-on-conflict": "false",
    "table.exec.sink.upsert-materialize": "NONE",
}


def compile(world: World) -> Compiled:  # noqa: A001 - the name of the verb
    """A script and a resource for every Flink model."""
    artifacts: list[Artifact] = []
    resources: list[Resource] = []
    diagnostics: list[Diagnostic] = []
    for stream, facts in world.streams(*_materializations(world)):
        found = list(_faults(world, stream, facts))
        diagnostics += found
        if found or stream.sql is None:
            continue
        script = _script(world, stream, facts)
        settings = _settings(world, stream)
        name = world.job(stream)
        artifacts.append(Artifact(path=f"flink/{name}.sql", text=ddl.settings(settings) + "\n" + script))
        resources.append(
            Resource(
                id=ResourceId(JOB.name, f"{stream.cluster}/{name}"),
                fields={
                    "cluster": stream.cluster,
                    "sql": script,
                    "settings": settings,
                    "output": world.topic(stream),
                },
                address=str(stream.address),
                reason=stream.description,
            )
        )
    return Compiled(resources=tuple(resources), artifacts=tuple(artifacts), diagnostics=tuple(diagnostics))


def _materializations(world: World) -> tuple[Materialization, ...]:
    if world.environment.virtual_topics == "flink":
        return (Materialization.FLINK_STREAM, Materialization.VIRTUAL_TOPIC)
    return (Materialization.FLINK_STREAM,)


def _faults(world: World, stream: Stream, facts: StreamFacts) -> Iterator[Diagnostic]:
    for address in (stream.address, *_tables(world, facts)):
        other = world.graph.stream(address)
        if other.timestamps == "epoch_millis":
            yield NOT_BUILT_YET.at(
                other.place.at("timestamps").span(),
                f"times in epoch milliseconds cannot be compiled for Flink yet (`{other.name}`)",
                node=str(other.address),
            ).with_help("declare the column as bigint, and convert it with TO_TIMESTAMP_LTZ in a model")
        if other.format == "avro":
            try:
                ddl.record(world, other, world.graph.facts[address])
            except Unsupported as error:
                yield CANNOT_CARRY.at(
                    other.place.span(), f"`{other.name}`: {error}", node=str(other.address)
                ).with_help("cast the column, or choose another `format`")


def _settings(world: World, stream: Stream) -> dict[str, str]:
    settings = {"pipeline.name": world.job(stream), **_SETTINGS}
    flink = stream.flink
    if flink.parallelism:
        settings["parallelism.default"] = str(flink.parallelism)
    settings["execution.checkpointing.interval"] = ddl.duration(flink.checkpoint_interval_ms or 30_000)
    if flink.state_ttl_ms:
        settings["table.exec.state.ttl"] = ddl.duration(flink.state_ttl_ms)
    return settings


def _script(world: World, stream: Stream, facts: StreamFacts) -> str:
    parts = [f"-- {stream.address}: {ddl.one_line(stream.description) or 'a stream'}\n"]
    group = world.job(stream)
    parts += [
        ddl.table(world, world.graph.stream(a), world.graph.facts[a], group=group, writes=False)
        for a in _tables(world, facts)
    ]
    for address in _views(world, facts):
        view = world.graph.stream(address)
        assert view.sql is not None
        text = view.sql.rendered.text.strip().rstrip(";")
        parts.append(f"CREATE TEMPORARY VIEW {ddl.quoted(view.relation)} AS\n{text}\n;\n")
    parts.append(ddl.table(world, stream, facts, group=group, writes=True))
    parts.append(_insert(world, stream, facts))
    return "\n".join(parts)


def _inlined(world: World, address: Address) -> bool:
    """Whether a stream is a view for those that read it: it is stored nowhere, or served by a proxy from its input."""
    stream = world.graph.stream(address)
    virtual = (
        stream.materialized is Materialization.VIRTUAL_TOPIC and world.environment.virtual_topics != "flink"
    )
    return (virtual or stream.materialized is Materialization.EPHEMERAL) and stream.sql is not None


def _reached(world: World, facts: StreamFacts) -> tuple[Address, ...]:
    """What a query reads, with what the views among it read, inputs before what reads them."""
    found: dict[Address, None] = {}
    waiting = list(facts.inputs)
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        found[address] = None
        if _inlined(world, address):
            waiting += world.graph.facts[address].inputs
    places = {address: i for i, address in enumerate(world.graph.order)}
    return tuple(sorted(found, key=lambda a: (places.get(a, -1), a)))


def _tables(world: World, facts: StreamFacts) -> tuple[Address, ...]:
    return tuple(a for a in _reached(world, facts) if not _inlined(world, a))


def _views(world: World, facts: StreamFacts) -> tuple[Address, ...]:
    return tuple(a for a in _reached(world, facts) if _inlined(world, a))


def _insert(world: World, stream: Stream, facts: StreamFacts) -> str:
    assert stream.sql is not None
    times = {c.name for c in facts.columns if c.time}
    columns = []
    for name, type_ in value_columns(world, stream, facts):
        column = ddl.quoted(name)
        if name in times and name != facts.event_time:
            # A sink takes one time attribute; the others go on as plain times.
            columns.append(f"  CAST({column} AS {type_.text}) AS {column}")
        else:
            columns.append(f"  {column}")
    # The user's own text, to the letter: indenting it would change what its string literals say.
    inner = stream.sql.rendered.text.strip().rstrip(";")
    return (
        f"INSERT INTO {ddl.quoted(stream.relation)}\nSELECT\n"
        + ",\n".join(columns)
        + f"\nFROM (\n{inner}\n);\n"
    )
