"""Kafka: the topics this project makes, the ACLs and quotas of its declared uses, and the users of a local stack.

Source: Kafka 4.3 docs, "Topic configs" and "Authorization and ACLs".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from headgate.addresses import Address
from headgate.compile.acls import readable
from headgate.compile.grants import (
    Given,
    NotGiven,
    all_grants,
    granted,
    job_identity,
    sink_identity,
)
from headgate.compile.handed_over import is_elsewhere
from headgate.compile.local_users import local_users
from headgate.compile.planes import Plane
from headgate.compile.quotas import quotas
from headgate.compile.target import Compiled, World
from headgate.compile.texts import as_yaml
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Materialization, Stream
from headgate.project.local_stack import LOCAL
from headgate.resources import Artifact, Capabilities, Resource, ResourceId
from headgate.resources.live import ACL, JOB_ACL, QUOTA, SCRAM_USER, TOPIC
from headgate.sql.facts import Mode

NAME = "kafka"
CAPABILITIES = Capabilities(name=NAME)
KINDS = (TOPIC, ACL, JOB_ACL, SCRAM_USER, QUOTA)

COMPACTED_APPEND = Code("HGC140", "append-stream-compacted", Severity.ERROR)
NOT_GRANTED = Code("HGC141", "use-without-grant", Severity.INFO)
NOWHERE_SHOWN = Code("HGC142", "shown-nowhere", Severity.ERROR)
NO_IDENTITY = Code("HGD101", "identity-missing", Severity.ERROR)

_FILLED_BY = {
    Materialization.FLINK_STREAM: "a Flink job",
    Materialization.VIRTUAL_TOPIC: "a Flink job",
    Materialization.SINK: "a Flink job",
    Materialization.TOPIC: "applications",
    Materialization.SOURCE: "samples; elsewhere others make it",
}


def compile(world: World) -> Compiled:  # noqa: A001 - the name of the verb
    """A topic for every stream that is stored by this project, and ACLs for jobs, connectors and applications."""
    diagnostics: list[Diagnostic] = []
    topics = list(_topics(world, diagnostics))
    given, not_given = all_grants(world)
    acls = granted(given, Plane.BROKER, JOB_ACL, ACL)
    diagnostics += (
        _elsewhere(world, one) for begins, one in given if one.plane is Plane.PROXY and not begins
    )
    diagnostics += (_not_granted(world, one) for one in not_given if not one.told)
    diagnostics += _identities(world)
    users = local_users(world, acls)
    limits = quotas(world, given)
    artifacts = []
    if topics and world.files:
        artifacts.append(_file("kafka/topics.yml", "topics", map(_readable_topic, topics)))
    if acls and world.files:
        artifacts.append(_file("kafka/acls.yml", "acls", readable(acls)))
    if users:
        artifacts.append(_file("kafka/users.yml", "users", map(_readable, users)))
    if limits:
        artifacts.append(_file("kafka/quotas.yml", "quotas", map(_readable, limits)))
    resources = (*topics, *acls, *users, *limits)
    return Compiled(resources=resources, artifacts=tuple(artifacts), diagnostics=tuple(diagnostics))


def _file(path: str, key: str, entries: Iterable[dict[str, Any]]) -> Artifact:
    return Artifact(path=path, text=as_yaml([{key: list(entries)}]))


def _topics(world: World, found: list[Diagnostic]) -> Iterator[Resource]:
    for stream, facts in world.streams():
        if world.stored_here(stream) or world.stands_in(stream):
            yield _topic(world, stream, facts, found)
        if stream.sink is not None and stream.dead_letter:
            yield _dead_letters(world, stream)


def _topic(world: World, stream: Stream, facts: StreamFacts, found: list[Diagnostic]) -> Resource:
    compacted = facts.mode is not Mode.APPEND
    config = {"cleanup.policy": "compact" if compacted else "delete", **stream.kafka.config}
    if "delete" in config["cleanup.policy"] and (
        "retention.ms" not in config or world.environment.engine == LOCAL
    ):
        config["retention.ms"] = _retention(world, stream)
    if not compacted and "compact" in config["cleanup.policy"]:
        found.append(
            COMPACTED_APPEND.at(
                stream.place.at("kafka", "config", "cleanup.policy").span(),
                f"`{stream.name}` only appends, and compaction would drop its records",
                node=str(stream.address),
            ).with_help("leave `cleanup.policy` out, or declare `changelog: upsert` with a `key`")
        )
    fields: dict[str, Any] = {"cluster": stream.cluster, "partitions": _partitions(world, stream, facts)}
    if stream.kafka.replication_factor:
        # Where nothing is said the broker's default holds, and is none of our business.
        fields["replication_factor"] = stream.kafka.replication_factor
    fields["config"] = config
    reason = f"filled by {_FILLED_BY[stream.materialized]}"
    if stream.kafka.capped:
        reason += f"; this environment's limits lowered {', '.join(stream.kafka.capped)}"
    return Resource(
        id=world.topic_id(stream),
        fields=fields,
        address=str(stream.address),
        reason=reason,
        yields=world.stands_in(stream),
    )


def _retention(world: World, stream: Stream) -> str:
    """In ms. On the local stack records stay: those of samples are older than any retention when they are written."""
    kept = stream.kafka.retention_ms
    return "-1" if kept is None or world.environment.engine == LOCAL else str(kept)


def _partitions(world: World, stream: Stream, facts: StreamFacts) -> int:
    """As said; a virtual topic that a job makes has its input's; else one."""
    if not stream.kafka.partitions and stream.materialized is Materialization.VIRTUAL_TOPIC and facts.inputs:
        above = facts.inputs[0]
        return _partitions(world, world.graph.stream(above), world.graph.facts[above])
    return stream.kafka.partitions or 1


def _dead_letters(world: World, stream: Stream) -> Resource:
    cluster = (stream.sink.cluster if stream.sink else "") or stream.cluster
    fields: dict[str, Any] = {"cluster": cluster, "partitions": 1}
    if stream.kafka.replication_factor:
        fields["replication_factor"] = stream.kafka.replication_factor
    fields["config"] = {"cleanup.policy": "delete", "retention.ms": _retention(world, stream)}
    return Resource(
        id=ResourceId(TOPIC.name, f"{cluster}/{world.environment.prefix}{stream.dead_letter}"),
        fields=fields,
        address=str(stream.address),
        reason=f"records that `{stream.name}` could not sink",
    )


def _readable_topic(topic: Resource) -> dict[str, Any]:
    return {
        "topic": topic.id.name.split("/", 1)[1],
        **topic.fields,
        "stream": topic.address,
        "note": topic.reason,
    }


def _readable(thing: Resource) -> dict[str, Any]:
    return {"name": thing.id.name.split("/", 1)[1], **thing.fields, "note": thing.reason}


def _elsewhere(world: World, one: Given) -> Diagnostic:
    return NOT_GRANTED.at(
        world.place_of(one.by),
        f"`{one.by.name}` is given nothing of `{one.stream.name}` at the broker",
        node=str(one.by),
    ).with_help("it reads through the proxy" if one.reads else "it writes through the proxy")


def _not_granted(world: World, one: NotGiven) -> Diagnostic:
    place = world.place_of(one.by)
    name, what = one.by.name, one.stream.name
    use = world.project.exposures.get(one.by)
    others = (
        use is not None and use.managed_by == "other"
    )  # what that one may read is no grant of this project
    if world.environment.engine == "live" and one.lacks_proxy and not others:
        return NOWHERE_SHOWN.at(
            place,
            f"`{name}` cannot be shown `{what}` in {world.environment.name}: {one.why}",
            node=str(one.by),
        ).with_help("declare a `proxy` for the cluster, or let the role see what is stored")
    return NOT_GRANTED.at(place, f"`{name}` is given nothing of `{what}`", node=str(one.by)).with_help(
        one.why
    )


def _identities(world: World) -> Iterator[Diagnostic]:
    """On a live environment nothing runs as whoever applies: each job and connector needs an identity of its own."""
    if world.environment.engine != "live" or world.environment.place is None:
        return
    missing: dict[tuple[str, str], tuple[Address, str]] = {}
    for stream, _ in world.streams():
        needed = []
        if stream.sink is not None and not is_elsewhere(stream):
            cluster = stream.sink.cluster or stream.cluster
            needed.append((cluster, sink_identity(world, stream), "the connector"))
            if stream.dead_letter:
                needed.append((cluster, "connect", "the writer of dead letters"))
        if world.filled_by_job(stream):
            needed.append((stream.cluster, job_identity(world, stream), "the job"))
        for cluster, name, what in needed:
            if name not in world.cluster_named(cluster).identities:
                missing.setdefault((cluster, name), (stream.address, f"{what} of `{stream.name}`"))
    for (cluster, name), (address, what) in sorted(missing.items()):
        known = world.environment.clusters.get(cluster)
        place = known.place if known is not None and known.place is not None else world.environment.place
        yield NO_IDENTITY.at(
            place.key_span(), f"{cluster} has no identity `{name}`, as which {what} runs", node=str(address)
        ).with_help(f"add `{name}: {{principal: …, username: …, password: …}}` under `identities`")
