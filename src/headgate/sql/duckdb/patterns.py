"""Patterns of Java's DateTimeFormatter, as Flink takes them, for DuckDB's strftime and strptime."""

from __future__ import annotations

import re

from headgate.sql.duckdb._model import Unsupported

_LETTERS = {
    "yyyy": "%Y",
    "uuuu": "%Y",
    "yy": "%y",
    "MM": "%m",
    "M": "%-m",
    "MMM": "%b",
    "MMMM": "%B",
    "dd": "%d",
    "d": "%-d",
    "DDD": "%j",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "m": "%-M",
    "ss": "%S",
    "s": "%-S",
    "SSS": "%g",
    "SSSSSS": "%f",
    "SSSSSSSSS": "%n",
    "a": "%p",
    "E": "%a",
    "EEE": "%a",
    "EEEE": "%A",
}
_PART = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")


def strftime(pattern: str) -> str:
    """The same pattern for DuckDB; refused by name where it has no letter for it.

    >>> strftime("yyyy-MM-dd'T'HH:mm")
    '%Y-%m-%dT%H:%M'
    """
    out: list[str] = []
    at = 0
    while at < len(pattern):
        part = _PART.match(pattern, at)
        if part is None:
            raise Unsupported(f"the time pattern `{pattern}`")
        if part[1] is not None:
            out.append((part[1].replace("''", "'") or "'").replace("%", "%%"))
        elif part[2]:
            if part[0] not in _LETTERS:
                raise Unsupported(f"`{part[0]}` in a time pattern")
            out.append(_LETTERS[part[0]])
        else:
            out.append(part[0].replace("%", "%%"))
        at = part.end()
    return "".join(out)
