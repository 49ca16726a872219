"""Milliseconds in words."""

from __future__ import annotations

_UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000))


def duration(ms: int) -> str:
    """A duration as people write it, exact.

    >>> duration(305_000), duration(800), duration(86_400_000), duration(1_500)
    ('5 minutes 5 seconds', '800 ms', '1 day', '1 second 500 ms')
    """
    parts: list[str] = []
    for name, size in _UNITS:
        count, ms = divmod(ms, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    if ms or not parts:
        parts.append(f"{ms} ms")
    return " ".join(parts)
