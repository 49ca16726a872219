"""Functions of regular expressions. Patterns are literals: their meaning is checked when the query is written."""

from __future__ import annotations

from collections.abc import Mapping

from headgate.sql.duckdb._model import Call, Spelling, Unsupported
from headgate.sql.duckdb.regexes import Regex, java_regex
from headgate.sql.duckdb.types import text


def _pattern(call: Call) -> Regex:
    return java_regex(call.constant(1))


def _regexp(call: Call) -> str:
    if call.constant(1) == "":
        return f"({call[0]} <> {call[0]})"
    return f"regexp_matches({call[0]}, {text(_pattern(call).pattern)})"


def _group(call: Call, default: int) -> tuple[Regex, int]:
    """The pattern, and which of its groups is asked for."""
    regex = _pattern(call)
    group = int(call.constant(2)) if len(call) > 2 else default
    if 0 < group <= regex.groups and regex.optional:
        # DuckDB does not tell a group that matched nothing from one that did not match.
        raise Unsupported(f"a group of {call.name} that may be left out")
    return regex, group


def _extract(call: Call) -> str:
    regex, group = _group(call, 0)
    if not 0 <= group <= regex.groups:
        return "CAST(NULL AS VARCHAR)"
    pattern = text(regex.pattern)
    return (
        f"CASE WHEN regexp_matches({call[0]}, {pattern}) "
        f"THEN regexp_extract({call[0]}, {pattern}, {group}) END"
    )


def _extract_all(call: Call) -> str:
    regex, group = _group(call, 1)
    if not 0 <= group <= regex.groups:
        raise Unsupported(f"group {group} of a pattern that has {regex.groups}")
    return f"regexp_extract_all({call[0]}, {text(_filling(call, regex))}, {group})"


def _count(call: Call) -> str:
    return f"CAST(len(regexp_extract_all({call[0]}, {text(_filling(call, _pattern(call)))})) AS INTEGER)"


def _replace(call: Call) -> str:
    pattern = text(_filling(call, _pattern(call)))
    # The new text is taken as it is, backslashes included.
    new = f"replace({call[2]}, '\\', '\\\\')"
    return f"regexp_replace({call[0]}, {pattern}, {new}, 'g')"


def _filling(call: Call, regex: Regex) -> str:
    """A pattern that matches something: after an empty match, RE2 goes on in another place than Java."""
    if regex.matches_nothing:
        raise Unsupported(f"{call.name} with a pattern that matches an empty text")
    return regex.pattern


SPELLINGS: Mapping[str, Spelling] = {
    "REGEXP": _regexp,
    "REGEXP_EXTRACT": _extract,
    "REGEXP_SUBSTR": _extract,
    "REGEXP_EXTRACT_ALL": _extract_all,
    "REGEXP_COUNT": _count,
    "REGEXP_REPLACE": _replace,
}
