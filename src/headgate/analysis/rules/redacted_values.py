"""A number or a time that is redacted and cannot be null is shown as a value that looks like any other."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream
from headgate.schema.types import DataType

CODE = Code("HGS015", "redacted-as-a-value", Severity.WARNING)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if facts is None:
        return
    for mask in stream.security.masks:
        column = facts.column(mask.column) if mask.method == "redact" else None
        shown = _shown(column.type) if column is not None and not column.type.nullable else ""
        if shown:
            yield CODE.at(
                mask.place.at("method").span(),
                f"`{mask.column}` cannot be null, so `redact` shows it as {shown}",
                node=str(stream.address),
            ).with_help("let the column be nullable: then it is shown as null")


def _shown(type_: DataType) -> str:
    if type_.is_numeric:
        return "0"
    if type_.name == "BOOLEAN":
        return "false"
    return "1970-01-01" if type_.is_timestamp or type_.name in ("DATE", "TIME") else ""
