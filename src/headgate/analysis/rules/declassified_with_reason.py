"""What is declassified says why."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream

CODE = Code("HGS011", "declassified-without-reason", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    for entry in stream.security.declassify:
        if not entry.reason.strip():
            what = f"`{entry.column}`" if entry.column else "the readers"
            yield CODE.at(
                entry.place.span(),
                f"{what} of `{stream.name}` {'is' if entry.column else 'are'} declassified without a reason",
                node=str(stream.address),
            ).with_help('say `reason: "…"`: why, and with whom it was agreed; until then it stays as it was')
