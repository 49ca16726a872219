"""Samples are written to a topic once, and those that grew from where they grew."""

from __future__ import annotations

import pytest

from headgate.ports import StreamRecord
from headgate.workflows.feeding import held, marks


def sample(*ids: str) -> list[str]:
    return list(marks(StreamRecord("+I", None, {"id": id_}) for id_ in ids))


@pytest.mark.parametrize(
    ("before", "now", "there"),
    [
        ("", "abc", 0),
        ("abc", "abc", 3),
        ("abc", "abcd", 3),
        ("abc", "xbc", 0),
        ("abc", "ab", 0),
        ("abc", "abd", 0),
    ],
)
def test_of_a_sample_is_written_what_the_topic_does_not_hold(before: str, now: str, there: int) -> None:
    assert held(set(sample(*before)[-1:]), sample(*now)) == there


def test_the_partition_that_was_written_last_counts() -> None:
    first, second, third = sample("a", "b", "c")
    assert held({first, third}, [first, second, third]) == 3
    assert held({"", second}, [first, second, third]) == 2
