"""A column that holds a whole record, or its headers, is as secret as the most secret thing in it."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.model import StreamColumn
from headgate.project.declarations import Stream

CODE = Code("HGS027", "raw-column-classed-too-low", Severity.WARNING)

RAW_NAMES = frozenset({"raw", "raw_payload", "raw_value", "raw_record", "raw_event", "payload", "headers"})
"""What people call a column that holds what is also in the others."""


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    found, facts = ctx.permissions.policies.get(stream.address), ctx.facts(stream.address)
    if found is None or facts is None or facts.inputs or len(facts.columns) < 2:
        return
    levels = ctx.project.classification.levels
    highest = max(found.columns.items(), key=lambda item: item[1].level)
    for column in facts.columns:
        known = found.columns[column.name]
        if known.level < highest[1].level and _raw(stream, column):
            declared = stream.column(column.name)
            place = declared.place if declared is not None else stream.place.at("name")
            yield CODE.at(
                place.span(),
                f"`{column.name}` is {levels[known.level]}, and may hold `{highest[0]}`,"
                f" which is {levels[highest[1].level]}",
                node=str(stream.address),
            ).with_help(f"classify `{column.name}` {levels[highest[1].level]} too")


def _raw(stream: Stream, column: StreamColumn) -> bool:
    declared = stream.column(column.name)
    if declared is not None and declared.metadata:
        return declared.metadata == "headers"
    return column.name in RAW_NAMES and (column.type.is_text or column.type.is_binary)
