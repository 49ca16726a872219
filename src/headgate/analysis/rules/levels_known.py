"""A class is one of the project's levels."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream
from headgate.project.suggest import did_you_mean, listed

CODE = Code("HGS035", "unknown-class", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    levels = ctx.project.classification.levels
    named = [
        (c.classification, c.place.at("classification"))
        for c in stream.columns
        if c.classification is not None and c.classification not in levels
    ]
    security = stream.security
    named += [(c.level, c.place) for c in security.classification if c.level not in levels]
    named += [(d.to, d.place.at("to")) for d in security.declassify if d.to and d.to not in levels]
    for level, place in named:
        yield CODE.at(place.span(), f"no class is called `{level}`", node=str(stream.address)).with_help(
            did_you_mean(level, levels) or f"the classes are {listed(levels)}"
        )
