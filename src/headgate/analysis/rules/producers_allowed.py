"""A stream is written by what makes it, and by applications that may."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Exposure, Materialization

CODE = Code("HGS025", "may-not-write", Severity.ERROR)

_MADE_BY = {
    Materialization.FLINK_STREAM: "a job makes it",
    Materialization.VIRTUAL_TOPIC: "it is served from another one",
    Materialization.SINK: "a sink reads it",
    Materialization.EPHEMERAL: "nothing of it is stored",
}


@rule(CODE)
def check(exposure: Exposure, ctx: Context) -> Iterator[Diagnostic]:
    for reference in exposure.writes:
        address = ctx.project.resolve(reference)
        if address is None or ctx.permissions.people.may_write(exposure, address):
            continue
        stream = ctx.graph.stream(address)
        why = _MADE_BY.get(stream.materialized) or "it is of another group, and does not list it"
        writable = stream.materialized not in _MADE_BY and not address.project
        yield (
            CODE.at(
                reference.place.span(),
                f"`{exposure.name}` may not write `{stream.name}`: {why}",
                node=str(exposure.address),
            )
            .note(f"`{stream.name}` is declared here", stream.place.span())
            .with_help(
                f"list it there: `producers: [{exposure.name}]`"
                if writable
                else "write a source, or a model with `materialized: topic`"
            )
        )
