"""The key of a job that updates its rows is the unique key of its query, or holds it."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.model import Mode
from headgate.project.declarations import Materialization, Stream

CODE = Code("HGT008", "key-not-unique", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if stream.materialized is not Materialization.FLINK_STREAM or facts is None or facts.query is None:
        return
    query = facts.query
    if query.mode is Mode.APPEND or query.key is None or not stream.key:
        return
    names = {c.name for c in query.columns}
    missing = [k for k in query.key if k not in stream.key]
    if missing and all(k in names for k in stream.key):
        unique = ", ".join(query.key)
        yield CODE.at(
            stream.place.at("key").span(),
            f"`{stream.name}` updates its rows by {_listed(query.key)}, and its `key` leaves {_listed(missing)} out",
            node=str(stream.address),
        ).with_help(
            f"say `key: [{unique}]`, or a list that holds it: else rows of other keys overwrite each other"
        )


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{n}`" for n in names)
