"""A sink reads the topic of its `from`: another topic would carry data past what protects the stream."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Materialization, Stream

CODE = Code("HGT017", "sink-topic-differs", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    sink = stream.sink
    if (
        stream.materialized is not Materialization.SINK
        or sink is None
        or not sink.topic
        or stream.sql is not None
    ):
        return
    facts = ctx.resolve(stream.inputs[0]) if len(stream.inputs) == 1 else None
    if facts is None:
        return
    source = ctx.graph.stream(facts.address)
    if source.topic and sink.topic != source.topic:
        yield (
            CODE.at(
                sink.place.at("topic").span(),
                f"the sink reads the topic `{sink.topic}`, and `{source.name}` is in `{source.topic}`",
                node=str(stream.address),
            )
            .note(f"`{source.name}` is declared here", source.place.span())
            .with_help(f"leave `topic` out, or say `topic: {source.topic}`")
        )
