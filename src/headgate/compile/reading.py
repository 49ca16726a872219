"""What a job reads: topics, and views in the place of streams that are stored nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from headgate.addresses import Address
from headgate.compile.target import World
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Materialization, Stream


@dataclass(frozen=True, slots=True)
class Reads:
    """The streams that a job reads as tables over topics, and as views over those; inputs before what reads them."""

    tables: tuple[Address, ...]
    views: tuple[Address, ...]


def reads(world: World, stream: Stream, facts: StreamFacts) -> Reads:
    """What the job of a stream reads. A virtual topic is a view over its input, unless it is to be read via the proxy."""
    return reads_of(world, facts.inputs, via_proxy=stream.flink.read_via == "proxy")


def reads_of(world: World, inputs: Iterable[Address], *, via_proxy: bool = False) -> Reads:
    """What a job reads that reads these streams."""
    found: dict[Address, None] = {}
    waiting = list(inputs)
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        found[address] = None
        if _inlined(world, address, via_proxy):
            waiting += world.graph.facts[address].inputs
    order = sorted(found, key=lambda a: (world.places.get(a, -1), a))
    return Reads(
        tables=tuple(a for a in order if not _inlined(world, a, via_proxy)),
        views=tuple(a for a in order if _inlined(world, a, via_proxy)),
    )


def _inlined(world: World, address: Address, via_proxy: bool) -> bool:
    stream = world.graph.stream(address)
    if stream.sql is None:
        return False
    if stream.materialized is Materialization.EPHEMERAL:
        return True
    return world.served_by_proxy(stream) and not via_proxy
