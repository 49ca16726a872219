"""One time of a record is at most so long after another. Null passes."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import field

from headgate.assertions.flink import quoted
from headgate.assertions.kind import AssertionKind, Evidence, Tested
from headgate.assertions.wanted import column_is, duration, is_time
from headgate.diagnostics import Diagnostic
from headgate.project import keys
from headgate.project.declarations import Assertion
from headgate.sql.intervals import interval
from headgate.syntax import Place


class MaxLatency(keys.Raw, kw_only=True):
    """`from` and `to` are columns that hold times, `max` a duration."""

    from_: str = field(name="from")
    to: str
    max: keys.Duration


def check(said: MaxLatency, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    for name, column in (("from", said.from_), ("to", said.to)):
        if missing := tested.missing(column, place.at(name)):
            yield missing
        yield from column_is(column, is_time, "a time", tested, place.at(name))


def evidence(said: MaxLatency, tested: Tested, assertion: Assertion) -> Evidence:
    start, end = (f"CAST({quoted(c)} AS TIMESTAMP(3))" for c in (said.from_, said.to))
    late = f"{end} > {start} + {interval(duration(said.max))}"
    return Evidence(failing=f"SELECT {tested.columns} FROM {tested.relation} WHERE {late}")


KIND = AssertionKind(MaxLatency, check, evidence)
