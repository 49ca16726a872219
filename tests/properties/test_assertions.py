"""What assertions mean, said a second time in Python: the evidence in Flink SQL finds the same records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.verify.assertions import run_assertions
from streams import streams

WINDOW, DELAY = 20, 5
PROJECT = f"""
sources:
  - name: child
    columns:
      - {{name: id, data_type: int}}
      - {{name: k, data_type: string}}
      - {{name: at, data_type: timestamp(3)}}
    event_time: {{column: at, max_out_of_orderness: {DELAY} seconds}}
  - name: upserts
    key: k
    changelog: upsert
    columns: [{{name: k, data_type: string}}, {{name: at, data_type: timestamp(3)}}]
    event_time: {{column: at}}
  - name: appends
    columns: [{{name: k, data_type: string}}, {{name: at, data_type: timestamp(3)}}]
    event_time: {{column: at}}
tests:
  - name: meanings
    source: child
    assertions:
      - unique_key: {{key: k, window: {WINDOW} seconds}}
      - foreign_key: {{column: k, ref_source: upserts, ref_key: k, window: {WINDOW} seconds}}
      - foreign_key: {{column: k, ref_source: appends, ref_key: k, window: {WINDOW} seconds}}
      - max_lag: {{column: at, seconds: {WINDOW}}}
      - ordered: {{column: at, key: k}}
"""
START = dt.datetime(2026, 1, 1)
Record = tuple[str | None, int]
KEYS = st.sampled_from(["a", "b", "c"])
CHILDREN = st.lists(st.tuples(st.none() | KEYS, st.integers(0, 90)), max_size=12)
PARENTS = st.lists(st.tuples(KEYS, st.integers(0, 90)), max_size=6).map(
    lambda rows: sorted(rows, key=lambda r: r[1])
)


def unique_key(rows: Sequence[Record]) -> tuple[set[int], int]:
    """Failing records by their places, and how many were late: at or behind the greatest time before, less the delay."""
    on_time = [
        (second, place, key)
        for place, (key, second) in enumerate(rows)
        if second > max((s for _, s in rows[:place]), default=-1000) - DELAY
    ]
    failed = {place for _, place, key in on_time if key is None}
    for key in {key for _, _, key in on_time if key is not None}:
        ordered = sorted(entry[:2] for entry in on_time if entry[2] == key)
        for (before, _), (second, place) in pairwise(ordered):
            if before >= second - WINDOW:
                failed.add(place)
    return failed, len(rows) - len(on_time)


def foreign_key(rows: Sequence[Record], parents: Sequence[Record]) -> set[int]:
    """A record fails if no parent of its key has come by its time and the window. Parents come in order."""
    return {
        place
        for place, (key, second) in enumerate(rows)
        if key is not None and not any(k == key and s <= second + WINDOW for k, s in parents)
    }


def max_lag(rows: Sequence[Record]) -> set[int]:
    """Without a time of its own, a record has the greatest event time so far."""
    return {p for p, (_, s) in enumerate(rows) if max(x for _, x in rows[: p + 1]) > s + WINDOW}


def ordered(rows: Sequence[Record]) -> set[int]:
    return {
        place
        for place, (key, second) in enumerate(rows)
        if key is not None and any(k == key and s > second for k, s in rows[:place])
    }


def lines(rows: Sequence[Record], **more: Any) -> list[dict[str, Any]]:
    return [
        {"id": place, "k": key, "at": str(START + dt.timedelta(seconds=second)), **more}
        for place, (key, second) in enumerate(rows)
    ]


def without_late(rows: Sequence[Record]) -> list[Record]:
    kept: list[Record] = []
    for key, second in rows:
        if second > max((s for _, s in kept), default=-1000) - DELAY:
            kept.append((key, second))
    return kept


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(CHILDREN, PARENTS, PARENTS)
def test_both_find_the_same_records(
    children: list[Record], upserts: list[Record], appends: list[Record]
) -> None:
    # What Flink makes of late rows in a temporal join is its own story: the conformance tests tell it.
    children = without_late(children)
    parents = {"upserts": lines(upserts), "appends": lines(appends)}
    for one in (*parents["upserts"], *parents["appends"]):
        del one["id"]
    with streams(PROJECT, {"child": lines(children), **parents}) as found:
        (test,) = found.world.project.tests.values()
        outcomes = run_assertions(found.world, test, found.engine)
    if not children:
        assert {o.status for o in outcomes} == {"not_enough_data"}
        return
    failed, late = unique_key(children)
    expected = [
        failed,
        foreign_key(children, upserts),
        foreign_key(children, appends),
        max_lag(children),
        ordered(children),
    ]
    assert [o.failed for o in outcomes] == [len(places) for places in expected]
    for outcome, places in zip(outcomes, expected, strict=True):
        assert {sample["id"] for sample in outcome.samples} <= places
    assert (outcomes[0].late, outcomes[0].evaluated) == (late, len(children) - late)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(CHILDREN)
def test_late_records_are_left_out_of_what_is_judged_alike(children: list[Record]) -> None:
    with streams(PROJECT, {"child": lines(children), "upserts": [], "appends": []}) as found:
        (test,) = found.world.project.tests.values()
        outcome, _, _, lag, order = run_assertions(found.world, test, found.engine)
    failed, late = unique_key(children)
    assert (outcome.failed, outcome.not_evaluated) == (len(failed), late)
    assert (lag.failed, order.failed) == (len(max_lag(children)), len(ordered(children)))
