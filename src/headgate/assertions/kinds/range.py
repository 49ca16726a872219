"""A column lies between two values, both included. Null passes."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.assertions import codes
from headgate.assertions.flink import fits, literal, quoted
from headgate.assertions.kind import AssertionKind, Evidence, Tested
from headgate.assertions.wanted import column_is, columns_there, some_of
from headgate.diagnostics import Diagnostic
from headgate.project import keys
from headgate.project.declarations import Assertion
from headgate.schema.types import DataType
from headgate.syntax import Place


class Range(keys.Raw, kw_only=True):
    """`min` and `max` are written as values of the column; one may be left out."""

    column: str
    min: int | float | str | None = None
    max: int | float | str | None = None


def check(said: Range, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    yield from some_of(said, ("min", "max"), place)
    yield from columns_there(said, ("column",), tested, place)
    yield from column_is(said.column, _ordered, "a number or a time", tested, place.at("column"))
    column = tested.column(said.column)
    if column is None or not _ordered(column.type):
        return
    for name, value in (("min", said.min), ("max", said.max)):
        if value is not None and (why := fits(value, column.type)):
            yield codes.DOES_NOT_FIT.at(place.at(name).span(), why).with_help(
                f"`{column.name}` is {column.type.text}"
            )


def _ordered(type_: DataType) -> bool:
    return type_.is_numeric or type_.is_timestamp or type_.name in ("DATE", "TIME")


def evidence(said: Range, tested: Tested, assertion: Assertion) -> Evidence:
    column = tested.column(said.column)
    assert column is not None
    name = quoted(said.column)
    limits = [(said.min, "<"), (said.max, ">")]
    outside = " OR ".join(f"{name} {sign} {literal(v, column.type)}" for v, sign in limits if v is not None)
    return Evidence(failing=f"SELECT {tested.columns} FROM {tested.relation} WHERE {outside}")


KIND = AssertionKind(Range, check, evidence)
