"""Shares of values, or quantiles of a number, lie within limits, in each window or over all there is.

The quantile `p90` is the least value that nine records of ten do not exceed (PERCENTILE_DISC of SQL); nulls do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from headgate.assertions import codes
from headgate.assertions.flink import fits, literal, quoted
from headgate.assertions.kind import AssertionKind, Evidence, Tested
from headgate.assertions.wanted import column_is, columns_there, event_time, one_of, some_of
from headgate.assertions.windows import compared, judged, windowed
from headgate.diagnostics import Diagnostic
from headgate.project import codes as project_codes
from headgate.project import keys
from headgate.project.declarations import Assertion
from headgate.project.units import SHARE_HELP, share
from headgate.syntax import Place

_QUANTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,6})?|100)")


class ShareLimits(keys.Raw, kw_only=True):
    """Shares between 0 and 1, or percentages in quotes; one may be left out."""

    min: float | str | None = None
    max: float | str | None = None


class QuantileLimits(keys.Raw, kw_only=True):
    """Numbers, both included; one may be left out."""

    min: int | float | None = None
    max: int | float | None = None


class Distribution(keys.Raw, kw_only=True):
    """`shares` are by value, of all records; `quantiles` are called `p50`, `p99`, `p99.9`."""

    column: str
    window: keys.Duration | None = None
    shares: dict[str, ShareLimits] | None = None
    quantiles: dict[str, QuantileLimits] | None = None


def check(said: Distribution, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    yield from one_of(said, ("shares", "quantiles"), place)
    yield from columns_there(said, ("column",), tested, place)
    if said.window is not None:
        yield from event_time("`window`", tested, place.at("window"))
    for value, limits in (said.shares or {}).items():
        yield from _check_share(said, tested, value, limits, place.at("shares", value))
    if said.quantiles is not None:
        yield from column_is(said.column, lambda t: t.is_numeric, "a number", tested, place.at("column"))
    for name, bounds in (said.quantiles or {}).items():
        at = place.at("quantiles", name)
        yield from some_of(bounds, ("min", "max"), at)
        if not _QUANTILE.fullmatch(name):
            finding = project_codes.BAD_VALUE.at(at.key_span(), f"`{name}` is no quantile")
            yield finding.with_help("write `p50`, `p99`, `p99.9`")


def _check_share(
    said: Distribution, tested: Tested, value: str, limits: ShareLimits, place: Place
) -> Iterator[Diagnostic]:
    yield from some_of(limits, ("min", "max"), place)
    for name in ("min", "max"):
        limit = getattr(limits, name)
        if limit is not None and share(limit) is None:
            yield project_codes.BAD_VALUE.at(place.at(name).span(), f"`{limit}` is no share").with_help(
                SHARE_HELP
            )
    column = tested.column(said.column)
    if column is not None and not column.type.is_text:
        yield codes.DOES_NOT_FIT.at(
            place.key_span(), f"`{said.column}` is {column.type.text}, and shares are of text"
        ).with_help("use `quantiles` for numbers")
    elif column is not None and (why := fits(value, column.type)):
        yield codes.DOES_NOT_FIT.at(place.key_span(), why)


def evidence(said: Distribution, tested: Tested, assertion: Assertion) -> Evidence:
    aggregates, outside = _shares(said, tested) if said.shares is not None else _quantiles(said)
    return Evidence(
        failing=f"SELECT * FROM ({windowed(aggregates, said.window, tested)}) WHERE {outside}",
        judged=judged(said.window, tested),
        drops_late=said.window is not None,
    )


def _shares(said: Distribution, tested: Tested) -> tuple[str, str]:
    column = tested.column(said.column)
    assert column is not None
    aggregates, outside = ["COUNT(*) AS records"], []
    for value, limits in (said.shares or {}).items():
        name = quoted(f"records of {value}")
        aggregates.append(_counted(f"{quoted(said.column)} = {literal(value, column.type)}", name))
        for limit, sign in ((limits.min, "<"), (limits.max, ">")):
            if limit is not None:
                outside.append(compared(name, sign, Decimal(str(share(limit))), "records"))
    return ", ".join(aggregates), " OR ".join(outside)


def _quantiles(said: Distribution) -> tuple[str, str]:
    """A quantile is within limits where enough values are: that needs counters alone, PERCENTILE every value as state."""
    column = quoted(said.column)
    aggregates, outside = [f"COUNT({column}) AS records"], []
    for quantile, limits in (said.quantiles or {}).items():
        match = _QUANTILE.fullmatch(quantile)
        assert match is not None
        part = Decimal(match[1]) / 100
        for limit, sign, wrong in ((limits.min, "<", ">="), (limits.max, "<=", "<")):
            if limit is not None:
                name = quoted(f"{quantile} {sign} {limit}")
                aggregates.append(_counted(f"{column} {sign} {limit!r}", name))
                outside.append(compared(name, wrong, part, "records"))
    return ", ".join(aggregates), f"records > 0 AND ({' OR '.join(outside)})"


def _counted(condition: str, name: str) -> str:
    return f"COUNT(CASE WHEN {condition} THEN 1 END) AS {name}"


KIND = AssertionKind(Distribution, check, evidence)
