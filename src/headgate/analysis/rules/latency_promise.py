"""A promised end-to-end latency must be one that the way to every stream it is about can keep."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.durations import duration
from headgate.analysis.latency import Step, path
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity, Span
from headgate.project.declarations import Exposure, Stream

CODE = Code("HGT020", "latency-promise-too-low", Severity.WARNING)


@rule(CODE)
def check(exposure: Exposure, ctx: Context) -> Iterator[Diagnostic]:
    promised = exposure.sla.max_end_to_end_latency_ms
    if promised is None:
        return
    reached = ctx.latencies
    slowest = max(
        (a for a in ctx.graph.reads(exposure) if a in reached),
        key=lambda a: reached[a].total_ms,
        default=None,
    )
    if slowest is None or reached[slowest].total_ms <= promised:
        return
    place = exposure.sla.place or exposure.place
    total = duration(reached[slowest].total_ms)
    finding = CODE.at(
        place.at("max_end_to_end_latency_ms").span(),
        f"`{exposure.name}` promises {duration(promised)} end to end, and `{slowest.name}` takes at least {total}",
        node=str(exposure.address),
    )
    for step in path(reached, slowest):
        stream = ctx.graph.stream(step.address)
        finding = finding.note(_share(step, stream, ctx), _place(step, stream, ctx))
    yield finding.with_help(f"promise more than {total}, or read a stream above what waits")


def _share(step: Step, stream: Stream, ctx: Context) -> str:
    if not step.share_ms:
        return f"`{stream.name}` adds nothing"
    facts = ctx.graph.facts[step.address]
    reasons: list[str] = []
    operators = facts.query.operators if facts.query is not None else ()
    if step.waits_ms:
        longest = max(operators, key=lambda o: o.waits_ms)
        reasons.append(f"{longest.detail or longest.kind.replace('_', ' ')} waits {duration(step.waits_ms)}")
    if step.watermark_ms:
        waiting = next(o for o in operators if o.needs_watermark)
        reasons.append(
            f"its {waiting.kind.replace('_', ' ')} waits for a watermark that is"
            f" {duration(step.watermark_ms)} behind"
        )
    return f"`{stream.name}` adds {duration(step.share_ms)}: {', and '.join(reasons)}"


def _place(step: Step, stream: Stream, ctx: Context) -> Span:
    facts = ctx.graph.facts[step.address]
    if step.share_ms and stream.sql is not None and facts.query is not None:
        key = "waits_ms" if step.waits_ms else "needs_watermark"
        operator = max(facts.query.operators, key=lambda o: getattr(o, key))
        return stream.sql.rendered.span(operator.start, operator.end)
    return stream.place.at("name").span()
