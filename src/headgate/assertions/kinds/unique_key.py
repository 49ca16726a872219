"""No two records of one key lie within a window of event time.

A record fails if the record of the same key before it, in event time and then in arrival, came at most `window` earlier.
The first of a key never fails; a null key does.
"""

from __future__ import annotations

from collections.abc import Iterator

from headgate.assertions import codes
from headgate.assertions.flink import quoted, selected
from headgate.assertions.kind import AssertionKind, Evidence, Tested
from headgate.assertions.wanted import columns_there, duration, event_time
from headgate.diagnostics import Diagnostic
from headgate.graph.model import Mode
from headgate.project import keys
from headgate.project.columns import strings
from headgate.project.declarations import Assertion
from headgate.sql.intervals import interval
from headgate.syntax import Place

HOUR = 3_600_000


class UniqueKey(keys.Raw, kw_only=True):
    """`key` is a column or a list; `window` is an hour where it is not said."""

    key: keys.Names
    window: keys.Duration | None = None


def check(said: UniqueKey, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    yield from columns_there(said, ("key",), tested, place)
    if tested.facts.known and tested.facts.mode is not Mode.APPEND:
        yield codes.DOES_NOT_FIT.at(
            place.span(), f"`{tested.stream.name}` has one row a key by what it is, so this asserts nothing"
        ).with_help("assert it of the append stream that it is made from")
    if said.window is not None:
        yield from event_time("`window`", tested, place.at("window"))


def evidence(said: UniqueKey, tested: Tested, assertion: Assertion) -> Evidence:
    key = strings(said.key)
    by, null = selected(key), " OR ".join(f"{quoted(c)} IS NULL" for c in key)
    time = quoted(tested.facts.event_time)
    if not tested.facts.event_time:
        return Evidence(
            failing=f"SELECT {tested.columns} FROM (SELECT {tested.columns}, COUNT(*) OVER (PARTITION BY {by} "
            f"ORDER BY PROCTIME()) AS __so_far FROM {tested.relation}) WHERE {null} OR __so_far > 1",
            note=f"`{tested.stream.name}` has no event time: all its records are one window",
        )
    before = f"LAG({time}) OVER (PARTITION BY {by} ORDER BY {time})"
    since = interval(duration(said.window, HOUR))
    return Evidence(
        failing=f"SELECT {tested.columns} FROM (SELECT {tested.columns}, {before} AS __before "
        f"FROM {tested.relation}) WHERE {null} OR __before >= {time} - {since}",
        drops_late=True,
    )


KIND = AssertionKind(UniqueKey, check, evidence)
