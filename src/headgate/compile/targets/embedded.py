"""The embedded engine: tables for topics, views for virtual topics, queries for jobs, and what connectors would write to.

Its artifacts are for reading: each query as DuckDB runs it, the tables, and the form in which every role sees what it
does not see in clear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from headgate.addresses import Address
from headgate.compile.embedded_policies import seen
from headgate.compile.embedded_queries import columns_of, stream_query, stream_table, view_query
from headgate.compile.reading import reads
from headgate.compile.target import Compiled, World
from headgate.compile.texts import as_yaml, file_name
from headgate.diagnostics import Diagnostic, Severity
from headgate.graph.model import Mode, StreamFacts
from headgate.project.codes import NOT_ANSWERED_HERE
from headgate.project.declarations import Materialization, Stream
from headgate.resources import Artifact, Capabilities, Resource, ResourceId, ResourceKind
from headgate.resources.embedded import KINDS as EMBEDDED_KINDS
from headgate.resources.embedded import QUERY, SINK, TABLE, VIEW, EngineQuery, StreamTable, sink_of
from headgate.sql.duckdb import Refused

NAME = "embedded"
CAPABILITIES = Capabilities(
    name=NAME,
    methods=frozenset({"redact", "nullify", "hash", "tokenization", "partial"}),
    encrypts=True,
    roles=True,
    dead_letters=True,
    purposes=True,
)
KINDS = EMBEDDED_KINDS


@dataclass(slots=True)
class _Made:
    """What has been made so far. `refused` are the streams whose queries are not answered here."""

    resources: list[Resource] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    refused: set[Address] = field(default_factory=set)

    def add(self, stream: Stream, table: StreamTable, kind: ResourceKind, reason: str, **more: Any) -> None:
        """A stream that the engine holds, and its line among the tables."""
        fields = {
            "columns": [list(column) for column in table.columns],
            "mode": table.mode,
            "key": list(table.key),
            "event_time": table.event_time,
            "delay_ms": table.delay_ms,
            **more,
        }
        after = tuple(ResourceId(k, more["input"]) for k in (TABLE.name, VIEW.name) if "input" in more)
        self.hold(stream, ResourceId(kind.name, table.relation), fields, reason, after)

    def hold(
        self,
        stream: Stream,
        id_: ResourceId,
        fields: dict[str, Any],
        reason: str,
        after: tuple[ResourceId, ...],
    ) -> None:
        """A thing that the engine holds for a stream."""
        self.resources.append(
            Resource(id=id_, fields=fields, address=str(stream.address), after=after, reason=reason)
        )
        shown = {k: v for k, v in fields.items() if k not in ("columns", "sql", "history_sql") and v}
        columns = dict(fields["columns"])
        self.tables.append(
            {"name": id_.name, "stream": str(stream.address), "is": reason, **shown, "columns": columns}
        )


def compile(world: World) -> Compiled:  # noqa: A001 - the name of the verb
    """What the engine holds and runs. A query that it cannot answer as Flink would is not among it."""
    made = _Made()
    for stream, facts in (*_foreign(world), *world.streams()):
        _stream(world, stream, facts, made)
    made.artifacts.append(Artifact(path="embedded/tables.yml", text=as_yaml([{"tables": made.tables}])))
    policies = list(_policies(world))
    made.artifacts.append(Artifact(path="embedded/policies.yml", text=as_yaml([{"policies": policies}])))
    return Compiled(
        resources=tuple(made.resources),
        artifacts=tuple(sorted(made.artifacts, key=lambda a: a.path)),
        diagnostics=tuple(made.diagnostics),
    )


def _foreign(world: World) -> Iterator[tuple[Stream, StreamFacts]]:
    """The streams of other projects that this one reads: tables that nothing fills but a sample."""
    read = {i for _, facts in world.streams() for i in facts.inputs if i.project}
    for address in sorted(read):
        facts = world.graph.facts[address]
        if facts.known:
            yield replace(world.graph.stream(address), materialized=Materialization.SOURCE), facts


def _stream(world: World, stream: Stream, facts: StreamFacts, made: _Made) -> None:
    match stream.materialized:
        case Materialization.EPHEMERAL:
            _query(world, stream, facts, made)
        case Materialization.SOURCE | Materialization.TOPIC:
            made.add(
                stream,
                stream_table(stream, facts),
                TABLE,
                "another's topic" if stream.address.project else "topic",
            )
        case Materialization.VIRTUAL_TOPIC if world.served_by_proxy(stream):
            _view(world, stream, facts, made)
        case Materialization.SINK:
            if stream.sql is not None:
                _job(world, stream, facts, made)
            _sink(world, stream, facts, made)
        case _:
            _job(world, stream, facts, made)


def _job(world: World, stream: Stream, facts: StreamFacts, made: _Made) -> None:
    """The topic of a job, which is there whether or not its query can be answered, and the query."""
    made.add(stream, stream_table(stream, facts), TABLE, "topic of a job")
    query = _query(world, stream, facts, made)
    if query is None:
        return
    inputs = [world.graph.stream(a).relation for a in reads(world, stream, facts).tables]
    made.resources.append(
        Resource(
            id=ResourceId(QUERY.name, stream.relation),
            fields={"sql": query.sql, "inputs": inputs, "output": stream.relation},
            address=str(stream.address),
            after=tuple(ResourceId(TABLE.name, name) for name in (*inputs, stream.relation)),
            reason="job",
        )
    )
    made.artifacts.append(_artifact(stream, query.sql, query.approximate_when_late))


def _query(world: World, stream: Stream, facts: StreamFacts, made: _Made) -> EngineQuery | None:
    """The stream's query; None, and a finding where it is the stream's own fault, where there is none."""
    if made.refused & set(reads(world, stream, facts).views):
        made.refused.add(stream.address)
        return None
    query = stream_query(world, stream)
    if isinstance(query, Refused):
        _refuse(stream, facts, query, made)
        return None
    return query


def _view(world: World, stream: Stream, facts: StreamFacts, made: _Made) -> None:
    if made.refused & set(facts.inputs):
        made.refused.add(stream.address)
        return
    view = view_query(world, stream)
    if isinstance(view, Refused):
        _refuse(stream, facts, view, made)
        return
    more = {"history_sql": view.history} if view.history else {}
    made.add(
        stream, stream_table(stream, facts), VIEW, "virtual topic", input=view.input, sql=view.sql, **more
    )
    made.artifacts.append(_artifact(stream, view.sql, ()))


def _sink(world: World, stream: Stream, facts: StreamFacts, made: _Made) -> None:
    """What a connector leaves where it writes: a row a key, where it is told to or the stream is one of rows."""
    fed = stream.relation if stream.sql is not None else world.graph.stream(facts.inputs[0]).relation
    config = stream.sink.config if stream.sink is not None else {}
    told = str(config.get("insert_mode", "UPSERT" if facts.mode is Mode.UPSERT else "")).upper()
    named = config.get("key_columns") or facts.key
    key = [named] if isinstance(named, str) else [str(name) for name in named]
    fields = {
        "input": fed,
        "columns": [list(column) for column in columns_of(facts)],
        "key": key if told == "UPSERT" else [],
    }
    after = tuple(ResourceId(kind.name, fed) for kind in (TABLE, VIEW))
    made.hold(stream, ResourceId(SINK.name, sink_of(stream.relation)), fields, "sink", after)


def _refuse(stream: Stream, facts: StreamFacts, refused: Refused, made: _Made) -> None:
    """What checking said of the query, at the same place, or what only showed when it was put into the engine's words."""
    made.refused.add(stream.address)
    assert stream.sql is not None
    known = facts.query.unsupported if facts.query is not None else ()
    for what, start, end in known or ((refused.what, refused.start, refused.end),):
        made.diagnostics.append(
            NOT_ANSWERED_HERE.at(
                stream.sql.rendered.span(start, end),
                f"the embedded engine cannot answer {what} as Flink would",
                node=str(stream.address),
                severity=Severity.WARNING,
            ).with_help(
                f"`{stream.name}` and what reads it have no rows here; building them needs a real Flink"
            )
        )


def _artifact(stream: Stream, sql: str, approximate: tuple[str, ...]) -> Artifact:
    notes = "".join(f"-- Exact unless late rows reach {operator}.\n" for operator in approximate)
    text = f"-- {stream.address}: what the embedded engine runs for it (DuckDB).\n{notes}{sql};\n"
    return Artifact(path=f"embedded/{file_name(stream.relation)}.sql", text=text, address=str(stream.address))


def _policies(world: World) -> Iterator[dict[str, Any]]:
    """In which form each reader sees what it does not see in clear, stream by stream."""
    for stream, _ in world.streams():
        readers = {
            one.who: "denied" if one.forms is None else dict(one.forms) or "clear"
            for one in seen(world.permissions, stream.address)
            if one.purpose or one.forms is None or one.forms
        }
        if readers:
            yield {"stream": str(stream.address), "readers": readers}
