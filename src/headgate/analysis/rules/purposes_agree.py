"""All uses of one principal are for one purpose: nothing on the wire says which is meant."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions import Use
from headgate.syntax.document import Place

CODE = Code("HGS020", "purposes-of-one-principal-differ", Severity.ERROR)


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    first: dict[str, Use] = {}
    for use in ctx.permissions.uses:
        if not use.principal:
            continue
        known = first.setdefault(use.principal, use)
        if known.purpose != use.purpose:
            yield (
                CODE.at(
                    _place(use, ctx).span(),
                    f"`{use.by.name}` reads as `{use.principal}` for {use.purpose or 'no purpose'}, and"
                    f" `{known.by.name}` for {known.purpose or 'none'}",
                    node=str(use.by),
                    severity=ctx.guard,
                )
                .note(f"`{known.by.name}` is declared here", _place(known, ctx).span())
                .with_help("name one purpose, or give one of them a principal and a role of its own")
            )


def _place(use: Use, ctx: Context) -> Place:
    exposure = ctx.project.exposures.get(use.by)
    if exposure is not None:
        return exposure.place.at("access", "purpose" if use.purpose else "allowed_roles")
    stream = ctx.project.streams[use.by]
    place = stream.sink.place if stream.sink is not None else stream.place.at("flink")
    return place.at("purpose" if use.purpose else "role")
