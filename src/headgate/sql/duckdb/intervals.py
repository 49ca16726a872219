"""Intervals, and arithmetic of dates and times with them."""

from __future__ import annotations

import re

from sqlglot import exp

from headgate.schema.types import DataType
from headgate.sql.duckdb._model import Argument, Unsupported
from headgate.sql.nodes import interval_ms

_DAY_MS = 86_400_000
_MONTHS = {"YEAR": 12, "QUARTER": 3, "MONTH": 1}


def interval(node: exp.Expr) -> str:
    """An interval literal."""
    months = interval_months(node)
    if months is not None:
        return f"to_months({months})"
    millis = interval_ms(node)
    if millis is None:
        raise Unsupported("this INTERVAL", node)
    return f"to_milliseconds({millis})"


def interval_months(node: exp.Expr) -> int | None:
    """The months of a literal of years and months; None for any other node."""
    if not isinstance(node, exp.Interval) or node.this is None:
        return None
    value, unit = node.this, node.args.get("unit")
    negative = isinstance(value, exp.Neg)
    written = str((value.this if negative else value).this).strip()
    if isinstance(unit, exp.IntervalSpan):
        found = re.fullmatch(r"([+-]?)(\d+)-(\d+)", written)
        if found is None or unit.this.name.upper() != "YEAR":
            return None
        months = int(found[2]) * 12 + int(found[3])
        negative ^= found[1] == "-"
    else:
        name = unit.name.upper().removesuffix("S") if unit is not None else ""
        if name not in _MONTHS or not re.fullmatch(r"[+-]?\d+", written):
            return None
        months = int(written) * _MONTHS[name]
    return -months if negative else months


def interval_kind(node: exp.Expr) -> str:
    """Whether an interval is one of `months` or of `days`, hours and less; "" where that cannot be told."""
    if isinstance(node, exp.Interval):
        return "months" if interval_months(node) is not None else "days"
    if isinstance(node, exp.Paren | exp.Neg | exp.Alias):
        return interval_kind(node.this)
    if isinstance(node, exp.Sub | exp.Add):
        first, second = interval_kind(node.this), interval_kind(node.args["expression"])
        if first and second:
            return first
        # Times have no kind; the difference of two is one of days.
        return "days" if isinstance(node, exp.Sub) and not second else ""
    if isinstance(node, exp.Mul):
        return interval_kind(node.this) or interval_kind(node.args["expression"])
    return ""


def time_arithmetic(operator: str, left: Argument, right: Argument, type_: DataType) -> str:
    """`left operator right` where one of them is a date, a time or an interval."""
    if left.type.name == "INTERVAL" and type_.name != "INTERVAL":
        left, right = right, left
    if type_.name == "INTERVAL":
        return _interval_result(operator, left, right)
    if right.type.name != "INTERVAL":
        raise Unsupported(f"{left.type.text} {operator} {right.type.text}")
    if type_.name == "DATE":
        return f"CAST({left.sql} {operator} {_whole_days(right)} AS DATE)"
    millis = interval_ms(right.node)
    if type_.is_timestamp and type_.precision < 3 and millis is not None and millis % 1000:
        raise Unsupported(f"a part of a second added to {type_.text}")
    return f"({left.sql} {operator} {right.sql})"


def _whole_days(right: Argument) -> str:
    """What is added to a date: of an interval of days and less, the whole days only."""
    millis = interval_ms(right.node)
    if millis is not None:
        days = abs(millis) // _DAY_MS
        return f"to_days({days if millis >= 0 else -days})"
    if interval_kind(right.node) != "months":
        raise Unsupported("a date with a computed interval")
    return right.sql


def _interval_result(operator: str, left: Argument, right: Argument) -> str:
    if left.type.name == "INTERVAL" and right.type.name == "INTERVAL":
        if interval_kind(left.node) != interval_kind(right.node):
            raise Unsupported("an interval of months with one of days")
        return f"({left.sql} {operator} {right.sql})"
    if operator == "-":
        if "TIME" in (left.type.name, right.type.name):
            raise Unsupported(f"{left.type.text} - {right.type.text}")
        return f"(CAST({left.sql} AS TIMESTAMP) - CAST({right.sql} AS TIMESTAMP))"
    if operator == "*":
        span, times = (left, right) if left.type.name == "INTERVAL" else (right, left)
        if times.type.is_integer:
            return f"({span.sql} * {times.sql})"
    raise Unsupported(f"{left.type.text} {operator} {right.type.text}")
