"""Jobs and connectors that go through a proxy rely on what protects there: it is in force before they begin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from headgate.addresses import Address
from headgate.compile.grants import Given, connector_grants, job_grants
from headgate.compile.planes import Plane
from headgate.compile.target import World
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Materialization, Stream
from headgate.resources import Resource, ResourceId
from headgate.resources.live import CONNECTOR, GATEWAY, JOB


def behind_protection(world: World, made: Sequence[Resource]) -> list[Resource]:
    """What was made, where each job and connector is behind whatever protects what it reads or writes through a proxy."""
    protecting: dict[str, list[ResourceId]] = {}
    for one in made:
        if one.id.kind == GATEWAY.name:
            protecting.setdefault(one.address, []).append(one.id)
    if not protecting:
        return list(made)
    through = {str(s.address): tuple(map(str, _through_proxy(world, s, f))) for s, f in world.streams()}
    return [_behind(one, protecting, through.get(one.address, ())) for one in made]


def _behind(one: Resource, protecting: dict[str, list[ResourceId]], through: Sequence[str]) -> Resource:
    if one.id.kind not in (JOB.name, CONNECTOR.name):
        return one
    more = [id_ for address in through for id_ in protecting.get(address, ())]
    return replace(one, after=tuple(dict.fromkeys((*one.after, *more)))) if more else one


def _through_proxy(world: World, stream: Stream, facts: StreamFacts) -> Iterator[Address]:
    """The streams that what runs for a stream reads or writes through the proxy, and the topics those are served from."""
    given = list(connector_grants(world, stream, facts)) if stream.sink is not None else []
    given += job_grants(world, stream, facts) if world.filled_by_job(stream) else ()
    for one in given:
        if isinstance(one, Given) and one.plane is Plane.PROXY:
            yield from _down(world, one.stream)


def _down(world: World, address: Address) -> Iterator[Address]:
    yield address
    stream = world.graph.stream(address)
    if world.served_by_proxy(stream) or stream.materialized is Materialization.EPHEMERAL:
        for below in world.graph.facts[address].inputs:
            yield from _down(world, below)
