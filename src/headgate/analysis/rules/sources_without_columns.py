"""Where the columns of a source are unknown, what reads it cannot be checked, and that is said."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Materialization, Stream

CODE = Code("HGT014", "columns-unknown", Severity.WARNING)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    if stream.materialized not in (Materialization.SOURCE, Materialization.TOPIC) or stream.columns:
        return
    queries = [a for a in ctx.graph.readers.get(stream.address, ()) if ctx.project.streams[a].sql is not None]
    if queries:
        names = ", ".join(f"`{a.name}`" for a in queries[:3]) + (" and others" if len(queries) > 3 else "")
        yield CODE.at(
            stream.place.at("name").span(),
            f"the columns of `{stream.name}` are unknown, so {names} cannot be checked",
            node=str(stream.address),
        ).with_help("list its `columns`, or name a `schema: {definition: …}` that lies in the project")
