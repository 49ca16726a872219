"""Event time is a timestamp of at most milliseconds, as Flink wants it."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.declared import can_be_time
from headgate.project.declarations import Stream

CODE = Code("HGT011", "event-time-type", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if stream.event_time is None or facts is None:
        return
    column = facts.column(stream.event_time.column)
    if column is None or column.type.name == "UNKNOWN" or can_be_time(column.type):
        return
    mend = f"CAST({column.name} AS TIMESTAMP(3))" if column.type.is_timestamp else "TO_TIMESTAMP_LTZ(…, 3)"
    yield CODE.at(
        stream.event_time.place.at("column").span(),
        f"`{column.name}` is {column.type.text} and cannot be event time",
        node=str(stream.address),
    ).with_help(f'use a column of type timestamp(3), or a computed one: `expression: "{mend}"`')
