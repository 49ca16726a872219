"""Queries over windows of the tested stream, or over all of it."""

from __future__ import annotations

from decimal import Decimal

from headgate.assertions.flink import quoted
from headgate.assertions.kind import Tested
from headgate.assertions.wanted import duration
from headgate.sql.intervals import interval


def windowed(aggregates: str, window: str | None, tested: Tested) -> str:
    """Aggregates a tumbling window of event time, or of the whole stream where there is no window."""
    if window is None:
        return f"SELECT {aggregates} FROM {tested.relation}"
    return (
        f"SELECT window_start, window_end, {aggregates} FROM {_windows(window, tested)} "
        "GROUP BY window_start, window_end"
    )


def judged(window: str | None, tested: Tested) -> str:
    """A row for each window that has a record."""
    if window is None:
        return f"SELECT COUNT(*) AS records FROM {tested.relation}"
    return f"SELECT window_start FROM {_windows(window, tested)} GROUP BY window_start, window_end"


def compared(count: str, sign: str, share: Decimal, total: str) -> str:
    """A share of a whole compared with a limit, in whole numbers, so that no digit is lost.

    >>> compared("nulls", ">", Decimal("0.001"), "records")
    'nulls * 1000 > 1 * records'
    """
    numerator, denominator = share.as_integer_ratio()
    return f"{count} * {denominator} {sign} {numerator} * {total}"


def _windows(window: str, tested: Tested) -> str:
    time = quoted(tested.facts.event_time)
    return f"TABLE(TUMBLE(TABLE {tested.relation}, DESCRIPTOR({time}), {interval(duration(window))}))"
