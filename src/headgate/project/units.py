"""Durations, shares and rates as people write them."""

from __future__ import annotations

import re
from functools import lru_cache

_UNITS = {
    "ms": 1, "millisecond": 1, "second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000,
    "week": 604_800_000,
}  # fmt: skip
_DURATION = re.compile(r"\s*(\d{1,15})\s*(ms|millisecond|second|minute|hour|day|week)s?\s*")
_PERCENT = re.compile(r"\s*(\d{1,3}(?:\.\d{1,12})?)\s*%\s*")
_BYTES = {
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}
_RATE = re.compile(r"\s*(\d{1,12}(?:\.\d{1,6})?)\s*(B|[kK]B|MB|GB|KiB|MiB|GiB)/s\s*")

DURATION_HELP = "write a whole number and a unit: ms, seconds, minutes, hours, days or weeks"
RATE_HELP = "write a number and a unit a second: B/s, kB/s, MB/s, GB/s, KiB/s, MiB/s or GiB/s"
SHARE_HELP = 'write a share between 0 and 1, or a percentage in quotes: "99.9%"'


@lru_cache(maxsize=1024)
def milliseconds(text: str) -> int | None:
    """A duration in milliseconds, or None where the text is none.

    >>> milliseconds("15 minutes"), milliseconds("1.5 hours")
    (900000, None)
    """
    match = _DURATION.fullmatch(text)
    return int(match[1]) * _UNITS[match[2]] if match else None


def share(value: object) -> float | None:
    """A share between 0 and 1, said as a number or as a percentage; None where it is neither.

    >>> share("99.9%"), share(0.001), share(99.9)
    (0.999, 0.001, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value) if 0 <= value <= 1 else None
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    found = float(f"{match[1]}e-2") if match else None
    return found if found is not None and found <= 1 else None


def bytes_a_second(text: str) -> int | None:
    """A rate in bytes a second, or None where the text is none.

    >>> bytes_a_second("5 MB/s")
    5000000
    """
    match = _RATE.fullmatch(text)
    return round(float(match[1]) * _BYTES[match[2]]) if match else None
