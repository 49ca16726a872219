"""Every column of a query must be one of the enforced contract's."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.contracts import unmatched
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream

CODE = Code("HGT002", "column-not-in-contract", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    for column in unmatched(stream, ctx.facts(stream.address)).extra:
        yield CODE.at(
            (stream.contract_place or stream.place).span(),
            f"the query of `{stream.name}` gives `{column.name}`, which its contract has not",
            node=str(stream.address),
        ).with_help(
            f"add `{{name: {column.name}, data_type: {column.type.text}}}` to `columns`, or select less"
        )
