"""Within a key, a column never falls behind what has arrived before. Null passes, as a key and as a value."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.assertions import codes
from headgate.assertions.flink import quoted, selected
from headgate.assertions.kind import AssertionKind, Evidence, Tested
from headgate.assertions.wanted import column_is, columns_there
from headgate.diagnostics import Diagnostic
from headgate.graph.model import Mode
from headgate.project import keys
from headgate.project.columns import strings
from headgate.project.declarations import Assertion
from headgate.schema.types import DataType
from headgate.syntax import Place


class Ordered(keys.Raw, kw_only=True):
    """`key` is a column, a list, or not said: then the order is that of the whole stream."""

    column: str
    key: keys.Names | None = None


def check(said: Ordered, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    yield from columns_there(said, ("column", "key"), tested, place)
    yield from column_is(said.column, _ordered, "a number or a time", tested, place.at("column"))
    if tested.facts.known and tested.facts.mode is not Mode.APPEND:
        yield codes.DOES_NOT_FIT.at(
            place.span(),
            f"`{tested.stream.name}` keeps the last record of a key, so there is no order to keep",
        ).with_help("assert it of the append stream that it is made from")


def _ordered(type_: DataType) -> bool:
    return type_.is_numeric or type_.is_timestamp or type_.name in ("DATE", "TIME")


def evidence(said: Ordered, tested: Tested, assertion: Assertion) -> Evidence:
    key, column = strings(said.key), quoted(said.column)
    by = f"PARTITION BY {selected(key)} " if key else ""
    known = "".join(f" AND {quoted(c)} IS NOT NULL" for c in key)
    greatest = (
        f"MAX({column}) OVER ({by}ORDER BY PROCTIME() ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    )
    return Evidence(
        failing=f"SELECT {tested.columns} FROM (SELECT {tested.columns}, {greatest} AS __greatest "
        f"FROM {tested.relation}) WHERE {column} < __greatest{known}"
    )


KIND = AssertionKind(Ordered, check, evidence)
