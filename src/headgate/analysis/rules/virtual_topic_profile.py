"""A virtual topic holds what the proxies we compile to can all evaluate, or what this environment's own proxy can."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.profile import PROFILE, beyond, plain, within, word
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity, Span
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Materialization, Stream

CODE = Code("HGC001", "not-for-a-virtual-topic", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    if stream.materialized is not Materialization.VIRTUAL_TOPIC or stream.sql is None:
        return
    facts = ctx.facts(stream.address)
    if facts is None or facts.query is None or ctx.environment.virtual_topics == "flink":
        return
    if within(stream, facts):
        return
    query = plain(stream, facts, ctx)
    if query is None and any(d.node == str(stream.address) for d in ctx.graph.diagnostics):
        return
    if query is None:
        yield _found(stream, *_more(stream, facts))
        return
    more = list(beyond(query, PROFILE))
    if not more:
        return
    own = frozenset(w for c in ctx.capabilities.values() if c.serves for w in c.expressions or ())
    for expression in more:
        if word(expression) in own:
            continue
        what = f"{word(expression)} is nothing that all proxies can evaluate"
        yield _found(stream, what, stream.sql.rendered.span(expression.start, expression.end))


def _more(stream: Stream, facts: StreamFacts) -> tuple[str, Span]:
    """What of a query is more than a projection and a filter."""
    assert stream.sql is not None and facts.query is not None
    for operator in facts.query.operators:
        span = stream.sql.rendered.span(operator.start, operator.end)
        return f"a virtual topic cannot hold a {operator.kind.replace('_', ' ')}", span
    place = stream.sql.place.span() if stream.sql.place is not None else stream.place.span()
    return "a virtual topic can project and filter one input, and this does more", place


def _found(stream: Stream, message: str, span: Span) -> Diagnostic:
    return CODE.at(span, message, node=str(stream.address)).with_help(
        f"rewrite it, or make `{stream.name}` a flink_stream"
    )
