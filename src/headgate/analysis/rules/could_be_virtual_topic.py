"""A job that only selects, renames and filters one input could be left to the proxy: nothing stored, nothing run."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.profile import within
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Materialization, Stream
from headgate.sql.facts import Mode

CODE = Code("HGC004", "could-be-a-virtual-topic", Severity.INFO)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if stream.materialized is not Materialization.FLINK_STREAM or facts is None or len(facts.inputs) != 1:
        return
    above = ctx.facts(facts.inputs[0])
    # A virtual topic has the key and the records of its input.
    if above is None or facts.mode is not Mode.APPEND or above.mode is not Mode.APPEND:
        return
    if facts.key and facts.key != above.key:
        return
    if stream.sql is not None and within(stream, facts):
        yield CODE.at(
            # A place in the query costs nothing, unlike one in the YAML around it, and many models may be hinted at.
            stream.sql.rendered.span(0, len("SELECT")),
            f"`{stream.name}` only selects and filters, and has a job and a topic of its own",
            node=str(stream.address),
        ).with_help("`materialized: virtual_topic` would let the proxy serve it")
