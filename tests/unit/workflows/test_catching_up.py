"""When a build takes what runs for done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from headgate.ports import Running
from headgate.resources import ResourceId
from headgate.workflows import catching_up
from headgate.workflows.catching_up import BEHIND, catch_up
from headgate.workflows.systems import LiveSystems

JOB = ResourceId("flink_job", "main/shop.totals")


class Clock:
    """A clock that sleeping moves."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(catching_up, "time", made)
    return made


def caught_up(clock: Clock, *, until: float, lag_until: float = 0, idle_seconds: float = 0) -> Running:
    """How a job stands whose output grows, and which is behind, until some time."""

    def watch(things: Any) -> Iterator[Running]:
        yield Running(id=JOB, status="running", facts={"lag": 5 if clock.now < lag_until else 0})

    def held() -> Mapping[str, int]:
        return {"totals": int(min(clock.now, until) * 2)}

    systems, progress = SimpleNamespace(watch=watch), SimpleNamespace(step=lambda *_: None)
    return catch_up(cast(LiveSystems, systems), (JOB,), held, cast(Any, progress), idle_seconds=idle_seconds)[
        JOB
    ]


def test_it_is_done_when_nothing_has_moved_for_a_while(clock: Clock) -> None:
    assert caught_up(clock, until=10).status == "running"
    assert clock.now == 10 + catching_up.STILL_SECONDS


def test_what_idle_inputs_hold_back_is_waited_for_once_something_has_moved(clock: Clock) -> None:
    caught_up(clock, until=10, idle_seconds=30)
    assert clock.now == 10 + 30 + catching_up.STILL_SECONDS


def test_where_nothing_moves_no_idle_input_is_waited_for(clock: Clock) -> None:
    caught_up(clock, until=0, idle_seconds=30)
    assert clock.now == catching_up.STILL_SECONDS


def test_what_does_not_catch_up_is_behind_after_two_minutes(clock: Clock) -> None:
    late = caught_up(clock, until=0, lag_until=1000)
    assert (late.status, clock.now) == (BEHIND, catching_up.SECONDS)
    assert late.why == "it has not caught up within 120 seconds"
