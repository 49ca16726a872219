"""State that only grows is said, with what grows, unless a `state_ttl` bounds it."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.addresses import Address
from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.nodes import reachable
from headgate.project.declarations import Materialization, Stream
from headgate.sql.facts import Operator

CODE = Code("HGQ201", "state-grows-for-ever", Severity.WARNING)

_GROWS = {
    "regular_join": "every row of both its inputs",
    "group_aggregate": "one entry for every group there has ever been",
    "distinct": "every distinct row there has ever been",
    "deduplicate": "one row for every key there has ever been",
    "top_n": "the rows of every partition there has ever been",
    "semi_join": "every row of both its inputs",
    "anti_join": "every row of both its inputs",
    "set_operation": "every distinct row there has ever been",
    "over": "the rows of every partition there has ever been",
}


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if stream.sql is None or facts is None or facts.query is None or stream.flink.state_ttl_ms:
        return
    growing = [o for o in facts.query.operators if o.unbounded]
    if not growing or (stream.materialized is Materialization.EPHEMERAL and _bounded_by_readers(stream, ctx)):
        return
    for operator in growing:
        yield CODE.at(
            stream.sql.rendered.span(operator.start, operator.end),
            f"the {_name(operator)} of `{stream.name}` keeps {_GROWS.get(operator.kind, 'more and more')}, for ever",
            node=str(stream.address),
        ).with_help("say `flink: {state_ttl: …}`: how long a row may stay unused before it is forgotten")


def _name(operator: Operator) -> str:
    return operator.kind.replace("_", " ")


def _bounded_by_readers(stream: Stream, ctx: Context) -> bool:
    """Whether every job that an ephemeral query becomes a part of bounds its state."""
    streams = ctx.project.streams

    def onward(address: Address) -> tuple[Address, ...]:
        here = streams[address]
        inlined = here.materialized is Materialization.EPHEMERAL
        return ctx.graph.readers.get(address, ()) if inlined else ()

    jobs = [streams[a] for a in reachable([stream.address], onward)]
    return all(j.flink.state_ttl_ms for j in jobs if j.materialized is Materialization.FLINK_STREAM)
