"""A policy fits the type of its column."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream
from headgate.schema.types import DataType
from headgate.syntax.document import Place

CODE = Code("HGS013", "method-does-not-fit", Severity.ERROR)

_OF_TEXT = frozenset({"hash", "tokenization", "partial", "encrypt"})


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    security = stream.security
    if facts is None or not (security.masks or security.encrypts):
        return
    policies = [(m.column, m.method, m.place.at("method")) for m in security.masks]
    policies += [(e.column, "encrypt", e.place.at("column")) for e in security.encrypts]
    for name, method, place in policies:
        column = facts.column(name)
        if column is not None and column.type.name != "UNKNOWN":
            yield from _unfit(stream, name, method, column.type, place)


def _unfit(stream: Stream, name: str, method: str, type_: DataType, place: Place) -> Iterator[Diagnostic]:
    node = str(stream.address)
    if method in _OF_TEXT and not (type_.is_text or type_.is_binary):
        fits = "`nullify`, or `redact`" if type_.nullable else "`redact`"
        yield CODE.at(
            place.span(), f"`{method}` is for texts and bytes, and `{name}` is {type_.text}", node=node
        ).with_help(f"use {fits}, or cast the column to a string")
    elif method == "nullify" and not type_.nullable:
        yield CODE.at(
            place.span(), f"`nullify` makes null of `{name}`, which is {type_.text}", node=node
        ).with_help("use `redact`, or let the column be nullable")
