"""Lineage: which columns a column comes from and goes to, and which nodes lie on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from headgate.addresses import Address, ColumnAddress
from headgate.graph.model import Graph, How, Why
from headgate.graph.nodes import Nodes


@dataclass(frozen=True, slots=True, order=True)
class NodeEdge:
    """`target` depends on `source`."""

    source: Address
    target: Address


@dataclass(frozen=True, slots=True)
class ColumnEdge:
    """A link between two columns: direct (the value flows, `how`) or indirect (it decides, `why`)."""

    source: ColumnAddress
    target: ColumnAddress
    kind: Literal["direct", "indirect"]
    how: How | None = None
    why: Why | None = None


@dataclass(frozen=True)
class Lineage:
    """The questions of lineage over one graph; tables that several of them need are made once."""

    graph: Graph

    @cached_property
    def nodes(self) -> Nodes:
        return Nodes(self.graph)

    def of_node(
        self, address: Address, *, up: bool = True, down: bool = True, depth: int | None = None
    ) -> tuple[NodeEdge, ...]:
        """The edges between nodes above and below one, in order."""
        edges: dict[NodeEdge, None] = {}
        if up:
            inside = self.nodes.above([address], depth)
            edges |= {NodeEdge(o, n): None for n in inside for o in self.nodes.up[n] if o in inside}
        if down:
            inside = self.nodes.below([address], depth)
            edges |= {NodeEdge(n, o): None for n in inside for o in self.nodes.down[n] if o in inside}
        return tuple(sorted(edges))

    def of_column(
        self,
        column: ColumnAddress,
        *,
        up: bool = True,
        down: bool = True,
        depth: int | None = None,
        indirect: bool = True,
    ) -> tuple[ColumnEdge, ...]:
        """The links above and below a column, in order.

        An indirect link ends the way it is on: that a column decides about rows says nothing of its value, so what it
        comes from, or what then decides about more, is not told.
        """
        found: dict[ColumnEdge, None] = {}
        if up:
            found |= dict.fromkeys(_walk(column, self._sources, lambda e: e.source, depth))
        if down:
            found |= dict.fromkeys(_walk(column, self._targets, lambda e: e.target, depth))
        kept = (e for e in found if indirect or e.kind == "direct")
        return tuple(sorted(kept, key=lambda e: (e.source, e.target, e.kind, e.how or "", e.why or "")))

    def origins(self, column: ColumnAddress) -> tuple[ColumnAddress, ...]:
        """The columns at the start of every direct way into a column; itself where there is none."""
        edges = self.of_column(column, down=False, indirect=False)
        targets = {e.target for e in edges}
        return tuple(sorted({e.source for e in edges if e.source not in targets})) or (column,)

    def _sources(self, column: ColumnAddress) -> list[ColumnEdge]:
        facts = self.graph.facts.get(column.stream)
        if facts is None:
            return []
        edges = [
            ColumnEdge(o.column, column, "direct", how=o.how) for o in facts.origins.get(column.name, ())
        ]
        return edges + [ColumnEdge(d.column, column, "indirect", why=d.why) for d in facts.deciders]

    def _targets(self, column: ColumnAddress) -> Iterable[ColumnEdge]:
        yield from self._values.get(column, ())
        for stream, why in self._decisions.get(column, ()):
            for target in self.graph.facts[stream].columns:
                yield ColumnEdge(column, ColumnAddress(stream, target.name), "indirect", why=why)

    @cached_property
    def _values(self) -> Mapping[ColumnAddress, list[ColumnEdge]]:
        """The direct links out of every column."""
        links: dict[ColumnAddress, list[ColumnEdge]] = {}
        for address, facts in self.graph.facts.items():
            for name, origins in facts.origins.items():
                target = ColumnAddress(address, name)
                for origin in origins:
                    edge = ColumnEdge(origin.column, target, "direct", how=origin.how)
                    links.setdefault(origin.column, []).append(edge)
        return links

    @cached_property
    def _decisions(self) -> Mapping[ColumnAddress, list[tuple[Address, Why]]]:
        """The streams whose rows every column decides about."""
        decisions: dict[ColumnAddress, list[tuple[Address, Why]]] = {}
        for address, facts in self.graph.facts.items():
            for decider in facts.deciders:
                decisions.setdefault(decider.column, []).append((address, decider.why))
        return decisions


def _walk(
    start: ColumnAddress,
    edges_at: Callable[[ColumnAddress], Iterable[ColumnEdge]],
    far_end: Callable[[ColumnEdge], ColumnAddress],
    depth: int | None,
) -> Iterable[ColumnEdge]:
    seen = {start: 0}
    ahead = deque([start])
    while ahead:
        column = ahead.popleft()
        distance = seen[column]
        if depth is not None and distance >= depth:
            continue
        for edge in edges_at(column):
            yield edge
            other = far_end(edge)
            if edge.kind == "direct" and other not in seen:
                seen[other] = distance + 1
                ahead.append(other)
