"""Records arrive soon after what they tell of: the record's own time is at most so long after a column. Null passes.

The record's time is Kafka's, never the clock of who looks: how old the newest record is now is `freshness`.
"""

from __future__ import annotations

from collections.abc import Iterator

from headgate.assertions.flink import quoted
from headgate.assertions.kind import RECORD_TIME, AssertionKind, Evidence, Tested
from headgate.assertions.wanted import column_is, columns_there, is_time, not_negative
from headgate.diagnostics import Diagnostic
from headgate.project import keys
from headgate.project.declarations import Assertion
from headgate.sql.intervals import interval
from headgate.syntax import Place


class MaxLag(keys.Raw, kw_only=True):
    """`column` is a time; `seconds` may be a fraction."""

    column: str
    seconds: float


def check(said: MaxLag, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    yield from columns_there(said, ("column",), tested, place)
    yield from column_is(said.column, is_time, "a time", tested, place.at("column"))
    yield from not_negative(said, ("seconds",), place)


def evidence(said: MaxLag, tested: Tested, assertion: Assertion) -> Evidence:
    latest = f"CAST({quoted(said.column)} AS TIMESTAMP(3)) + {interval(round(said.seconds * 1000))}"
    return Evidence(
        failing=f"SELECT {tested.columns} FROM {tested.relation} "
        f"WHERE CAST({RECORD_TIME} AS TIMESTAMP(3)) > {latest}",
        record_time=True,
    )


KIND = AssertionKind(MaxLag, check, evidence)
