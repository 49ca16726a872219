"""Small projects and graphs by hand, for what needs neither files nor queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from headgate.addresses import Address, ColumnAddress, Kind
from headgate.graph.model import Decider, Graph, How, Mode, Origin, StreamColumn, StreamFacts, Why
from headgate.project.declarations import (
    Environment,
    Exposure,
    Materialization,
    Project,
    Reference,
    Stream,
)
from headgate.schema.types import parse_type
from headgate.sql.facts import Operator, QueryFacts
from headgate.syntax.document import Document, Place


def place(text: str = "name: x\n", *path: str | int) -> Place:
    """A place in a file of its own."""
    return Document("models.yml", text, yaml.safe_load(text)).place(*path)


def model(name: str) -> Address:
    return Address(Kind.MODEL, name)


def ref(name: str) -> Reference:
    return Reference(Kind.MODEL, name, place())


def stream(
    name: str, reads: Sequence[str] = (), materialized: Materialization | None = None, **more: Any
) -> Stream:
    """A model that says in `from` what it reads; one that reads nothing is a topic."""
    default = Materialization.FLINK_STREAM if reads else Materialization.TOPIC
    return Stream(
        address=model(name),
        name=name,
        relation=name,
        topic=name,
        materialized=materialized or default,
        place=place(f"name: {name}\n"),
        inputs=tuple(ref(r) for r in reads),
        **more,
    )


def project(*streams: Stream, exposures: Sequence[Exposure] = (), **more: Any) -> Project:
    return Project(
        name="shop",
        version="1",
        place=place(),
        environment=Environment(),
        streams={s.address: s for s in streams},
        relations={s.relation: s.address for s in streams},
        exposures={e.address: e for e in exposures},
        **more,
    )


def facts(name: str, columns: Mapping[str, str], inputs: Sequence[str] = (), **more: Any) -> StreamFacts:
    """Facts with columns given as names and types."""
    return StreamFacts(
        address=model(name),
        columns=tuple(StreamColumn(c, parse_type(t)) for c, t in columns.items()),
        inputs=tuple(model(i) for i in inputs),
        **more,
    )


def origin(name: str, column: str, how: How = How.IDENTITY) -> Origin:
    """A direct link to a column of a model."""
    return Origin(ColumnAddress(model(name), column), how)


def decider(name: str, column: str, why: Why) -> Decider:
    """An indirect link to a column of a model."""
    return Decider(ColumnAddress(model(name), column), why)


def query(*operators: Operator, mode: Mode = Mode.APPEND, **more: Any) -> QueryFacts:
    return QueryFacts(columns=(), relations=(), operators=operators, mode=mode, **more)


def graph(made: Project, *known: StreamFacts) -> Graph:
    """A graph of facts as given; what reads what is taken from them."""
    readers: dict[Address, tuple[Address, ...]] = {}
    for one in known:
        for address in one.inputs:
            readers[address] = (*readers.get(address, ()), one.address)
    return Graph(
        project=made,
        facts={f.address: f for f in known},
        order=tuple(f.address for f in known),
        readers=readers,
        exposures_of={},
    )
