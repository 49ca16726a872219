"""What is private is private to a group."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Access, Stream

CODE = Code("HGS004", "private-without-group", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    if stream.access is Access.PRIVATE and not stream.group:
        yield CODE.at(
            stream.place.at("access").span(),
            f"`{stream.name}` is private and of no group, so nobody may refer to it",
            node=str(stream.address),
        ).with_help("say its `group`")
