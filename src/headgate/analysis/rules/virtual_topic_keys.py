"""A virtual topic has the key of what it is served from: a proxy does not write records anew."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.derived import passed_key
from headgate.project.declarations import Materialization, Stream
from headgate.project.suggest import listed

CODE = Code("HGT015", "virtual-topic-key-differs", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if stream.materialized is not Materialization.VIRTUAL_TOPIC or not stream.key:
        return
    if facts is None or facts.query is None or len(facts.inputs) != 1:
        return
    if any(c.type.name == "UNKNOWN" for c in facts.query.columns if c.name in stream.key):
        return
    source = ctx.graph.stream(facts.inputs[0])
    inputs = [ctx.graph.facts[facts.inputs[0]]]
    passed = passed_key(stream, facts.query, inputs, {source.relation: facts.inputs[0]})
    if passed == stream.key or not inputs[0].known:
        return
    has = f"the key {listed(inputs[0].key)}" if inputs[0].key else "no key"
    yield (
        CODE.at(
            stream.place.at("key").span(),
            f"the key of `{stream.name}` is {listed(stream.key)}, and its records have {has}",
            node=str(stream.address),
        )
        .note(f"a virtual topic has the key of its input `{source.name}`", source.place.span())
        .with_help("leave `key` out, or make it a flink_stream, which writes its records anew")
    )
