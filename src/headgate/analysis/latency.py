"""The least time a record can take from the sources of a stream to its readers, and where it goes.

Event time alone is counted: waits of windows, and watermarks that stay behind. Brokers, networks and processing come on
top, and so does a checkpoint where a job's output becomes visible with it. What is told is a lower bound: a promise below
it cannot be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headgate.addresses import Address
from headgate.graph.derived import watermark_wait
from headgate.graph.model import Graph, StreamFacts


@dataclass(frozen=True, slots=True)
class Step:
    """One stream on the way: what it adds, of that its own wait (`waits_ms`) and the watermark's.

    A window over the output of a window that has closed at the same time waits only for what it is longer.
    """

    address: Address
    waits_ms: int = 0
    watermark_ms: int = 0

    @property
    def share_ms(self) -> int:
        return self.waits_ms + self.watermark_ms


@dataclass(frozen=True, slots=True)
class Reached:
    """The slowest way to a stream: its total, its last step, how long windows on it have waited, and where from."""

    total_ms: int
    step: Step
    window_ms: int
    before: Address | None


def latencies(graph: Graph) -> Mapping[Address, Reached]:
    """The slowest way to every stream of the graph."""
    reached: dict[Address, Reached] = {}
    for address in graph.order:
        facts = graph.facts[address]
        ways = [(reached[i], i) for i in facts.inputs if i in reached]
        candidates = [_onward(graph, facts, way, source) for way, source in ways]
        reached[address] = max(
            candidates, key=lambda r: r.total_ms, default=Reached(0, Step(address), 0, None)
        )
    return reached


def _onward(graph: Graph, facts: StreamFacts, way: Reached, source: Address) -> Reached:
    query = facts.query
    if query is None:
        return Reached(way.total_ms, Step(facts.address), way.window_ms, source)
    waits = max((o.waits_ms for o in query.operators), default=0)
    inputs = [graph.facts[i] for i in facts.inputs if i in graph.facts]
    step = Step(facts.address, max(0, waits - way.window_ms), watermark_wait(query, inputs))
    return Reached(way.total_ms + step.share_ms, step, max(waits, way.window_ms), source)


def path(reached: Mapping[Address, Reached], address: Address) -> tuple[Step, ...]:
    """The steps of the slowest way to a stream, from its source on."""
    steps: list[Step] = []
    at: Address | None = address
    while at is not None:
        steps.append(reached[at].step)
        at = reached[at].before
    return tuple(reversed(steps))
