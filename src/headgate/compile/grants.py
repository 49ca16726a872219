"""Who is given what at a broker: bindings for jobs, connectors and the applications that exposures declare.

Being allowed is not being granted: only declared uses are compiled, by principal, each no wider than the graph of permissions
allows. A reader gets a topic only where what is stored is what it may see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from headgate.addresses import Address
from headgate.compile.placeholders import principal
from headgate.compile.planes import Plane, door, job_door, sink_door, written_through_proxy
from headgate.compile.reading import reads
from headgate.compile.target import World
from headgate.graph.model import StreamFacts
from headgate.graph.permissions import Use
from headgate.project.declarations import Exposure, Materialization, Stream
from headgate.resources import Resource, ResourceId, ResourceKind
from headgate.resources.live import TOPIC


@dataclass(frozen=True, slots=True, order=True)
class Binding:
    """An ACL: what a principal may do to a thing of that name, or to all whose names begin with it (`prefixed`)."""

    cluster: str
    principal: str
    resource_type: str
    name: str
    pattern: str
    operation: str

    def resource(self, kind: ResourceKind, address: Address, reason: str, topic_made: bool) -> Resource:
        """The binding as a resource; where the topic is one we make, it must be there first."""
        topic = ResourceId(TOPIC.name, f"{self.cluster}/{self.name}")
        return Resource(
            id=ResourceId(kind.name, self.id_in(kind).name),
            fields={
                "cluster": self.cluster,
                "principal": self.principal,
                "host": "*",
                "resource_type": self.resource_type,
                "name": self.name,
                "pattern": self.pattern,
                "operation": self.operation,
                "permission": "allow",
            },
            address=str(address),
            after=(topic,) if topic_made and self.resource_type == "topic" else (),
            reason=reason,
        )

    def id_in(self, kind: ResourceKind) -> ResourceId:
        """The identity of the binding: all it says, since nothing of an ACL can be changed."""
        what = f"{self.resource_type}:{self.name}" + ("*" if self.pattern == "prefixed" else "")
        return ResourceId(kind.name, f"{self.cluster}/{self.principal}/{self.operation}/{what}")


@dataclass(frozen=True, slots=True)
class Given:
    """Bindings that one declaration leads to, for one stream, and why."""

    by: Address
    stream: Address
    bindings: tuple[Binding, ...]
    why: str


@dataclass(frozen=True, slots=True)
class NotGiven:
    """A declared use that leads to no binding at a broker, with the reason; `door` is where it is served, if anywhere."""

    by: Address
    stream: Address
    plane: Plane
    why: str


def job_identity(world: World, stream: Stream) -> str:
    """The name of the identity that a stream's job runs as: its role's where the environment has one, else Flink's."""
    role = stream.flink.role
    return role if role and role in world.cluster(stream).identities else "flink"


def sink_identity(world: World, stream: Stream) -> str:
    """The name of the identity that a sink reads as: its role's, where it has one, else Connect's."""
    return stream.sink.role if stream.sink is not None and stream.sink.role else "connect"


def sink_principal(world: World, stream: Stream, read: Stream) -> str:
    """Whom the brokers know a sink as: its identity's principal, else the only one of its role."""
    cluster, name = world.cluster(read), sink_identity(world, stream)
    role = world.project.roles.get(name)
    if name not in cluster.identities and role is not None and len(role.principals) == 1:
        return role.principals[0]
    return principal(cluster, name)


def job_grants(world: World, stream: Stream, facts: StreamFacts) -> Given:
    """What a job needs: to read its inputs with its group, and to write its topic with its transactions."""
    found: list[Binding] = []
    name = world.job(stream)
    for address in reads(world, stream, facts).tables:
        read = world.graph.stream(address)
        who = principal(world.cluster(read), job_identity(world, stream))
        if job_door(world, stream, facts, address).plane is Plane.BROKER:
            found += _operations(read.cluster, who, "topic", world.topic(read), "READ", "DESCRIBE")
        found += _operations(read.cluster, who, "group", name, "READ")
    who = principal(world.cluster(stream), job_identity(world, stream))
    if not written_through_proxy(world, stream.address):
        found += _operations(stream.cluster, who, "topic", world.topic(stream), "WRITE", "DESCRIBE")
    found += _operations(
        stream.cluster, who, "transactional_id", name, "WRITE", "DESCRIBE", pattern="prefixed"
    )
    return Given(stream.address, stream.address, tuple(dict.fromkeys(found)), f"the job of `{stream.name}`")


def connector_grants(
    world: World, stream: Stream, facts: StreamFacts, connector: str
) -> Iterator[Given | NotGiven]:
    """What a connector needs: to read the topic it sinks, and to write its dead letters."""
    assert stream.sink is not None
    found: list[Binding] = []
    for address in (stream.address,) if stream.sql is not None else facts.inputs:
        read = world.graph.stream(address)
        who = sink_principal(world, stream, read)
        way = sink_door(world, stream, read)
        if way.plane is not Plane.BROKER:
            yield NotGiven(stream.address, address, way.plane, way.why)
            continue
        found += _operations(read.cluster, who, "topic", world.topic(read), "READ", "DESCRIBE")
        found += _operations(read.cluster, who, "group", f"connect-{connector}", "READ")
    if stream.dead_letter:
        # The worker writes dead letters, whoever the connector reads as.
        cluster = stream.sink.cluster or stream.cluster
        worker = principal(world.cluster_named(cluster), "connect")
        topic = world.environment.prefix + stream.dead_letter
        found += _operations(cluster, worker, "topic", topic, "WRITE", "DESCRIBE")
    if found:
        yield Given(
            stream.address, stream.address, tuple(dict.fromkeys(found)), f"the connector of `{stream.name}`"
        )


def consumer_grants(world: World) -> Iterator[Given | NotGiven]:
    """What applications need to read what their exposures declare, once for every exposure and stream."""
    exposures = world.project.exposures
    uses: dict[tuple[Address, Address], list[Use]] = {}
    for use in world.permissions.uses:
        if use.by in exposures:
            uses.setdefault((use.by, use.stream), []).append(use)
    for exposure in exposures.values():
        for address in world.graph.reads(exposure):
            if address not in world.graph.facts:
                continue
            yield _consumer(world, exposure, address, uses.get((exposure.address, address), []))


def _consumer(world: World, exposure: Exposure, address: Address, uses: list[Use]) -> Given | NotGiven:
    if not uses:
        return NotGiven(exposure.address, address, Plane.NOWHERE, "it says no `access.allowed_roles`")
    roles = world.project.roles
    who = next((u.principal for u in uses if u.principal), "")
    if not who:
        return NotGiven(exposure.address, address, Plane.NOWHERE, "it says no `principal`")
    # A principal is of one role; what that role may see is what the broker may show.
    reader = next(
        (u for u in uses if u.principal and u.role in roles and u.principal in roles[u.role].principals), None
    )
    if reader is None:
        return NotGiven(
            exposure.address, address, Plane.NOWHERE, f"`{who}` is a principal of none of its roles"
        )
    way = door(world, reader.role, reader.purpose, address)
    if way.plane is not Plane.BROKER:
        return NotGiven(exposure.address, address, way.plane, way.why)
    stream = world.graph.stream(address)
    group = exposure.consumer_group or exposure.name
    found = [
        *_operations(stream.cluster, who, "topic", world.topic(stream), "READ", "DESCRIBE"),
        *_operations(
            stream.cluster,
            who,
            "group",
            group,
            "READ",
            pattern="literal" if exposure.consumer_group else "prefixed",
        ),
    ]
    return Given(
        exposure.address, address, tuple(found), f"`{exposure.name}` reads `{stream.name}` as {reader.role}"
    )


def producer_grants(world: World) -> Iterator[Given | NotGiven]:
    """What applications need to write what their exposures produce, where they may."""
    for exposure in world.project.exposures.values():
        for address in world.graph.writes(exposure):
            if not may_write(world, exposure, address):
                yield NotGiven(exposure.address, address, Plane.NOWHERE, "it may not write that stream")
                continue
            who = exposure.principal or _only_principal(world, exposure)
            if not who:
                yield NotGiven(exposure.address, address, Plane.NOWHERE, "it says no `principal`")
            elif written_through_proxy(world, address):
                yield NotGiven(
                    exposure.address, address, Plane.PROXY, "some of its columns are encrypted when written"
                )
            else:
                yield _producer(world, exposure, world.graph.stream(address), who)


def _producer(world: World, exposure: Exposure, stream: Stream, who: str) -> Given:
    found = list(_operations(stream.cluster, who, "topic", world.topic(stream), "WRITE", "DESCRIBE"))
    if exposure.idempotent or exposure.transactional_id:
        # Brokers before 2.8 want it beside WRITE (KIP-679).
        found += _operations(stream.cluster, who, "cluster", "kafka-cluster", "IDEMPOTENT_WRITE")
    if exposure.transactional_id:
        found += _operations(
            stream.cluster,
            who,
            "transactional_id",
            exposure.transactional_id,
            "WRITE",
            "DESCRIBE",
            pattern="prefixed",
        )
    return Given(exposure.address, stream.address, tuple(found), f"`{exposure.name}` writes `{stream.name}`")


def may_write(world: World, exposure: Exposure, address: Address) -> bool:
    """Whether an application may write a stream: one that applications fill, of its own group or one that lists it."""
    stream = world.project.streams.get(address)
    if stream is None or stream.materialized not in (Materialization.SOURCE, Materialization.TOPIC):
        return False
    if exposure.name in stream.producers or f"{world.project.name}.{exposure.name}" in stream.producers:
        return True
    group = world.permissions.people.group_of(address)
    if group:
        known = world.project.groups.get(group)
        return known is not None and exposure.owner in known.members
    return not stream.owner or stream.owner == exposure.owner


def _only_principal(world: World, exposure: Exposure) -> str:
    found = [world.permissions.people.principal_of(exposure, role) for role in exposure.allowed_roles]
    return found[0] if len(found) == 1 else ""


def _operations(
    cluster: str, who: str, type_: str, name: str, *operations: str, pattern: str = "literal"
) -> Iterator[Binding]:
    for operation in operations:
        yield Binding(cluster, who, type_, name, pattern, operation)
