"""A value that is protected in one stream and open in one that it comes from is not protected."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions.audit import open_above

CODE = Code("HGS031", "open-in-its-source", Severity.INFO)


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    for one in open_above(ctx.permissions):
        given = one.given[0] if one.given else None
        failing = given is not None and ctx.environment.fail_closed
        name = one.above.stream.name
        finding = CODE.at(
            one.place.span(),
            f"`{one.column.name}` is {one.here} in `{one.column.stream.name}`, and {one.there} in `{name}`",
            node=str(one.column.stream),
            severity=Severity.ERROR if failing else None,
        ).note(f"`{name}` is declared here", ctx.graph.stream(one.above.stream).place.span())
        if given is not None:
            exposure = ctx.project.exposures.get(given.by)
            place = exposure.place if exposure is not None else ctx.project.streams[given.by].place
            finding = finding.note(
                f"`{given.by.name}` gets it there, as {given.role}", place.at("name").span()
            )
        yield finding.with_help(f"say the same in `{name}`")
