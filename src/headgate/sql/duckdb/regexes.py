"""Regular expressions of Java and patterns of SIMILAR TO, for DuckDB's RE2.

The two engines agree on nearly all that is written in practice. What RE2 does not know fails at the query's start; what it
takes for something else is rewritten or refused here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from headgate.sql.duckdb._model import Unsupported

_ANY = r"[^\n\r\x{85}\x{2028}\x{2029}]"
"""What a dot matches in Java."""
_SIMILAR_SPECIAL = "|*+?{}()[]^-"


@dataclass(frozen=True, slots=True)
class Regex:
    """A pattern for RE2. `groups` counts its groups; `optional` says that a match may leave some of them out."""

    pattern: str
    groups: int
    optional: bool
    matches_nothing: bool


def java_regex(pattern: str) -> Regex:
    """A Java pattern, refused by name where RE2 means something else by it.

    >>> java_regex("a.(b)").pattern
    'a[^\\\\n\\\\r\\\\x{85}\\\\x{2028}\\\\x{2029}](b)'
    """
    written = _dotted(pattern)
    if re.search(r"\(\?(<?[=!]|>)|[*+?}]\+|\\[1-9GXRhHvVZk]|&&|\\[pP](?!\{)", pattern):
        raise Unsupported(f"the regular expression `{pattern}`")
    try:
        known = re.compile(re.sub(r"\\[pP]\{\w+\}", "x", pattern))
    except re.error:
        raise Unsupported(f"the regular expression `{pattern}`") from None
    return Regex(
        pattern=written,
        groups=known.groups,
        optional="|" in pattern or bool(re.search(r"\)([?*]|\{0)", pattern)),
        matches_nothing=known.search("") is not None,
    )


def _dotted(pattern: str) -> str:
    """Write out the dot where it is one."""
    out: list[str] = []
    inside = False
    at = 0
    while at < len(pattern):
        one = pattern[at]
        if one == "\\":
            out.append(pattern[at : at + 2])
            at += 2
            continue
        if one == "[" and not inside:
            inside = True
        elif one == "[":
            raise Unsupported(f"the regular expression `{pattern}`")
        elif one == "]":
            inside = False
        out.append(_ANY if one == "." and not inside else one)
        at += 1
    return "".join(out)


def similar_pattern(pattern: str) -> str:
    """A pattern of SIMILAR TO as a regular expression of the whole text.

    >>> similar_pattern("%(a|b_).x")
    '.*(a|b.)\\\\.x'
    """
    out: list[str] = []
    inside = False
    for one in pattern:
        if inside or one in "[]":
            if one == "\\" or (inside and one == "["):
                raise Unsupported(f"the pattern `{pattern}`")
            inside = (inside or one == "[") and one != "]"
            out.append(one)
        elif one == "%":
            out.append(".*")
        elif one == "_":
            out.append(".")
        else:
            out.append(one if one in _SIMILAR_SPECIAL else re.escape(one))
    return "".join(out)
