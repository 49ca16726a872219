"""A role that a closed stream admits only because a mask names it is said: the mask is a grant."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions.audit import only_masked
from headgate.project.suggest import listed

CODE = Code("HGS032", "only-a-mask-admits", Severity.INFO)


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    for one in only_masked(ctx.permissions):
        if one.stream.project:
            continue
        stream = ctx.graph.stream(one.stream)
        yield CODE.at(
            one.mask.place.at("applied_in").span(),
            f"`{stream.name}` is closed, and admits {listed(one.roles)} because a mask names"
            f" {'it' if len(one.roles) == 1 else 'them'}",
            node=str(one.stream),
        ).with_help(
            "to shut them out, take them out of `applied_in`: a mask with no `applied_in` admits nobody"
        )
