"""Where a reader can be shown a stream: a broker shows a topic as it is stored or not at all, a proxy shows more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from headgate.addresses import Address
from headgate.compile.target import World
from headgate.graph.model import StreamFacts
from headgate.graph.permissions import StreamView, Use
from headgate.project.declarations import Stream


class Plane(Enum):
    """A door to a stream."""

    BROKER = "broker"
    PROXY = "proxy"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Door:
    """The plane on which a reader gets a stream, and why it is that one; whether a proxy is all that it lacks."""

    plane: Plane
    why: str
    lacks_proxy: bool = False


def door(world: World, role: str, purpose: str | None, address: Address) -> Door:
    """Where a role gets a stream for a purpose: at the broker only where every column's form is what is stored."""
    return _door(world, role, world.permissions.view(role, purpose, address), world.graph.stream(address))


def _door(world: World, role: str, view: StreamView, stream: Stream) -> Door:
    if not view.admitted:
        return Door(Plane.NOWHERE, f"{role} is denied: {view.why.text}")
    if world.served_by_proxy(stream):
        return _proxy(world, stream, f"`{stream.name}` is a virtual topic")
    other = _not_as_stored(world, stream, view)
    if not other:
        return Door(Plane.BROKER, "every column is shown as it is stored")
    return _proxy(world, stream, other)


def job_door(world: World, job: Stream, facts: StreamFacts, address: Address) -> Door:
    """Where the job of a stream reads another. One without a role gets what is stored: its output carries the policies."""
    stream = world.graph.stream(address)
    if world.served_by_proxy(stream):
        return Door(Plane.PROXY, "it is to be read via the proxy")
    role, purpose = job.flink.role, job.flink.purpose or None
    if role and address in facts.inputs:
        return door(world, role, purpose, address)
    if role and encrypted_at_rest(world, address):
        return Door(Plane.PROXY, "some of its columns are stored encrypted")
    return Door(Plane.BROKER, "a job gets what is stored")


def sink_door(world: World, sink: Stream, read: Stream) -> Door:
    """Where a sink reads a stream: as its role, or without one as it is stored."""
    assert sink.sink is not None
    role = sink.sink.role
    if role:
        # The columns that a sink keys its rows by must be usable as keys, so what it sees is not quite its role's view.
        view = world.permissions.use_view(
            Use(sink.address, role, sink.sink.purpose or None, read.address, principal="")
        )
        return _door(world, role, view, read)
    if world.served_by_proxy(read):
        return _proxy(world, read, f"`{read.name}` is a virtual topic")
    return Door(Plane.BROKER, "a connector without a role gets what is stored")


def has_proxy(world: World, stream: Stream) -> bool:
    """Whether the cluster of a stream has a proxy; one that the environment does not describe may have one."""
    described = world.environment.clusters.get(stream.cluster)
    return described is None or described.proxy is not None


def encrypted_at_rest(world: World, address: Address) -> dict[str, str]:
    """The columns that are stored as ciphertext, with their keys: producers and jobs write them through the proxy."""
    stream = world.graph.stream(address)
    found = world.permissions.policies.get(address)
    if found is None or world.served_by_proxy(stream) or not has_proxy(world, stream):
        return {}
    return {
        name: column.encrypts[0].key
        for name, column in found.columns.items()
        if any(not part.used for part in column.encrypts)
    }


def written_through_proxy(world: World, address: Address) -> bool:
    """Whether who writes a stream does so through the proxy, which encrypts some of its columns."""
    return bool(encrypted_at_rest(world, address))


def _proxy(world: World, stream: Stream, why: str) -> Door:
    if has_proxy(world, stream):
        return Door(Plane.PROXY, why)
    why = f"{why}, and {stream.cluster or 'the cluster'} has no proxy"
    return Door(Plane.NOWHERE, why, lacks_proxy=True)


def _not_as_stored(world: World, stream: Stream, view: StreamView) -> str:
    stored = encrypted_at_rest(world, stream.address)
    for name, column in view.columns.items():
        as_is = "encrypted" if name in stored else "clear"
        if column.form.method != as_is:
            return f"`{name}` is {as_is} as stored and to be {column.form.method}"
    return ""
