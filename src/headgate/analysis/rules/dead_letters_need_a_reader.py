"""`on_malformed: dead_letter` needs a reader that can set records aside; a Flink job fails or skips."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.addresses import Address
from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.derived import INLINED
from headgate.graph.nodes import reachable
from headgate.project.declarations import Materialization, Stream

CODE = Code("HGC002", "dead-letter-without-a-reader", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    if stream.on_malformed != "dead_letter" or ctx.environment.engine == "embedded":
        return
    streams = ctx.project.streams

    def onward(address: Address) -> tuple[Address, ...]:
        passes = address == stream.address or streams[address].materialized in INLINED
        return ctx.graph.readers.get(address, ()) if passes else ()

    below = reachable([stream.address], onward)
    jobs = [s for s in ctx.streams if s.address in below and s.materialized is Materialization.FLINK_STREAM]
    if not jobs:
        return
    finding = CODE.at(
        stream.place.at("on_malformed").span(),
        f"`{stream.name}` sets malformed records aside, and the Flink job `{jobs[0].name}` cannot",
        node=str(stream.address),
    )
    for job in jobs:
        finding = finding.note(f"`{job.name}` reads it", job.place.span())
    yield finding.with_help("say `on_malformed: fail` or `skip`; the proxy and Connect can set records aside")
