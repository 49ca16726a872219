"""Commands that take turns: over one stack, and over what is fetched for all."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_LOOK_SECONDS = 0.2


@contextmanager
def turn(lock: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Holds a lock that one process has at a time (`flock(2)`: gone with its holder); says again and again that it waits."""
    with lock.open("w") as held:
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting()
                time.sleep(_LOOK_SECONDS)
        yield
