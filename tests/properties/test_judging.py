"""Judging is monotone: more failing records, or a lower threshold, never turn a failure into a pass."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graph_builders import place, ref
from headgate.addresses import Address, Kind
from headgate.assertions import Verdict, judge
from headgate.project.declarations import Test as Declared

SHARES = st.none() | st.floats(0, 1)
COUNTS = st.none() | st.integers(0, 50)


def declared(share: float | None, count: int | None, severity: str = "error") -> Declared:
    return Declared(
        address=Address(Kind.TEST, "t"),
        name="t",
        target=ref("m"),
        type="sample",
        assertions=(),
        place=place(),
        severity=severity,
        threshold_share=share,
        threshold_count=count,
    )


@given(SHARES, COUNTS, st.integers(1, 50), st.data())
def test_more_failures_never_pass_where_fewer_did_not(
    share: float | None, count: int | None, judged: int, data: st.DataObject
) -> None:
    fewer = data.draw(st.integers(0, judged))
    more = data.draw(st.integers(fewer, judged))
    test = declared(share, count)
    if judge(test, fewer, judged) is Verdict.FAIL:
        assert judge(test, more, judged) is Verdict.FAIL


@given(SHARES, COUNTS, st.integers(0, 50), st.integers(0, 50))
def test_severity_changes_what_a_failure_is_called_and_nothing_else(
    share: float | None, count: int | None, failed: int, judged: int
) -> None:
    hard, soft = (judge(declared(share, count, s), failed, judged) for s in ("error", "warn"))
    assert (hard is Verdict.FAIL) == (soft is Verdict.WARN)
    assert hard is soft or hard is Verdict.FAIL


@given(st.integers(0, 50), st.integers(1, 50))
def test_without_a_threshold_one_failure_is_one_too_many(failed: int, judged: int) -> None:
    assert (judge(declared(None, None), failed, judged) is Verdict.PASS) == (failed == 0)
