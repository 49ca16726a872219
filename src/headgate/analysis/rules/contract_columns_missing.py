"""Every column of an enforced contract must be one that the query gives."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.contracts import unmatched
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream

CODE = Code("HGT001", "contract-column-missing", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    for column, close in unmatched(stream, ctx.facts(stream.address)).missing:
        yield CODE.at(
            column.place.at("name").span(),
            f"the query of `{stream.name}` gives no `{column.name}`, which its contract has",
            node=str(stream.address),
        ).with_help(
            f"did you mean `{close}`, which the query gives?"
            if close
            else "select it, or take it out of `columns`"
        )
