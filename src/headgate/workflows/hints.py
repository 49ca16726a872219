"""What tests tell about the values of streams that others write, so that made-up rows pass through a project.

A test asserts something of a column of some stream; where the column is passed on from a stream that others write, it tells
how that one's values look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from headgate.addresses import Address, ColumnAddress, Kind
from headgate.compile.target import World
from headgate.graph.model import Graph, How
from headgate.project.declarations import Assertion
from headgate.project.references import named_reference

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
    """What all tests of a project tell. Where only the child of a foreign key is `sampled`, the parent takes its values."""
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
    return hints


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
