"""A column that an enforced contract promises as NOT NULL may not be derived nullable; the other way round is fine."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream

CODE = Code("HGT004", "contract-nullability", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if not stream.contract or facts is None or facts.query is None:
        return
    derived = {c.name: c.type for c in facts.query.columns}
    for column in stream.columns:
        found = derived.get(column.name)
        if found is None or column.type.nullable or not found.nullable or found.name == "UNKNOWN":
            continue
        yield CODE.at(
            column.place.at("constraints").span(),
            f"`{column.name}` is promised NOT NULL, and the query may give null",
            node=str(stream.address),
        ).with_help(f"filter with `{column.name} IS NOT NULL`, use COALESCE, or drop the constraint")
