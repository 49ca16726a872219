"""Who is given what at a broker: bindings for jobs, connectors and the applications that exposures declare.

Being allowed is not being granted: only declared uses are compiled, by principal, each no wider than the graph of permissions
allows. A reader gets a topic only where what is stored is what it may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from headgate.addresses import Address
from headgate.compile.acls import Binding, acl_resources
from headgate.compile.handed_over import is_elsewhere
from headgate.compile.placeholders import principal
from headgate.compile.planes import Door, Plane, door, job_door, sink_door, written_through_proxy
from headgate.compile.reading import reads
from headgate.compile.target import World
from headgate.graph.model import StreamFacts
from headgate.graph.permissions import Use
from headgate.project.declarations import Exposure, Stream
from headgate.resources import Resource, ResourceKind


@dataclass(frozen=True, slots=True)
class Given:
    """Bindings that one declaration leads to, for one stream, on one plane; who it reads as, and why."""

    by: Address
    stream: Address
    plane: Plane
    bindings: tuple[Binding, ...]
    why: str
    role: str = ""
    purpose: str | None = None

    @property
    def reads(self) -> bool:
        """Whether it is for reading the stream."""
        return any(b.resource_type == "topic" and b.operation == "READ" for b in self.bindings)


@dataclass(frozen=True, slots=True)
class NotGiven:
    """A declared use that leads to no binding anywhere, with the reason. `told`: a rule of `check` says so already."""

    by: Address
    stream: Address
    why: str
    told: bool = False
    lacks_proxy: bool = False


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


def job_grants(world: World, stream: Stream, facts: StreamFacts) -> Iterator[Given]:
    """What a job needs: to read each of its inputs with its group, and to write its topic with its transactions."""
    name, why = world.job(stream), f"the job of `{stream.relation}`"
    role, purpose = stream.flink.role, stream.flink.purpose or None
    for address in reads(world, stream, facts).tables:
        read = world.graph.stream(address)
        who = principal(world.cluster(read), job_identity(world, stream))
        plane = job_door(world, stream, facts, address).plane
        found = (
            *_operations(read.cluster, who, "topic", world.topic(read), "READ", "DESCRIBE"),
            *_operations(read.cluster, who, "group", name, "READ"),
        )
        if plane is not Plane.NOWHERE:
            yield Given(stream.address, address, plane, found, why, role, purpose)
    who = principal(world.cluster(stream), job_identity(world, stream))
    plane = Plane.PROXY if written_through_proxy(world, stream.address) else Plane.BROKER
    found = (
        *_operations(stream.cluster, who, "topic", world.topic(stream), "WRITE", "DESCRIBE"),
        *_operations(stream.cluster, who, "transactional_id", name, "WRITE", "DESCRIBE", pattern="prefixed"),
    )
    yield Given(stream.address, stream.address, plane, found, why)


def connector_grants(world: World, stream: Stream, facts: StreamFacts) -> Iterator[Given | NotGiven]:
    """What a connector needs: to read the topic it sinks, and to write its dead letters."""
    assert stream.sink is not None
    why = f"the connector of `{stream.name}`"
    for address in (stream.address,) if stream.sql is not None else facts.inputs:
        read = world.graph.stream(address)
        way = sink_door(world, stream, read)
        if way.plane is Plane.NOWHERE:
            yield _not_shown(stream.address, address, way)
            continue
        who = sink_principal(world, stream, read)
        found = (
            *_operations(read.cluster, who, "topic", world.topic(read), "READ", "DESCRIBE"),
            *_operations(read.cluster, who, "group", f"connect-{world.connector(stream)}", "READ"),
        )
        role, purpose = stream.sink.role, stream.sink.purpose or None
        yield Given(stream.address, address, way.plane, found, why, role, purpose)
    if stream.dead_letter:
        # The worker writes dead letters, whoever the connector reads as.
        cluster = stream.sink.cluster or stream.cluster
        worker = principal(world.cluster_named(cluster), "connect")
        topic = world.environment.prefix + stream.dead_letter
        bindings = tuple(_operations(cluster, worker, "topic", topic, "WRITE", "DESCRIBE"))
        yield Given(stream.address, stream.address, Plane.BROKER, bindings, why)


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
        return NotGiven(exposure.address, address, "it says no `access.allowed_roles`")
    roles = world.project.roles
    who = next((u.principal for u in uses if u.principal), "")
    if not who:
        return NotGiven(exposure.address, address, "it says no `principal`", told=True)
    # A principal is of one role; what that role may see is what the broker may show.
    reader = next(
        (u for u in uses if u.principal and u.role in roles and u.principal in roles[u.role].principals), None
    )
    if reader is None:
        return NotGiven(exposure.address, address, f"`{who}` is a principal of none of its roles", told=True)
    way = door(world, reader.role, reader.purpose, address)
    if way.plane is Plane.NOWHERE:
        return _not_shown(exposure.address, address, way)
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
    why = f"`{exposure.name}` reads `{stream.name}` as {reader.role}"
    return Given(exposure.address, address, way.plane, tuple(found), why, reader.role, reader.purpose)


def _not_shown(by: Address, stream: Address, way: Door) -> NotGiven:
    return NotGiven(by, stream, way.why, told=not way.lacks_proxy, lacks_proxy=way.lacks_proxy)


def producer_grants(world: World) -> Iterator[Given | NotGiven]:
    """What applications need to write what their exposures produce, where they may."""
    for exposure in world.project.exposures.values():
        for address in world.graph.writes(exposure):
            if not world.permissions.people.may_write(exposure, address):
                yield NotGiven(exposure.address, address, "it may not write that stream", told=True)
                continue
            who = exposure.principal or _only_principal(world, exposure)
            if who:
                yield _producer(world, exposure, world.graph.stream(address), who)
            else:
                yield NotGiven(exposure.address, address, "it says no `principal`", told=True)


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
    plane = Plane.PROXY if written_through_proxy(world, stream.address) else Plane.BROKER
    why = f"`{exposure.name}` writes `{stream.name}`"
    return Given(exposure.address, stream.address, plane, tuple(found), why)


def _only_principal(world: World, exposure: Exposure) -> str:
    found = [world.permissions.people.principal_of(exposure, role) for role in exposure.allowed_roles]
    return found[0] if len(found) == 1 else ""


def _operations(
    cluster: str, who: str, type_: str, name: str, *operations: str, pattern: str = "literal"
) -> Iterator[Binding]:
    for operation in operations:
        yield Binding(cluster, who, type_, name, pattern, operation)


def all_grants(world: World) -> tuple[list[tuple[bool, Given]], list[NotGiven]]:
    """Every grant of the selected streams, with whether it is one that jobs and connectors need to begin; and the refused."""
    found: list[tuple[bool, Given | NotGiven]] = []
    for stream, facts in world.streams():
        if stream.sink is not None and not is_elsewhere(stream):
            found += ((True, one) for one in connector_grants(world, stream, facts))
        if world.filled_by_job(stream):
            found += ((True, one) for one in job_grants(world, stream, facts))
    for one in (*consumer_grants(world), *producer_grants(world)):
        if world.picks(one.stream):
            found.append((False, one))
    given = [(first, one) for first, one in found if isinstance(one, Given)]
    return given, [one for _, one in found if isinstance(one, NotGiven)]


def granted(
    given: Iterable[tuple[bool, Given]], plane: Plane, first: ResourceKind, last: ResourceKind
) -> list[Resource]:
    """The bindings of one plane: of kind `first` where a job or connector needs them to begin, else of kind `last`."""
    return acl_resources(
        (first if begins else last, binding, one.by, one.why)
        for begins, one in given
        if one.plane is plane
        for binding in one.bindings
    )
