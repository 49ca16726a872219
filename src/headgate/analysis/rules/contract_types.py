"""A column under an enforced contract has the type it promises, precision and scale included."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream
from headgate.schema.types import DataType

CODE = Code("HGT003", "contract-type-differs", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if not stream.contract or facts is None or facts.query is None:
        return
    derived = {c.name: c.type for c in facts.query.columns}
    for column in stream.columns:
        found = derived.get(column.name)
        if found is None or _holds_unknown(found) or _holds_unknown(column.type):
            continue
        if not _keeps(found, column.type):
            yield CODE.at(
                column.place.at("data_type").span(),
                f"`{column.name}` is promised as {column.type.text} and derived as {found.text}",
                node=str(stream.address),
            ).with_help(f"say `data_type: {found.text}`, or CAST(… AS {column.type.text}) in the query")


def _holds_unknown(type_: DataType) -> bool:
    return type_.name == "UNKNOWN" or any(_holds_unknown(inner) for inner in _inner(type_))


def _keeps(found: DataType, promised: DataType) -> bool:
    """Whether every value of `found` is one of `promised`, on the wire and in the promise: text may be shorter."""
    for roots in (("CHAR", "STRING"), ("BINARY", "BYTES")):
        if found.name in roots and promised.name in roots:
            return not promised.length or 0 < found.length <= promised.length
    same = (found.name, found.precision, found.scale) == (promised.name, promised.precision, promised.scale)
    names = [f.name for f in found.fields] == [f.name for f in promised.fields]
    inner = zip(_inner(found), _inner(promised), strict=False)
    return same and names and all(_keeps(f, p) for f, p in inner)


def _inner(type_: DataType) -> list[DataType]:
    return [t for t in (type_.element, type_.key, *(f.type for f in type_.fields)) if t is not None]
