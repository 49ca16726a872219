"""Flink SQL: a script for each job, with the tables it reads and writes, and an INSERT around the user's own query.

What an environment runs them on decides their form: a SQL Gateway, the Kubernetes operator, or Confluent Cloud. Only what a
gateway is to run becomes resources: the others' forms are for whoever deploys them.
"""

from __future__ import annotations

from collections.abc import Iterator

from headgate.compile import ddl
from headgate.compile.flink import confluent, kubernetes
from headgate.compile.flink.job import CONFLUENT_CLOUD, KUBERNETES, FlinkJob
from headgate.compile.flink.script import script
from headgate.compile.grants import job_grants
from headgate.compile.planes import Plane, job_door
from headgate.compile.reading import reads
from headgate.compile.target import Compiled, World, value_columns
from headgate.compile.texts import file_name
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.model import StreamFacts
from headgate.project.codes import NOT_BUILT_YET
from headgate.project.declarations import Stream
from headgate.resources import Artifact, Capabilities, Resource, ResourceId
from headgate.resources.live import GATEWAY_JOB_ACL, JOB, JOB_ACL, SUBJECT
from headgate.schema.avro import Unsupported

NAME = "flink"
CAPABILITIES = Capabilities(name=NAME)
KINDS = (JOB,)

JOB_DENIED = Code("HGC111", "job-denied", Severity.ERROR)
CANNOT_SKIP = Code("HGC112", "cannot-skip-malformed", Severity.ERROR)
CANNOT_CARRY = Code("HGC110", "format-cannot-carry", Severity.ERROR)
VIEW_TIME = Code("HGC113", "inlined-with-other-time", Severity.ERROR)

_RAW = frozenset(
    {
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INT",
        "BIGINT",
        "FLOAT",
        "DOUBLE",
        "CHAR",
        "STRING",
        "BINARY",
        "BYTES",
    }
)
"""What Flink's `raw` format carries (Flink docs, "Raw Format")."""


def compile(world: World) -> Compiled:  # noqa: A001 - the name of the verb
    """The job of every stream that one makes, in the form of what runs it."""
    artifacts: list[Artifact] = []
    resources: list[Resource] = []
    diagnostics: list[Diagnostic] = []
    for stream, facts in world.streams():
        if not world.filled_by_job(stream):
            continue
        found = list(_faults(world, stream, facts))
        diagnostics += found
        if found or stream.sql is None:
            continue
        job = FlinkJob(world, stream, facts)
        type_ = (job.cluster.flink or {}).get("type")
        if type_ == KUBERNETES:
            artifacts += kubernetes.artifacts(job)
        elif type_ == CONFLUENT_CLOUD:
            refused = list(confluent.faults(job))
            diagnostics += refused
            artifacts += () if refused else confluent.artifacts(job)
        else:
            artifacts.append(_artifact(job))
            resources.append(_resource(job))
    return Compiled(resources=tuple(resources), artifacts=tuple(artifacts), diagnostics=tuple(diagnostics))


def _artifact(job: FlinkJob) -> Artifact:
    return Artifact(
        path=f"flink/{file_name(job.name)}.sql",
        text=ddl.settings(job.settings) + "\n" + script(job),
        address=str(job.stream.address),
    )


def _resource(job: FlinkJob) -> Resource:
    stream = job.stream
    return Resource(
        id=ResourceId(JOB.name, f"{stream.cluster}/{job.name}"),
        fields={
            "cluster": stream.cluster,
            "sql": script(job),
            "settings": job.settings,
            "output": job.world.topic(stream),
            "upgrade": job.upgrade,
            "running": True,
        },
        address=str(stream.address),
        after=_after(job.world, stream, job.facts),
        reason=stream.description,
    )


def _after(world: World, stream: Stream, facts: StreamFacts) -> tuple[ResourceId, ...]:
    """A job is submitted when its topics, their schemas and its own grants are there."""
    found = [
        ResourceId(SUBJECT.name, f"{stream.cluster}/{ddl.subject(world, stream)}"),
        *(
            world.topic_id(world.graph.stream(a))
            for a in (*reads(world, stream, facts).tables, stream.address)
        ),
        *(
            b.id_in(GATEWAY_JOB_ACL if one.plane is Plane.PROXY else JOB_ACL)
            for one in job_grants(world, stream, facts)
            for b in one.bindings
        ),
    ]
    return tuple(dict.fromkeys(found))


def _faults(world: World, stream: Stream, facts: StreamFacts) -> Iterator[Diagnostic]:
    for address in (stream.address, *reads(world, stream, facts).tables):
        other = world.graph.stream(address)
        way = job_door(world, stream, facts, address) if other is not stream else None
        if way is not None and way.plane is Plane.NOWHERE:
            yield (
                JOB_DENIED.at(
                    stream.place.at("flink", "role").span(),
                    f"the job of `{stream.name}` cannot read `{other.name}`",
                    node=str(stream.address),
                )
                .note(way.why, other.place.span())
                .with_help("choose a role that may, or leave `role` out")
            )
        if other is not stream and other.format == "avro" and other.on_malformed == "skip":
            yield CANNOT_SKIP.at(
                other.place.at("on_malformed").span(),
                f"Flink cannot skip malformed Avro records of `{other.name}`",
                node=str(other.address),
            ).with_help("say `on_malformed: fail`, or write JSON")
        if other.timestamps == "epoch_millis":
            yield NOT_BUILT_YET.at(
                other.place.at("timestamps").span(),
                f"times in epoch milliseconds cannot be compiled for Flink yet (`{other.name}`)",
                node=str(other.address),
            ).with_help("declare the column as bigint, and convert it with TO_TIMESTAMP_LTZ in a model")
        its = world.graph.facts[address]
        yield from _value_faults(world, other, its)
        if other is stream or ddl.upserts(its):
            yield from _key_faults(world, other, its)
    yield from _time_faults(world, stream, facts)


def _value_faults(world: World, stream: Stream, facts: StreamFacts) -> Iterator[Diagnostic]:
    try:
        if stream.format == "avro":
            ddl.record(world, stream, facts)
    except Unsupported as error:
        yield _cannot_carry(stream, error)


def _key_faults(world: World, stream: Stream, facts: StreamFacts) -> Iterator[Diagnostic]:
    types = dict(value_columns(world, stream, facts))
    try:
        if stream.key_format == "avro":
            ddl.key_record(world, stream, facts, types)
    except Unsupported as error:
        yield _cannot_carry(stream, error)
    key = types.get(facts.key[0]) if facts.key else None
    if stream.key_format == "raw" and key is not None and key.name not in _RAW:
        yield CANNOT_CARRY.at(
            stream.place.at("key").span(),
            f"a raw key of `{stream.name}` cannot be {key.text}",
            node=str(stream.address),
        ).with_help(f"say `key_format: {stream.format}`")


def _cannot_carry(stream: Stream, error: Unsupported) -> Diagnostic:
    return CANNOT_CARRY.at(
        stream.place.span(), f"`{stream.name}`: {error}", node=str(stream.address)
    ).with_help("cast the column, or choose another `format`")


def _time_faults(world: World, stream: Stream, facts: StreamFacts) -> Iterator[Diagnostic]:
    """A view hands the time and watermark of its input on: one that declares others would not get them."""
    for address in reads(world, stream, facts).views:
        view, own = world.graph.stream(address), world.graph.facts[address]
        passed = own.query.event_time if own.query is not None else ""
        delay = max((world.graph.facts[a].delay_ms for a in own.inputs), default=0)
        if view.event_time is None or (passed, delay) == (own.event_time, own.delay_ms):
            continue
        yield (
            VIEW_TIME.at(
                view.event_time.place.span(),
                f"`{view.name}` has another event time than what it is made from, and a job reads it inlined",
                node=str(view.address),
            )
            .note(f"by the job of `{stream.name}`", stream.place.span())
            .with_help(f"declare it at the input, or say `flink: {{read_via: proxy}}` in `{stream.name}`")
        )
