"""A project in memory whose streams an engine in memory holds, with rows as a test writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from checked import loaded
from headgate.addresses import Address, Kind
from headgate.analysis import Context
from headgate.compile.embedded_queries import stream_query, stream_table
from headgate.compile.target import World
from headgate.compile.targets import embedded
from headgate.ports import Action, Change, EngineQuery, Feed, SampleText
from headgate.project.declarations import Materialization
from headgate.providers.embedded import Embedded, open_engine

Rows = Sequence[Any]
"""Rows as maps, or lines as they stand in a file."""


@dataclass(frozen=True, slots=True)
class Streams:
    """A project and the engine that holds its streams."""

    world: World
    engine: Embedded


def world_of(text: str, **files: str) -> World:
    """The project of one file, in which nothing is wrong so far."""
    graph, found = loaded({"project.yml": text, **files})
    assert graph is not None and found == [], found
    return World(Context(graph))


@contextmanager
def streams(text: str, rows: Mapping[str, Rows]) -> Iterator[Streams]:
    """The streams of a project, those named fed with rows, the queries over them run."""
    world = world_of(text)
    with open_engine(None) as engine:
        resources = embedded.compile(world).resources
        made = engine.carry_out([Change(Action.CREATE, resource.id, resource) for resource in resources])
        assert not any(made), made
        engine.feed([_feed(world, name, some) for name, some in rows.items()])
        for stream, facts in world.streams(Materialization.FLINK_STREAM):
            query = stream_query(world, stream)
            assert isinstance(query, EngineQuery), query
            engine.fill(stream_table(stream, facts), query)
        yield Streams(world, engine)


def _feed(world: World, name: str, rows: Rows) -> Feed:
    addresses = (Address(Kind.SOURCE, name), Address(Kind.MODEL, name))
    address = next(a for a in addresses if a in world.graph.facts)
    table = stream_table(world.graph.stream(address), world.graph.facts[address])
    text = "".join(json.dumps(row) + "\n" if not isinstance(row, str) else row + "\n" for row in rows)
    return Feed(table=table, name=name, rows=SampleText(f"samples/{name}.jsonl", text))
