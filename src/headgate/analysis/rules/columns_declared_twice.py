"""A stream declares a column once."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream
from headgate.syntax.document import Place

CODE = Code("HGT006", "column-declared-twice", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    first: dict[str, Place] = {}
    for column in stream.columns:
        earlier = first.setdefault(column.name, column.place)
        if earlier is not column.place:
            yield (
                CODE.at(
                    column.place.at("name").span(),
                    f"`{stream.name}` declares the column `{column.name}` twice",
                    node=str(stream.address),
                )
                .note("it is declared here first", earlier.at("name").span())
                .with_help("keep one of them")
            )
