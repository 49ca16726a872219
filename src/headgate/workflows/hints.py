"""What a project tells about the values of streams that others write, so that made-up rows pass through it.

A test asserts something of a column of some stream, and a filter lets some of its values through; where the column is
passed on from a stream that others write, that tells how values look there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from headgate.addresses import Address, ColumnAddress, Kind
from headgate.compile.embedded_queries import known_relations
from headgate.compile.target import World
from headgate.graph.model import Graph, How
from headgate.project.declarations import Assertion
from headgate.project.references import named_reference
from headgate.sql import parse
from headgate.sql.expressions import Column, Compare, Expr, In, Literal, Logic, plain_query

_TOLD = {
    "allowed_values": {"values": "choices"},
    "range": {"min": "min", "max": "max"},
    "pattern": {"regex": "pattern"},
}
"""Assertions about single values: what their parameters are called as hints."""


@dataclass(frozen=True, slots=True)
class Hints:
    """By relation and column: what its values look like, and the (relation, column) whose values it takes."""

    columns: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    parents: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)


def hints_of(world: World, sampled: frozenset[str]) -> Hints:
    """What tests tell, and of columns that no test speaks of, filters. Where only the child of a foreign key is `sampled`,
    the parent takes its values.
    """
    hints = Hints()
    for tested, assertion in _assertions(world):
        said = assertion.parameters if isinstance(assertion.parameters, Mapping) else {}
        column = said.get("column")
        start = written(world.graph, tested.column(column)) if isinstance(column, str) else None
        if start is None:
            continue
        if assertion.kind == "foreign_key":
            _foreign_key(world, start, said, assertion, sampled, hints)
        for parameter, name in _TOLD.get(assertion.kind, {}).items():
            if said.get(parameter) is not None:
                relation = world.graph.stream(start.stream).relation
                of_column = hints.columns.setdefault(relation, {}).setdefault(start.name, {})
                of_column.setdefault(name, said[parameter])
    for (relation, column), values in _filtered(world).items():
        hints.columns.setdefault(relation, {}).setdefault(column, {"choices": sorted(values)})
    return hints


def _filtered(world: World) -> dict[tuple[str, str], set[str]]:
    """The texts that filters of plain queries ask for, by the relation and column that others write."""
    found: dict[tuple[str, str], set[str]] = {}
    for stream, facts in world.streams():
        if stream.sql is None or facts.query is None or not facts.query.plain:
            continue
        query = plain_query(parse(stream.sql.rendered.text), known_relations(world, facts.inputs))
        for name, value in _asked_for(query.filter) if query is not None and query.filter is not None else ():
            start = written(world.graph, facts.inputs[0].column(name))
            if start is not None:
                relation = world.graph.stream(start.stream).relation
                found.setdefault((relation, start.name), set()).add(value)
    return found


def _asked_for(condition: Expr) -> Iterator[tuple[str, str]]:
    """The texts that a column is to be equal to for the condition to hold, whatever else it asks."""
    match condition:
        case Logic(parts=parts):
            for part in parts:
                yield from _asked_for(part)
        case Compare(operator="=", left=Column(path=(name,)), right=Literal(kind="string", text=text)):
            yield name, text
        case In(operand=Column(path=(name,)), items=items):
            yield from (
                (name, item.text) for item in items if isinstance(item, Literal) and item.kind == "string"
            )


def written(graph: Graph, column: ColumnAddress) -> ColumnAddress | None:
    """The column of a stream that others write from which the values of `column` come as they are."""
    seen: set[ColumnAddress] = set()
    while column not in seen:
        seen.add(column)
        facts = graph.facts.get(column.stream)
        if facts is None or facts.column(column.name) is None:
            return None
        if not facts.inputs:
            return column
        links = facts.origins.get(column.name, ())
        if len(links) != 1 or links[0].how is not How.IDENTITY:
            return None
        column = links[0].column
    return None


def _assertions(world: World) -> Iterator[tuple[Address, Assertion]]:
    for test in world.project.tests.values():
        tested = world.project.resolve(test.target)
        for assertion in test.assertions if tested is not None else ():
            assert tested is not None
            yield tested, assertion


def _foreign_key(
    world: World,
    child: ColumnAddress,
    said: Mapping[str, Any],
    assertion: Assertion,
    sampled: frozenset[str],
    hints: Hints,
) -> None:
    model, source = said.get("ref_model"), said.get("ref_source")
    kind = Kind.MODEL if model is not None else Kind.SOURCE
    address = world.project.resolve(named_reference(kind, str(model or source), assertion.place))
    if address is None:
        return
    parent = written(world.graph, address.column(str(said.get("ref_key") or said["column"])))
    if parent is None or parent.stream == child.stream:
        return
    own, theirs = (world.graph.stream(c.stream).relation for c in (child, parent))
    if own in sampled and theirs not in sampled:
        hints.parents.setdefault(theirs, {})[parent.name] = (own, child.name)
    else:
        hints.parents.setdefault(own, {})[child.name] = (theirs, parent.name)
