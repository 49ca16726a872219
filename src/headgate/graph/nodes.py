"""The graph with everything in it that can be selected: streams, exposures, tests, unit tests, data products."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from headgate.addresses import Address
from headgate.graph.model import Graph
from headgate.project.declarations import DataProduct, Exposure, Reference, Stream, Test, UnitTest

Node = Stream | Exposure | Test | UnitTest | DataProduct


@dataclass(frozen=True)
class Nodes:
    """Every node with those it depends on (`up`) and those that depend on it (`down`).

    A producer stands above what it writes; a test, an exposure that reads and a data product below what they are about.
    """

    graph: Graph

    @cached_property
    def all(self) -> Mapping[Address, Node]:
        """Every enabled node, in the order of the project."""
        project = self.graph.project
        found: dict[Address, Node] = {a: s for a, s in project.streams.items() if s.enabled}
        found |= project.exposures
        found |= project.tests
        found |= project.unit_tests
        found |= project.data_products
        return found

    @cached_property
    def up(self) -> Mapping[Address, tuple[Address, ...]]:
        edges: dict[Address, dict[Address, None]] = {address: {} for address in self.all}
        for address, facts in self.graph.facts.items():
            if address in edges:
                edges[address].update(dict.fromkeys(i for i in facts.inputs if i in edges))
        for address, references in self._references():
            edges[address].update(dict.fromkeys(self._known(references)))
        for exposure in self.graph.project.exposures.values():
            for written in self._known(exposure.writes):
                edges[written][exposure.address] = None
        return {address: tuple(of) for address, of in edges.items()}

    @cached_property
    def down(self) -> Mapping[Address, tuple[Address, ...]]:
        edges: dict[Address, list[Address]] = {address: [] for address in self.all}
        for address, of in self.up.items():
            for other in of:
                edges[other].append(address)
        return {address: tuple(of) for address, of in edges.items()}

    def _references(self) -> Iterable[tuple[Address, tuple[Reference, ...]]]:
        project = self.graph.project
        for exposure in project.exposures.values():
            yield exposure.address, exposure.reads
        for test in project.tests.values():
            yield test.address, (test.target,)
        for unit_test in project.unit_tests.values():
            yield unit_test.address, (unit_test.model,)
        for product in project.data_products.values():
            yield product.address, product.outputs

    def _known(self, references: Iterable[Reference]) -> Iterable[Address]:
        for reference in references:
            address = self.graph.project.resolve(reference)
            if address is not None and address in self.all:
                yield address

    def above(self, start: Iterable[Address], depth: int | None = None) -> set[Address]:
        """The nodes that those of `start` depend on, with them, at most `depth` steps away."""
        return reachable(start, self.up.__getitem__, depth)

    def below(self, start: Iterable[Address], depth: int | None = None) -> set[Address]:
        """The nodes that depend on those of `start`, with them, at most `depth` steps away."""
        return reachable(start, self.down.__getitem__, depth)

    def members(self, product: DataProduct) -> set[Address]:
        """What belongs to a data product: the streams on the way from its inputs to its outputs, outputs included.

        A product that names no inputs has everything above its outputs.
        """
        outputs = set(self._known(product.outputs))
        above = self.above(outputs)
        inputs = set(self._known(product.inputs))
        found = above & self.below(inputs) if inputs else above
        streams = self.graph.project.streams
        return {a for a in found | outputs if a in streams}


def reachable(
    start: Iterable[Address], step: Callable[[Address], Iterable[Address]], depth: int | None = None
) -> set[Address]:
    """`start` and all that `step` leads to from there, at most `depth` times."""
    seen = dict.fromkeys(start, 0)
    ahead = deque(seen)
    while ahead:
        node = ahead.popleft()
        distance = seen[node]
        if depth is not None and distance >= depth:
            continue
        for other in step(node):
            if other not in seen:
                seen[other] = distance + 1
                ahead.append(other)
    return set(seen)
