"""The event time that a stream names is a column it has."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream
from headgate.project.suggest import did_you_mean, listed

CODE = Code("HGT010", "event-time-column-unknown", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if stream.event_time is None or facts is None or not facts.known:
        return
    column = stream.event_time.column
    if facts.column(column) is None:
        times = [c.name for c in facts.columns if c.type.is_timestamp]
        yield CODE.at(
            stream.event_time.place.at("column").span(),
            f"`{stream.name}` has no column `{column}` to be its event time",
            node=str(stream.address),
        ).with_help(
            did_you_mean(column, times)
            or (
                f"its times are {listed(times)}" if times else "name one of its columns, of type timestamp(3)"
            )
        )
