"""How the parts of a stack are ended."""

from __future__ import annotations

from headgate.local.kafka import FORMAT
from headgate.local.parts import ALL, PARTS
from headgate.local.processes import stop
from headgate.local.settings import Layout


def end_parts(layout: Layout) -> tuple[str, ...]:
    """Ends every part that runs, the last started first; the names of those that did."""
    ended = tuple(name for name in reversed(PARTS) if stop(layout.mark(name), ALL[name].asking))
    stop(layout.mark(FORMAT))
    return ended
