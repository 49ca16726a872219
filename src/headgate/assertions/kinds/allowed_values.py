"""A column holds one of a list of values. Null passes: `not_null` asks for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from headgate.assertions import codes
from headgate.assertions.flink import fits, literal, quoted
from headgate.assertions.kind import AssertionKind, Evidence, Tested
from headgate.assertions.wanted import columns_there
from headgate.diagnostics import Diagnostic
from headgate.project import keys
from headgate.project.codes import BAD_VALUE
from headgate.project.declarations import Assertion
from headgate.syntax import Place


class AllowedValues(keys.Raw, kw_only=True):
    """`values` are written as values of the column."""

    column: str
    values: list[Any]


def check(said: AllowedValues, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    yield from columns_there(said, ("column",), tested, place)
    if not said.values:
        finding = BAD_VALUE.at(place.at("values").span(), "no value is listed")
        yield finding.with_help("without one, every record that has a value fails")
    column = tested.column(said.column)
    if column is None:
        return
    for index, value in enumerate(said.values):
        if why := fits(value, column.type):
            yield codes.DOES_NOT_FIT.at(place.at("values", index).span(), why).with_help(
                f"`{column.name}` is {column.type.text}"
            )


def evidence(said: AllowedValues, tested: Tested, assertion: Assertion) -> Evidence:
    column = tested.column(said.column)
    assert column is not None
    allowed = ", ".join(literal(value, column.type) for value in said.values)
    wrong = f"{quoted(said.column)} NOT IN ({allowed})"
    return Evidence(failing=f"SELECT {tested.columns} FROM {tested.relation} WHERE {wrong}")


KIND = AssertionKind(AllowedValues, check, evidence)
