"""What is measured on live systems is compared thing by thing, and stands on the page as it was."""

from __future__ import annotations

from bench.live import Compared, acls, page, subjects, topics


def test_the_ratio_is_of_the_time_that_one_thing_takes() -> None:
    row = Compared(name="make topics", count=1000, seconds=2.0, apart_count=10, apart_seconds=1.0)
    assert row.ratio == 50.0
    assert "| make topics | 1,000 | 2.00 | 2.00 | 100.00 | 50.0 |" in page([row])


def test_there_are_as_many_different_things_as_said() -> None:
    for make in (topics, acls, subjects):
        assert len({one.id for one in make(2_000)}) == 2_000
