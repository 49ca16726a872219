"""What opens a topic of a proxy relies on what protects it there: that is in force before jobs and connectors begin, virtual
topics are served and anybody is let in, and it stays until they are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from headgate.addresses import Address
from headgate.compile.gateway.readers import account
from headgate.compile.grants import Given, connector_grants, job_grants
from headgate.compile.planes import Plane
from headgate.compile.target import World
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Materialization, Stream
from headgate.resources import Resource, ResourceId, ResourceKind
from headgate.resources.live import CONNECTOR, GATEWAY, GATEWAY_ACL, GATEWAY_JOB_ACL, GATEWAY_MEMBER, JOB


def behind_protection(world: World, made: Sequence[Resource]) -> list[Resource]:
    """What was made, where everything that opens a topic of a proxy is behind whatever protects it there: jobs, connectors,
    virtual topics, and grants, which are behind the groups of whom they are for as well."""
    protecting = _by(made, GATEWAY, lambda one: one.address)
    if not protecting:
        return list(made)
    groups = _by(made, GATEWAY_MEMBER, lambda one: (one.fields["cluster"], one.fields["account"]))
    encrypting = {one.id for one in made if one.id.kind == GATEWAY.name and not _is_for_readers(one)}
    runs, served, opened = _relied_on(world)

    def relied_on(one: Resource) -> Iterator[ResourceId]:
        streams: Iterable[Address] = ()
        if one.id.kind in (JOB.name, CONNECTOR.name):
            streams = runs.get(one.address, ())
        elif one.id.kind == GATEWAY.name and _is_for_readers(one):
            # What is stored encrypted is not masked for whom it stays so.
            yield from (id_ for id_ in protecting[one.address] if id_ in encrypting)
        elif one.id.kind == GATEWAY.name:
            streams = served.get(one.address, ())
        elif one.id.kind in (GATEWAY_ACL.name, GATEWAY_JOB_ACL.name):
            cluster = one.fields["cluster"]
            if one.fields["resource_type"] == "topic":
                streams = opened.get((cluster, one.fields["name"]), ())
            yield from groups.get((cluster, account(one.fields["principal"])), ())
        for address in streams:
            yield from protecting.get(str(address), ())

    return [replace(one, after=tuple(dict.fromkeys((*one.after, *relied_on(one))))) for one in made]


def _is_for_readers(document: Resource) -> bool:
    return "scope" in document.fields["metadata"]


def _by(
    made: Iterable[Resource], kind: ResourceKind, key: Callable[[Resource], Any]
) -> dict[Any, list[ResourceId]]:
    found: dict[Any, list[ResourceId]] = {}
    for one in made:
        if one.id.kind == kind.name:
            found.setdefault(key(one), []).append(one.id)
    return found


Below = dict[Any, list[Address]]


def _relied_on(world: World) -> tuple[Below, Below, Below]:
    """The streams whose protection is relied on: by what runs for a stream, by what serves one, by who is let into a topic."""
    runs: Below = {}
    served: Below = {}
    opened: Below = {}
    for stream, facts in world.streams():
        runs[str(stream.address)] = list(_through_proxy(world, stream, facts))
        below = list(_down(world, stream.address))
        if world.served_by_proxy(stream):
            stored = (a for a in below if not world.served_by_proxy(world.graph.stream(a)))
            served[str(stream.address)] = list(stored)
        if stream.sink is None:
            opened.setdefault((stream.cluster, world.topic(stream)), []).extend(below)
    return runs, served, opened


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
