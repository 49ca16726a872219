"""A version that will go is read by nobody who does not know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headgate.addresses import Address
from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.edges import span_of
from headgate.project.declarations import Reference, Stream

CODE = Code("HGT022", "deprecated-version-read", Severity.WARNING)


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    for stream in ctx.streams:
        references = (*stream.inputs, *(stream.sql.references if stream.sql else ()))
        yield from _deprecated(ctx, references, stream.name, stream.address, stream)
    for exposure in ctx.project.exposures.values():
        yield from _deprecated(ctx, exposure.reads, exposure.name, exposure.address)


def _deprecated(
    ctx: Context, references: Sequence[Reference], reader: str, node: Address, within: Stream | None = None
) -> Iterator[Diagnostic]:
    found = {ctx.project.resolve(r): r for r in reversed(references) if r.version}
    for address, reference in reversed(found.items()):
        stream = ctx.project.streams.get(address) if address is not None else None
        if stream is None or not stream.deprecation_date or stream.name == node.name:
            continue
        finding = CODE.at(
            span_of(reference, within),
            f"`{reader}` reads version {stream.version} of `{stream.name}`, which goes on {stream.deprecation_date}",
            node=str(node),
        ).note("it is deprecated here", stream.place.span())
        latest = ctx.project.latest_versions.get(stream.name)
        yield finding.with_help(
            f'read `ref("{stream.name}", v={latest})`'
            if latest and latest != stream.version
            else "move to what replaces it"
        )
