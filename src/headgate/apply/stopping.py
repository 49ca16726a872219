"""Ctrl-C between steps: the one under way is finished and recorded, the rest is left for the next apply."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def between_steps() -> Iterator[Callable[[], bool]]:
    """Inside, a first interrupt is only noted, and the function says so; a second one interrupts at once.

    Outside the main thread, where somebody else handles interrupts, and where they are ignored (nohup(1), a job in the
    background), nothing can be noted, and nothing is.
    """
    noted = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    in_main = threading.current_thread() is threading.main_thread()
    if before in (None, signal.SIG_IGN) or not in_main:
        yield noted.is_set
        return

    def note(number: int, frame: FrameType | None) -> None:
        noted.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield noted.is_set
    finally:
        signal.signal(signal.SIGINT, before)
