"""A model needs a system that its cluster does not have in this environment."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Cluster, Materialization, Stream

CODE = Code("HGC005", "system-missing", Severity.ERROR)

_JOBS = (Materialization.FLINK_STREAM, Materialization.VIRTUAL_TOPIC)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    if ctx.environment.engine == "embedded" or stream.materialized is Materialization.SOURCE:
        return
    cluster = ctx.environment.clusters.get(stream.cluster)
    if cluster is None:
        return
    virtual = stream.materialized is Materialization.VIRTUAL_TOPIC
    if virtual and ctx.environment.virtual_topics != "flink":
        if cluster.proxy is None:
            yield _missing(
                stream,
                "is a virtual topic",
                f"{cluster.name} has no proxy",
                "declare its `proxy`, or say `virtual_topics: flink` in the environment to have a job make it",
            )
        return
    if (stream.materialized in _JOBS or _fed_sink(stream)) and cluster.flink is None:
        yield _missing(
            stream,
            "is made by a job",
            f"{cluster.name} has no Flink",
            "declare its `flink: {type: …, url: …}`",
        )
    if stream.format == "avro" and cluster.schema_registry is None:
        yield _missing(
            stream,
            "is Avro",
            f"{cluster.name} has no schema registry",
            "declare its `schema_registry: {url: …}`, or say `format: json`",
        )
    if stream.sink is not None:
        yield from _connect(stream, ctx.environment.clusters.get(stream.sink.cluster) or cluster)


def _fed_sink(stream: Stream) -> bool:
    return stream.sink is not None and stream.sql is not None


def _connect(stream: Stream, cluster: Cluster) -> Iterator[Diagnostic]:
    assert stream.sink is not None
    if stream.sink.connect not in cluster.connect:
        yield _missing(
            stream,
            "is a sink",
            f"{cluster.name} has no Connect called `{stream.sink.connect}`",
            f"declare its `connect: {{{stream.sink.connect}: {{url: …}}}}`",
        )


def _missing(stream: Stream, what: str, lacks: str, help_: str) -> Diagnostic:
    return CODE.at(
        stream.place.at("name").span(),
        f"`{stream.name}` {what}, and {lacks}",
        node=str(stream.address),
    ).with_help(help_)
