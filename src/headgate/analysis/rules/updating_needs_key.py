"""A job whose query updates its rows writes them by a unique key; where there is none, nothing could be deleted."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.model import Mode, StreamFacts
from headgate.project.declarations import Materialization, Stream
from headgate.sql.facts import Operator

CODE = Code("HGT009", "updating-query-without-key", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if stream.materialized is not Materialization.FLINK_STREAM or facts is None or facts.query is None:
        return
    query = facts.query
    if query.mode is Mode.APPEND or stream.sql is None:
        return
    if query.key is not None:
        if not stream.key:
            mend = (
                f"say `key: [{', '.join(query.key)}]`, which is unique in its query"
                if query.key
                else "it has one row: select a constant beside it, as `'all' AS scope`, and say `key: scope`"
            )
            yield CODE.at(
                stream.place.at("name").span(),
                f"`{stream.name}` updates its rows and names no `key`",
                node=str(stream.address),
            ).with_help(mend)
        return
    finding = CODE.at(
        stream.place.at("key" if stream.key else "name").span(),
        f"`{stream.name}` updates its rows, and no key of them is unique",
        node=str(stream.address),
    )
    for operator in query.operators:
        if operator.kind in _UPDATING:
            finding = finding.note(
                f"{operator.kind.replace('_', ' ')} updates rows",
                stream.sql.rendered.span(operator.start, operator.end),
            )
    yield _blame(finding, stream, facts, ctx)


_UPDATING = ("regular_join", "group_aggregate", "anti_join", "set_operation", "distinct", "top_n", "over")


def _blame(finding: Diagnostic, stream: Stream, facts: StreamFacts, ctx: Context) -> Diagnostic:
    """Names the inputs that update and have lost their key, or have none."""
    passed = {
        (o.column.stream, o.column.name) for of in facts.origins.values() for o in of if o.how == "identity"
    }
    mends: list[str] = []
    for address in facts.inputs:
        other = ctx.facts(address)
        if other is None:
            continue
        name = address.name
        key = other.key or other.unique_key or ()
        place = ctx.graph.stream(address).place.span()
        lost = [k for k in key if (address, k) not in passed]
        if other.mode is not Mode.APPEND and lost:
            finding = finding.note(
                f"`{name}` updates by {_listed(key)}, and {_listed(lost)} is not selected", place
            )
            mends.append(f"select {_listed(lost)} of `{name}`")
        elif other.mode is Mode.APPEND and any(o.kind == "regular_join" for o in _operators(facts)):
            finding = finding.note(f"`{name}` is append-only: its rows have no unique key", place)
            mends.append(f"deduplicate `{name}` by its key with ROW_NUMBER() before the join")
    return finding.with_help(
        "; or ".join(dict.fromkeys(mends)) or "group by the key, or keep one row of each with ROW_NUMBER()"
    )


def _operators(facts: StreamFacts) -> tuple[Operator, ...]:
    return facts.query.operators if facts.query is not None else ()


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{n}`" for n in names)
