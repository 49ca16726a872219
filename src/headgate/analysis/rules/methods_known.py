"""A mask says a method that there is."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions.form import METHODS
from headgate.project.declarations import Stream
from headgate.project.suggest import did_you_mean, listed

CODE = Code("HGS014", "unknown-mask-method", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    for mask in stream.security.masks:
        if mask.method not in METHODS:
            yield CODE.at(
                mask.place.at("method").span(),
                f"no mask is called `{mask.method}`",
                node=str(stream.address),
            ).with_help(did_you_mean(mask.method, METHODS) or f"there are {listed(METHODS)}")
