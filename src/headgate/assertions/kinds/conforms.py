"""Records keep the contract: what it declares NOT NULL has a value, text is as short as it declares.

That a record can be read as its columns at all is seen where records are decoded; the embedded engine counts those that
cannot as malformed, and they fail here.
"""

from __future__ import annotations

from collections.abc import Iterator

from headgate.assertions import codes
from headgate.assertions.flink import quoted
from headgate.assertions.kind import AssertionKind, Evidence, Tested
from headgate.diagnostics import Diagnostic
from headgate.project import keys
from headgate.project.declarations import Assertion
from headgate.schema.types import STRING_LENGTH
from headgate.syntax import Place


class Conforms(keys.Raw, kw_only=True):
    """It has no parameters: the contract says it all."""


def check(said: Conforms, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    if not tested.stream.columns:
        finding = codes.DOES_NOT_FIT.at(
            place.span(), f"`{tested.stream.name}` declares no columns to conform to"
        )
        yield finding.with_help("declare its `columns`")


def evidence(said: Conforms, tested: Tested, assertion: Assertion) -> Evidence:
    wrong = list(_wrong(tested))
    return Evidence(
        failing=f"SELECT {tested.columns} FROM {tested.relation} WHERE {' OR '.join(wrong) or 'FALSE'}",
        malformed=True,
    )


def _wrong(tested: Tested) -> Iterator[str]:
    for column in tested.stream.columns:
        if tested.column(column.name) is None:
            continue
        name = quoted(column.name)
        if not column.type.nullable:
            yield f"{name} IS NULL"
        if column.type.is_text and 0 < column.type.length < STRING_LENGTH:
            yield f"CHAR_LENGTH({name}) > {column.type.length}"


KIND = AssertionKind(Conforms, check, evidence)
