"""At most a share of the records of each window has no value in a column. Without a window, of all there are."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from headgate.assertions.flink import quoted
from headgate.assertions.kind import AssertionKind, Evidence, Tested
from headgate.assertions.wanted import columns_there, event_time
from headgate.assertions.windows import compared, judged, windowed
from headgate.diagnostics import Diagnostic
from headgate.project import codes, keys
from headgate.project.declarations import Assertion
from headgate.project.units import SHARE_HELP, share
from headgate.syntax import Place


class NullRate(keys.Raw, kw_only=True):
    """`max` is a share between 0 and 1, or a percentage in quotes."""

    column: str
    max: float | str
    window: keys.Duration | None = None


def check(said: NullRate, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    yield from columns_there(said, ("column",), tested, place)
    if share(said.max) is None:
        yield codes.BAD_VALUE.at(place.at("max").span(), f"`{said.max}` is no share").with_help(SHARE_HELP)
    if said.window is not None:
        yield from event_time("`window`", tested, place.at("window"))


def evidence(said: NullRate, tested: Tested, assertion: Assertion) -> Evidence:
    counted = f"COUNT(*) AS records, COUNT(*) - COUNT({quoted(said.column)}) AS nulls"
    too_many = compared("nulls", ">", Decimal(str(share(said.max))), "records")
    return Evidence(
        failing=f"SELECT * FROM ({windowed(counted, said.window, tested)}) WHERE {too_many}",
        judged=judged(said.window, tested),
        drops_late=said.window is not None,
    )


KIND = AssertionKind(NullRate, check, evidence)
