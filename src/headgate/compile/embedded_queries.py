"""Queries for the embedded engine: a stream's own, with what a job would inline, and any other over a project's streams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from headgate.addresses import Address
from headgate.compile.reading import Reads, reads, reads_of
from headgate.compile.target import World
from headgate.graph.declared import computed_relation, relation
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Materialization, Sql, Stream
from headgate.resources.embedded import EngineQuery, Probe, StreamTable, history_of
from headgate.sql import duckdb
from headgate.sql.analysis import analyse, relations_of
from headgate.sql.duckdb import DuckDbQuery, Refused
from headgate.sql.duckdb.types import quoted
from headgate.sql.facts import Mode, QueryFacts, Relation

Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a query reads: views that are inlined, in the order of their use, and what is known of them and of tables."""

    views: tuple[tuple[str, str], ...]
    relations: Mapping[str, Relation]


@dataclass(frozen=True, slots=True)
class View:
    """A virtual topic over the table of its input; `history` is over that table's every record, "" where it has none."""

    input: str
    sql: str
    history: str = ""


def engine_query(query: DuckDbQuery, columns: Columns) -> EngineQuery:
    """A rewritten query as the engine takes it. `columns` are names and Flink types, in the order to answer them."""
    return EngineQuery(
        sql=query.sql,
        columns=columns,
        probes=tuple(Probe(probe.operator, probe.sql, probe.drops) for probe in query.late),
        open_windows=query.open_windows,
    )


def stream_query(world: World, stream: Stream, *, flush: bool = True) -> EngineQuery | Refused:
    """The query that makes a stream's rows, over the tables of what it reads."""
    facts = world.graph.facts[stream.address]
    assert stream.sql is not None
    found = reads(world, stream, facts)
    given = _inputs(world, found)
    text = stream.sql.rendered.text
    missing = _without_versions(world, text, facts.query, found.tables)
    if missing is not None:
        return missing
    query = duckdb.rewrite(text, given.relations, views=given.views, flush=flush)
    return query if isinstance(query, Refused) else engine_query(query, columns_of(facts))


def view_query(world: World, stream: Stream) -> View | Refused:
    """The view that serves a virtual topic from its one input, and from that input's records where it is one of rows."""
    base = _stored_input(world, stream)
    rows = _view_sql(world, stream, history=False)
    if isinstance(rows, Refused):
        return rows
    updated = world.graph.facts[base].mode is Mode.UPSERT
    history = _view_sql(world, stream, history=True) if updated else ""
    return history if isinstance(history, Refused) else View(world.graph.stream(base).relation, rows, history)


def _stored_input(world: World, stream: Stream) -> Address:
    """The stream that is somewhere, below what a virtual topic inlines."""
    (source,) = world.graph.facts[stream.address].inputs
    read = world.graph.stream(source)
    return _stored_input(world, read) if read.materialized is Materialization.EPHEMERAL else source


def _view_sql(world: World, stream: Stream, *, history: bool) -> str | Refused:
    assert stream.sql is not None
    (source,) = world.graph.facts[stream.address].inputs
    query = duckdb.rewrite_view(stream.sql.rendered.text, known_relations(world, [source]), history=history)
    if isinstance(query, Refused):
        return query
    read = world.graph.stream(source)
    if read.materialized is not Materialization.EPHEMERAL:
        return query.sql
    inlined = _view_sql(world, read, history=history)
    if isinstance(inlined, Refused):
        return Refused(f"{inlined.what} in `{read.name}`", 0, len(stream.sql.rendered.text))
    name = quoted(history_of(read.relation) if history else read.relation)
    return f"WITH {name} AS ({inlined}) SELECT * FROM ({query.sql}) AS served"


def text_query(
    world: World, sql: Sql | str, *, extra: Mapping[str, Relation] | None = None, flush: bool = True
) -> EngineQuery | Refused:
    """A query of its own over the project's streams, which it names by their relations, and over `extra` tables."""
    text = sql if isinstance(sql, str) else sql.rendered.text
    streams = _relations(world)
    extra = extra or {}
    named = [streams[name] for name in relations_of(text) if name in streams and name not in extra]
    read, sinks = _as_streams(world, named)
    found = reads_of(world, read)
    given = _inputs(world, found)
    known = {**given.relations, **known_relations(world, named), **extra}
    query = duckdb.rewrite(text, known, views=(*given.views, *sinks), flush=flush)
    if isinstance(query, Refused):
        return query
    facts = analyse(text, known).facts
    missing = _without_versions(world, text, facts, found.tables)
    if missing is not None:
        return missing
    types = {c.name: str(c.type) for c in facts.columns} if facts is not None else {}
    return engine_query(query, tuple((name, types.get(name, "UNKNOWN")) for name in query.columns))


def stream_table(stream: Stream, facts: StreamFacts) -> StreamTable:
    """How the engine holds a stream."""
    updated = facts.mode is Mode.UPSERT
    key = facts.key or (facts.unique_key or () if updated else ())
    return StreamTable(
        relation=stream.relation,
        columns=columns_of(facts),
        mode="upsert" if updated and key else "append",
        key=key,
        event_time=facts.event_time,
        delay_ms=facts.delay_ms,
    )


def computed_query(stream: Stream) -> EngineQuery | Refused | None:
    """The query that makes a stream's computed columns from the others; None where there are none."""
    made = [c for c in stream.columns if c.expression]
    if not made:
        return None
    expressions = ", ".join(f"{c.expression} AS `{c.name}`" for c in made)
    given = computed_relation(stream)
    query = duckdb.rewrite(f"SELECT {expressions} FROM `{stream.relation}`", {given.name: given})
    columns = tuple((c.name, str(c.type)) for c in made)
    return query if isinstance(query, Refused) else engine_query(query, columns)


def columns_of(facts: StreamFacts) -> Columns:
    """A stream's columns, as names and Flink types."""
    return tuple((c.name, str(c.type)) for c in facts.columns)


def _without_versions(
    world: World, text: str, query: QueryFacts | None, tables: Iterable[Address]
) -> Refused | None:
    """A temporal join with rows that a job updates: the engine has the last of each key, and Flink every one before."""
    updated = [
        stream.relation
        for stream in map(world.graph.stream, tables)
        if world.filled_by_job(stream) and world.graph.facts[stream.address].mode is Mode.UPSERT
    ]
    for operator in query.operators if query is not None and updated else ():
        if operator.kind != "temporal_join":
            continue
        for relation_ in updated:
            if re.search(rf"\b{re.escape(relation_)}\b", text[operator.start : operator.end]):
                what = f"a temporal join with `{relation_}`, of which it knows the last rows alone,"
                return Refused(what, operator.start, operator.end)
    return None


def _relations(world: World) -> dict[str, Address]:
    """Every stream that a query may name, by its relation."""
    names = dict(world.project.relations)
    for package in world.project.packages.values():
        names.update((s.relation, address) for address, s in package.streams.items())
    return names


def _inputs(world: World, found: Reads) -> Inputs:
    views = []
    for address in found.views:
        stream = world.graph.stream(address)
        assert stream.sql is not None
        views.append((stream.relation, stream.sql.rendered.text))
    return Inputs(tuple(views), known_relations(world, (*found.tables, *found.views)))


def known_relations(world: World, addresses: Iterable[Address]) -> dict[str, Relation]:
    """The relations of streams whose columns are known."""
    found = (relation(world.graph.stream(a), world.graph.facts[a]) for a in addresses)
    return {one.name: one for one in found if one is not None}


def _as_streams(world: World, named: Iterable[Address]) -> tuple[list[Address], list[tuple[str, str]]]:
    """What to read for the streams that a query names: of a sink that only writes out, what it writes out."""
    read, views = [], []
    for address in named:
        stream = world.graph.stream(address)
        if stream.materialized is Materialization.SINK and stream.sql is None:
            (source,) = world.graph.facts[address].inputs
            views.append((stream.relation, f"SELECT * FROM `{world.graph.stream(source).relation}`"))
            address = source
        read.append(address)
    return read, views
