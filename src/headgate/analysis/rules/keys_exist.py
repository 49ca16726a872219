"""A key is made of columns that the stream has."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream
from headgate.project.suggest import did_you_mean

CODE = Code("HGT007", "key-column-unknown", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if facts is None or not facts.known:
        return
    names = [c.name for c in facts.columns]
    for column in stream.key:
        if column not in names:
            yield CODE.at(
                stream.place.at("key").span(),
                f"`{stream.name}` has no column `{column}` to be its key",
                node=str(stream.address),
            ).with_help(did_you_mean(column, names) or "name a column that it has")
