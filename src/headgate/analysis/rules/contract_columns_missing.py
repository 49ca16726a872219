"""Every column of an enforced contract must be one that the query gives."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream

CODE = Code("HGT001", "contract-column-missing", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if not stream.contract or stream.sql is None or facts is None or facts.query is None:
        return
    given = [c.name for c in facts.query.columns]
    for column in stream.columns:
        if column.name not in given and not column.metadata and not column.expression:
            finding = CODE.at(
                column.place.at("name").span(),
                f"the query of `{stream.name}` gives no `{column.name}`, which its contract has",
                node=str(stream.address),
            )
            undeclared = [name for name in given if stream.column(name) is None]
            close = get_close_matches(column.name, undeclared, 1)
            yield finding.with_help(
                f"select it; did you mean `{close[0]}`, which the query gives?"
                if close
                else "select it, or take it out of `columns`"
            )
