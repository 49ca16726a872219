"""Queries for the embedded engine: a stream's own, with what a job would inline, and any other over a project's streams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from headgate.addresses import Address
from headgate.compile.reading import Reads, reads
from headgate.compile.target import World
from headgate.graph.declared import computed_relation, relation
from headgate.graph.model import StreamFacts
from headgate.ports import EngineQuery, StreamTable
from headgate.project.declarations import Sql, Stream
from headgate.sql import duckdb
from headgate.sql.analysis import relations_of
from headgate.sql.duckdb import DuckDbQuery, Refused
from headgate.sql.facts import Mode, Relation

Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a query reads: tables that the engine holds, and views over them that are inlined, in the order of their use."""

    tables: tuple[Address, ...]
    views: tuple[tuple[str, str], ...]
    relations: Mapping[str, Relation]


def engine_query(query: DuckDbQuery, columns: Columns) -> EngineQuery:
    """A rewritten query as the engine takes it. `columns` are names and Flink types, in the order to answer them."""
    return EngineQuery(
        sql=query.sql,
        columns=columns,
        probes=tuple((probe.operator, probe.sql) for probe in query.late),
        approximate_when_late=query.approximate_when_late,
        open_windows=query.open_windows,
    )


def stream_query(world: World, stream: Stream, *, flush: bool = True) -> EngineQuery | Refused:
    """The query that makes a stream's rows, over the tables of what it reads."""
    facts = world.graph.facts[stream.address]
    assert stream.sql is not None
    given = _inputs(world, reads(world, stream, facts))
    query = duckdb.rewrite(stream.sql.rendered.text, given.relations, views=given.views, flush=flush)
    return query if isinstance(query, Refused) else engine_query(query, columns_of(facts))


def text_query(
    world: World, sql: Sql | str, *, extra: Mapping[str, Relation] | None = None, flush: bool = True
) -> EngineQuery | Refused:
    """A query of its own over the project's streams, which it names by their relations, and over `extra` tables."""
    text = sql if isinstance(sql, str) else sql.rendered.text
    streams = _relations(world)
    named = [streams[name] for name in relations_of(text) if name in streams and name not in (extra or {})]
    given = _inputs(world, _reads_of(world, named))
    relations = {**given.relations, **(extra or {})}
    query = duckdb.rewrite(text, relations, views=given.views, flush=flush)
    if isinstance(query, Refused):
        return query
    return engine_query(query, tuple((name, "") for name in query.columns))


def stream_table(stream: Stream, facts: StreamFacts) -> StreamTable:
    """How the engine holds a stream."""
    return StreamTable(
        relation=stream.relation,
        columns=columns_of(facts),
        mode="upsert" if facts.mode is Mode.UPSERT and facts.key else "append",
        key=facts.key,
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


def _relations(world: World) -> dict[str, Address]:
    names = dict(world.project.relations)
    for package in world.project.packages.values():
        names.update((s.relation, address) for address, s in package.streams.items())
    return names


def _reads_of(world: World, addresses: Iterable[Address]) -> Reads:
    """What a query over these streams reads, as a job of its own would."""
    found = [reads(world, world.graph.stream(a), world.graph.facts[a]) for a in addresses]
    raise NotImplementedError(found)


def _inputs(world: World, found: Reads) -> Inputs:
    views = []
    for address in found.views:
        stream = world.graph.stream(address)
        assert stream.sql is not None
        views.append((stream.relation, stream.sql.rendered.text))
    relations = {}
    for address in found.tables:
        stream = world.graph.stream(address)
        known = relation(stream, world.graph.facts[address])
        if known is not None:
            relations[stream.relation] = known
    return Inputs(found.tables, tuple(views), relations)
