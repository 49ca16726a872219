"""Waits until what runs on a live environment has dealt with all that is there for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from headgate.ports import Running
from headgate.resources import ResourceId
from headgate.workflows.request import Progress
from headgate.workflows.systems import LiveSystems

SECONDS = 120.0
STILL_SECONDS = 3.0
"""So long nothing may move before it is taken for done."""
_POLL_SECONDS = 0.5
_ENDED = ("failed", "gone", "paused", "finished")
BEHIND = "behind"

Moved = Callable[[], Mapping[str, int]]
"""How much each output holds now."""


def catch_up(
    systems: LiveSystems,
    things: Sequence[ResourceId],
    moved: Moved,
    progress: Progress,
    *,
    idle_seconds: float = 0,
) -> dict[ResourceId, Running]:
    """How each thing stands once all have caught up and no output has moved for a while; or, of one that has not within
    two minutes, that it is behind.

    `idle_seconds` are how long a watermark waits for an input with no more records: once something has moved, more may come
    after them.
    """
    began = time.monotonic()
    before, since, still = moved(), time.monotonic(), STILL_SECONDS
    while True:
        states = {one.id: one for one in systems.watch(things)}
        waiting = [id_ for id_, one in states.items() if not _done(one)]
        progress.step("catching up", len(things) - len(waiting), len(things))
        now = time.monotonic()
        held = moved()
        if held != before:
            before, since, still = held, now, STILL_SECONDS + idle_seconds
        if not waiting and now - since >= still:
            return states
        if not waiting and still > STILL_SECONDS:
            progress.step("waiting for what idle inputs hold back", int(now - since), int(still))
        if now - began >= SECONDS:
            return {id_: one if _done(one) else _behind(one) for id_, one in states.items()}
        time.sleep(_POLL_SECONDS)


def _done(one: Running) -> bool:
    return one.status in _ENDED or (one.status == "running" and not one.facts.get("lag"))


def _behind(one: Running) -> Running:
    why = one.why or f"it has not caught up within {SECONDS:.0f} seconds"
    return Running(id=one.id, status=BEHIND, why=why, facts=one.facts)
