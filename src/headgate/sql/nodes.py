"""What the nodes of a parsed query are called, where they stand, and how windows are written."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from headgate.sql.tokens import PREFIX

WINDOWS = ("TUMBLE", "HOP", "CUMULATE", "SESSION")

_ORDER = {
    "TUMBLE": ("SIZE", "OFFSET"),
    "HOP": ("SLIDE", "SIZE", "OFFSET"),
    "CUMULATE": ("STEP", "SIZE", "OFFSET"),
    "SESSION": ("GAP",),
}


def function_name(node: exp.Expr | None) -> str:
    """The Flink name, in capitals, of the function that a call is of; "" where the node is no call."""
    if isinstance(node, exp.Anonymous):
        name = node.this
        if isinstance(name, str):
            return name[3:] if name.startswith(PREFIX) else name
    return ""


def arguments(node: exp.Expr) -> list[exp.Expr]:
    """The arguments of a call, those inside a DISTINCT included."""
    found: list[exp.Expr] = node.expressions
    if len(found) == 1 and isinstance(found[0], exp.Distinct):
        return list(found[0].expressions)
    return found


def is_distinct(node: exp.Expr) -> bool:
    """Whether a call's arguments stand behind DISTINCT."""
    found: list[exp.Expr] = node.expressions
    return len(found) == 1 and isinstance(found[0], exp.Distinct)


def span(node: exp.Expr) -> tuple[int, int]:
    """The characters from the first to the last part of a node that has a place; (0, 0) where none has.

    Brackets and keywords around the parts are not in it.
    """
    start, end = -1, 0
    for part in node.walk():
        meta = part._meta
        if meta and "start" in meta:
            at = meta["start"]
            if start < 0 or at < start:
                start = at
            if meta["end"] >= end:
                end = meta["end"] + 1
    return max(start, 0), end


@dataclass(frozen=True, slots=True, kw_only=True)
class Windowing:
    """A window function in FROM: what it is called with. `step` is HOP's slide too, `size` SESSION's gap too."""

    kind: str
    call: exp.Anonymous
    data: exp.Table | exp.Subquery
    column: exp.Column | None
    size: exp.Expr | None
    step: exp.Expr | None
    offset: exp.Expr | None
    partition: tuple[exp.Expr, ...]


def windowing(table: exp.Expr | None) -> Windowing | None:
    """The window function that a table of FROM is, or None."""
    if not isinstance(table, exp.Table):
        return None
    call = table.this
    kind = function_name(call)
    if kind not in WINDOWS or not isinstance(call, exp.Anonymous):
        return None
    named: dict[str, exp.Expr] = {}
    placed: list[exp.Expr] = []
    partition: tuple[exp.Expr, ...] = ()
    for argument in call.expressions:
        if isinstance(argument, exp.Kwarg | exp.PropertyEQ):
            named[argument.name.upper()] = argument.expression
        elif function_name(argument) == "PARTITION_BY":
            partition = tuple(argument.expressions)
        else:
            placed.append(argument)
    for name, argument in zip(("DATA", "TIMECOL", *_ORDER[kind]), placed, strict=False):
        named.setdefault(name, argument)
    data = named["DATA"]
    assert isinstance(data, exp.Table | exp.Subquery)
    time = named.get("TIMECOL")
    column = time.expressions[0] if isinstance(time, exp.Anonymous) and len(time.expressions) == 1 else None
    return Windowing(
        kind=kind,
        call=call,
        data=data,
        column=column if isinstance(column, exp.Column) else None,
        size=named.get("GAP") or named.get("SIZE"),
        step=named.get("SLIDE") or named.get("STEP"),
        offset=named.get("OFFSET"),
        partition=partition,
    )


def interval_ms(node: exp.Expr | None) -> int | None:
    """The milliseconds of a day-time interval literal, or None for a longer or a computed one."""
    negative = False
    while isinstance(node, exp.Neg | exp.Paren):
        negative ^= isinstance(node, exp.Neg)
        node = node.this
    if not isinstance(node, exp.Interval) or node.this is None:
        return None
    value = node.this
    if isinstance(value, exp.Neg):
        negative, value = not negative, value.this
    if not isinstance(value, exp.Literal):
        return None
    unit = node.args.get("unit")
    if isinstance(unit, exp.IntervalSpan):
        total = _span_ms(str(value.this), _unit(unit.this), _unit(unit.expression))
    else:
        total = _unit_ms(str(value.this), _unit(unit))
    return -total if negative and total is not None else total


def _unit(node: exp.Expr | None) -> str:
    """The name of a unit, which is read as a call where it has a precision: `SECOND(3)`."""
    if node is None:
        return ""
    if isinstance(node, exp.Func):
        return function_name(node) or type(node).__name__.upper()
    return node.name.upper()


_MILLIS = {
    "SECOND": 1000,
    "MINUTE": 60_000,
    "HOUR": 3_600_000,
    "DAY": 86_400_000,
    "WEEK": 604_800_000,
    "MILLISECOND": 1,
}


def _unit_ms(text: str, unit: str) -> int | None:
    millis = _MILLIS.get(unit.removesuffix("S") if unit.removesuffix("S") in _MILLIS else unit)
    if millis is None:
        return None
    try:
        return round(float(text) * millis)
    except ValueError:
        return None


def _span_ms(text: str, first: str, last: str) -> int | None:
    order = ("DAY", "HOUR", "MINUTE", "SECOND")
    if first not in order or last not in order:
        return None
    units = order[order.index(first) : order.index(last) + 1]
    sign = -1 if text.lstrip().startswith("-") else 1
    parts = text.strip().lstrip("+-").replace(":", " ").split()
    if len(parts) != len(units):
        return None
    try:
        return sign * sum(round(float(p) * _MILLIS[u]) for p, u in zip(parts, units, strict=True))
    except ValueError:
        return None
