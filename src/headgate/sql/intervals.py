"""Durations as Flink SQL spells them."""

from __future__ import annotations

_UNITS = ((86_400_000, "DAY"), (3_600_000, "HOUR"), (60_000, "MINUTE"), (1000, "SECOND"))


def interval(ms: int) -> str:
    """A duration in the largest unit that says it in three digits, which are as many as Flink's planner takes.

    >>> interval(900_000), interval(301_000), interval(1_500)
    ("INTERVAL '15' MINUTE", "INTERVAL '301' SECOND(3)", "INTERVAL '1.500' SECOND")
    >>> interval(12_345_000)
    "INTERVAL '0 03:25:45.000' DAY TO SECOND(3)"
    """
    for size, unit in _UNITS:
        count, rest = divmod(ms, size)
        if count and not rest and count < 1000:
            return f"INTERVAL '{count}' {unit}" + ("(3)" if count > 99 else "")
    if ms < 100_000:
        return f"INTERVAL '{ms / 1000:.3f}' SECOND"
    days, rest = divmod(ms, 86_400_000)
    time = f"{rest // 3_600_000:02d}:{rest // 60_000 % 60:02d}:{rest // 1000 % 60:02d}.{rest % 1000:03d}"
    return f"INTERVAL '{days} {time}' DAY{'(3)' if days > 99 else ''} TO SECOND(3)"
