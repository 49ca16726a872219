"""A role that a policy or a use names is declared."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis import named
from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.suggest import did_you_mean

CODE = Code("HGS001", "unknown-role", Severity.ERROR)


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    known = ctx.project.roles
    for naming in named.roles(ctx):
        if naming.name not in known and naming.name not in ctx.project.unsure:
            yield CODE.at(
                naming.place.span(),
                f"no role is called `{naming.name}`",
                node=str(naming.node) if naming.node is not None else None,
            ).with_help(did_you_mean(naming.name, known) or "declare it under `roles`")
