"""An enforced contract says what it promises: columns, each with its type."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream

CODE = Code("HGT005", "contract-promises-nothing", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    if not stream.contract:
        return
    node = str(stream.address)
    if not stream.columns:
        yield CODE.at(
            (stream.contract_place or stream.place).span(),
            f"the contract of `{stream.name}` is enforced and lists no columns",
            node=node,
        ).with_help("list its `columns` with their types, or take `enforced: true` out")
    for column in stream.columns:
        if column.type.name == "UNKNOWN" and not column.expression:
            yield CODE.at(
                column.place.at("name").span(),
                f"`{column.name}` stands in an enforced contract and has no `data_type`",
                node=node,
            ).with_help(f"say its type: `{{name: {column.name}, data_type: …}}`")
