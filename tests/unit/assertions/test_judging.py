"""What a number of failing records means."""

from __future__ import annotations

from typing import Any

import pytest

from graph_builders import place, ref
from headgate.addresses import Address, Kind
from headgate.assertions import Verdict, judge
from headgate.project.declarations import Test as Declared


def declared(**more: Any) -> Declared:
    return Declared(
        address=Address(Kind.TEST, "t"),
        name="t",
        target=ref("m"),
        type="sample",
        assertions=(),
        place=place(),
        **more,
    )


@pytest.mark.parametrize(
    ("failed", "judged", "more", "verdict"),
    [
        (0, 0, {}, Verdict.NOT_ENOUGH_DATA),
        (0, 10, {}, Verdict.PASS),
        (1, 10, {}, Verdict.FAIL),
        (1, 10, {"severity": "warn"}, Verdict.WARN),
        (1, 10, {"threshold_share": 0.1}, Verdict.PASS),
        (2, 10, {"threshold_share": 0.1}, Verdict.FAIL),
        (2, 10, {"threshold_share": 0.1, "severity": "warn"}, Verdict.WARN),
        (3, 10, {"threshold_count": 3}, Verdict.PASS),
        (4, 10, {"threshold_count": 3}, Verdict.FAIL),
        (1, 10, {"threshold_count": 0}, Verdict.FAIL),
        (3, 10, {"threshold_count": 3, "threshold_share": 0.1}, Verdict.FAIL),
        (1, 1, {"threshold_share": 1.0}, Verdict.PASS),
    ],
)
def test_more_than_the_threshold_allows_fails(
    failed: int, judged: int, more: dict[str, Any], verdict: Verdict
) -> None:
    assert judge(declared(**more), failed, judged) is verdict
