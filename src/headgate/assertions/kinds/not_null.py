"""Columns hold a value in every record."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.assertions.flink import quoted
from headgate.assertions.kind import AssertionKind, Evidence, Tested
from headgate.assertions.wanted import columns_there, one_of
from headgate.diagnostics import Diagnostic
from headgate.project import keys
from headgate.project.columns import strings
from headgate.project.declarations import Assertion
from headgate.syntax import Place


class NotNull(keys.Raw, kw_only=True):
    """`column`, or several under `columns`: a record in which one of them is null fails."""

    column: str | None = None
    columns: keys.Names | None = None


def check(said: NotNull, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    yield from one_of(said, ("column", "columns"), place)
    yield from columns_there(said, ("column", "columns"), tested, place)


def evidence(said: NotNull, tested: Tested, assertion: Assertion) -> Evidence:
    nulls = " OR ".join(f"{quoted(c)} IS NULL" for c in strings(said.columns or said.column))
    return Evidence(failing=f"SELECT {tested.columns} FROM {tested.relation} WHERE {nulls}")


KIND = AssertionKind(NotNull, check, evidence)
