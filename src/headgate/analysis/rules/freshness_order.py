"""A source warns before it fails."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.durations import duration
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream

CODE = Code("HGT021", "freshness-out-of-order", Severity.WARNING)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    freshness = stream.freshness
    if freshness is None or not freshness.warn_after_ms or not freshness.error_after_ms:
        return
    if freshness.warn_after_ms >= freshness.error_after_ms:
        yield CODE.at(
            freshness.place.at("warn_after").span(),
            f"`{stream.name}` warns after {duration(freshness.warn_after_ms)}"
            f" and is an error after {duration(freshness.error_after_ms)}: it never warns",
            node=str(stream.address),
        ).with_help("let `warn_after` be shorter than `error_after`")
