"""A broker that goes away under an apply: it stops in bounded time, and goes on once the broker is back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from accounts import connection, local_stack
from back_half import TOPIC, thing
from headgate.ports import TemporaryFailure
from headgate.state import LoggedState, open_topic_state
from real.conftest import Stack, brought_up, environment
from running import headgate_process

pytestmark = [pytest.mark.real, pytest.mark.slow]

A, B = thing(TOPIC, "dev/a", size=1), thing(TOPIC, "dev/b", size=1)
BOUND_SECONDS = 60


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stack]:
    """A stack of the test's own, which may be broken."""
    folder = tmp_path / "stack"
    try:
        yield brought_up(folder)
    finally:
        headgate_process("local", "down", "--wipe", project=folder, environ=environment())


def opened(stack: Stack) -> LoggedState:
    where = connection(local_stack(stack.project))
    return open_topic_state(
        where, "state", project="shop", environment="dev", version="0.1", backups=Path("nowhere")
    )


def test_an_apply_whose_broker_goes_away_stops_and_goes_on_when_it_is_back(own: Stack) -> None:
    with closing(opened(own)) as state:
        state.begin()
        state.record([A])
        assert headgate_process("local", "down", project=own.project, environ=environment()).code == 0
        before = time.monotonic()
        with pytest.raises(TemporaryFailure, match="cluster `dev`"):
            state.intend([B.id])
        with pytest.raises(TemporaryFailure, match="cluster `dev`"):
            opened(own)
        assert time.monotonic() - before < BOUND_SECONDS
        assert headgate_process("local", "up", project=own.project, environ=environment()).code == 0
        state.intend([B.id])
        state.record([B])
        state.finish()
    with closing(opened(own)) as after:
        assert (after.read(), after.intents(), after.lock) == ({A.id: A, B.id: B}, (), None)
