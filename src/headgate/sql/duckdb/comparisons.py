"""Comparisons between values of types that Flink compares without being told how."""

from __future__ import annotations

from collections.abc import Sequence

from headgate.sql.duckdb._model import Argument, Unsupported
from headgate.sql.duckdb.casts import cast
from headgate.sql.duckdb.intervals import interval_kind

_TEMPORAL = ("DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ")
_NESTED = ("ARRAY", "MAP", "MULTISET", "ROW")


def compare(operator: str, left: Argument, right: Argument) -> str:
    """`left operator right`."""
    a, b = _matched(left, right)
    return f"({a} {operator} {b})"


def between(value: Argument, low: Argument, high: Argument, *, symmetric: bool = False) -> str:
    """`value BETWEEN low AND high`."""
    within = f"({compare('>=', value, low)} AND {compare('<=', value, high)})"
    if not symmetric:
        return within
    return f"({within} OR ({compare('>=', value, high)} AND {compare('<=', value, low)}))"


def contained(value: Argument, items: Sequence[Argument]) -> str:
    """`value IN (items)`."""
    if value.type.name == "FLOAT" and any(item.type.name == "DECIMAL" for item in items):
        # Flink makes FLOAT of the list, where = makes DOUBLE of both.
        raise Unsupported("FLOAT in a list of DECIMAL")
    pairs = [_matched(value, item) for item in items]
    if all(a == value.sql for a, _ in pairs):
        return f"({value.sql} IN ({', '.join(b for _, b in pairs)}))"
    return "(" + " OR ".join(f"{a} = {b}" for a, b in pairs) + ")"


def _matched(left: Argument, right: Argument) -> tuple[str, str]:
    """The two sides, each cast to the other's type where DuckDB would choose another."""
    a, b = left.type, right.type
    for one in (a, b):
        if one.name in _NESTED:
            raise Unsupported(f"a comparison of {one.text}")
    if a.is_text and b.name in _TEMPORAL:
        return cast(left.sql, a, b), right.sql
    if b.is_text and a.name in _TEMPORAL:
        return left.sql, cast(right.sql, b, a)
    if {a.name, b.name} == {"DECIMAL", "FLOAT"}:
        return f"CAST({left.sql} AS DOUBLE)", f"CAST({right.sql} AS DOUBLE)"
    if a.name == "INTERVAL" and b.name == "INTERVAL":
        _same_kind(left, right)
    return left.sql, right.sql


def _same_kind(left: Argument, right: Argument) -> None:
    """Months have no length in days: an interval of months is compared with nothing but another."""
    if interval_kind(left.node) != interval_kind(right.node):
        raise Unsupported("a comparison of an interval of months with one of days")
