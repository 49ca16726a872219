"""The event time that a stream names is a column it has."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream

CODE = Code("HGT010", "event-time-column-unknown", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if stream.event_time is None or facts is None or not facts.known:
        return
    column = stream.event_time.column
    if facts.column(column) is None:
        times = [c.name for c in facts.columns if c.type.is_timestamp]
        close = get_close_matches(column, times, 1) or times[:3]
        yield CODE.at(
            stream.event_time.place.at("column").span(),
            f"`{stream.name}` has no column `{column}` to be its event time",
            node=str(stream.address),
        ).with_help(
            "did you mean " + " or ".join(f"`{c}`" for c in close) + "?"
            if close
            else "name one of its columns, of type timestamp(3)"
        )
