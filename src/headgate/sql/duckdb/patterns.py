"""Patterns of Java's DateTimeFormatter, as Flink takes them, for DuckDB's strftime and strptime."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

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
_READ = {
    "yyyy": "[0-9]{4}",
    "uuuu": "[0-9]{4}",
    "MM": "[0-9]{2}",
    "M": "[0-9]{1,2}",
    "dd": "[0-9]{2}",
    "d": "[0-9]{1,2}",
    "HH": "[0-9]{2}",
    "H": "[0-9]{1,2}",
    "mm": "[0-9]{2}",
    "m": "[0-9]{1,2}",
    "ss": "[0-9]{2}",
    "s": "[0-9]{1,2}",
    "SSS": "[0-9]{3}",
    "SSSSSS": "[0-9]{6}",
}
"""The letters that a text may be read by, and the digits that Java wants there: DuckDB would take fewer."""
_PART = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")


def strftime(pattern: str) -> str:
    """The same pattern for DuckDB; refused by name where it has no letter for it.

    >>> strftime("yyyy-MM-dd'T'HH:mm")
    '%Y-%m-%dT%H:%M'
    """
    out: list[str] = []
    for letters, written in _parts(pattern):
        if letters and letters not in _LETTERS:
            raise Unsupported(f"`{letters}` in a time pattern")
        out.append(_LETTERS[letters] if letters else written.replace("%", "%%"))
    return "".join(out)


@dataclass(frozen=True, slots=True)
class Reading:
    """How texts are read by a pattern.

    `pattern` is DuckDB's. `shape` is the regular expression of the texts that are written just so; `loose` that of those
    that begin like it, which a lenient reader may take. `late_day` finds a 29th to 31st, in its second group.
    """

    pattern: str
    shape: str
    loose: str
    late_day: str


def strptime(pattern: str) -> Reading:
    """What is read by a pattern; refused by name where it has a letter that not all readers mean alike.

    >>> strptime("d.MM.yyyy").pattern, strptime("d.MM.yyyy").shape
    ('%-d.%m.%Y', '[0-9]{1,2}\\\\.[0-9]{2}\\\\.[0-9]{4}')
    """
    parts = list(_parts(pattern))
    for letters, _ in parts:
        if letters and letters not in _READ:
            raise Unsupported(f"`{letters}` in a time pattern to read by")
    if not any(letters[:1] in ("y", "u") for letters, _ in parts if letters):
        raise Unsupported("a time pattern without a year")
    shapes = [_READ[letters] if letters else re.escape(written) for letters, written in parts]
    days = [at for at, (letters, _) in enumerate(parts) if letters in ("d", "dd")]
    late = f"^({''.join(shapes[: days[0]])})(29|30|31)({''.join(shapes[days[0] + 1 :])})$" if days else ""
    loose = "".join(_DIGITS if letters else re.escape(written) for letters, written in parts)
    return Reading(
        pattern=strftime(pattern),
        shape="".join(shapes),
        loose="^" + re.sub(f"({re.escape(_DIGITS)})+", lambda _: _DIGITS, loose),
        late_day=late,
    )


_DIGITS = r"\s*-?[0-9]+"


def _parts(pattern: str) -> Iterator[tuple[str, str]]:
    """The pattern as (letters, "") and ("", text) in turn."""
    at = 0
    while at < len(pattern):
        part = _PART.match(pattern, at)
        if part is None:
            raise Unsupported(f"the time pattern `{pattern}`")
        if part[1] is not None:
            yield "", part[1].replace("''", "'") or "'"
        elif part[2]:
            yield part[0], ""
        else:
            yield "", part[0]
        at = part.end()
