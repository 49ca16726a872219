"""What stores nothing cannot be read by an application or a sink."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Materialization, Reference

CODE = Code("HGT013", "ephemeral-stream-read", Severity.ERROR)


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    for exposure in ctx.project.exposures.values():
        for reference in (*exposure.reads, *exposure.writes):
            yield from _ephemeral(ctx, reference, f"`{exposure.name}`", str(exposure.address))
    for stream in ctx.streams:
        if stream.materialized is Materialization.SINK and stream.sql is None:
            for reference in stream.inputs:
                yield from _ephemeral(ctx, reference, f"the sink `{stream.name}`", str(stream.address))


def _ephemeral(ctx: Context, reference: Reference, who: str, node: str) -> Iterator[Diagnostic]:
    facts = ctx.resolve(reference)
    if facts is None or ctx.graph.stream(facts.address).materialized is not Materialization.EPHEMERAL:
        return
    stream = ctx.graph.stream(facts.address)
    yield (
        CODE.at(
            reference.place.span(),
            f"{who} reads `{stream.name}`, which is ephemeral: no topic holds it",
            node=node,
        )
        .note("it is declared here", stream.place.span())
        .with_help(f"make `{stream.name}` a flink_stream or a virtual_topic")
    )
