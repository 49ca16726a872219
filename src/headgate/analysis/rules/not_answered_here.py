"""What the embedded engine does not answer as Flink would is told before anybody runs it."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Diagnostic
from headgate.project.codes import NOT_ANSWERED_HERE as CODE
from headgate.project.declarations import Stream


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if stream.sql is None or facts is None or facts.query is None:
        return
    for what, start, end in facts.query.unsupported:
        yield CODE.at(
            stream.sql.rendered.span(start, end),
            f"the embedded engine cannot answer {what} as Flink would",
            node=str(stream.address),
        ).with_help(f"`{stream.name}` can be compiled and deployed; building it needs a real Flink")
