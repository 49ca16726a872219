"""A sink writes out one stream."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Materialization, Stream

CODE = Code("HGT016", "sink-reads-one-stream", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    if stream.materialized is not Materialization.SINK or stream.sql is not None or len(stream.inputs) == 1:
        return
    node = str(stream.address)
    if not stream.inputs:
        yield CODE.at(
            stream.place.at("name").span(), f"the sink `{stream.name}` says nothing to write out", node=node
        ).with_help("say `from: {model: …}`, or give it `sql`")
        return
    names = ", ".join(f"`{r.name}`" for r in stream.inputs)
    yield CODE.at(
        stream.place.at("from").span(), f"the sink `{stream.name}` reads {names}; a sink reads one", node=node
    ).with_help("declare one sink for each, or join them in `sql`")
