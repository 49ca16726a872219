"""GROUP BY: plain groups, windows, grouping sets."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from headgate.sql.bind._model import (
    MARKED,
    PROCTIME,
    ROWTIME,
    UNKNOWN_VALUE,
    Grouping,
    Key,
    Scope,
    Value,
    Window,
)
from headgate.sql.bind.expressions import value
from headgate.sql.bind.tables import duration
from headgate.sql.facts import Exactness, Why
from headgate.sql.nodes import WINDOWS, function_name, interval_ms

_SETS = (exp.GroupingSets, exp.Cube, exp.Rollup)


@dataclass(slots=True)
class Grouped:
    """What grouping made of the rows; `windowed` says that each group is emitted once, when its window closes."""

    grouping: Grouping
    keys: tuple[Value, ...]
    windowed: bool
    legacy: Window | None
    sets: bool = False


def group(node: exp.Expr, scope: Scope) -> Grouped:
    """Bind a GROUP BY clause."""
    scope.clause = "GROUP BY"
    plain = [e for one in node.expressions if not isinstance(one, _SETS) for e in _flat(one)]
    optional = _optional(node)
    values: dict[int, Value] = {}
    expressions: list[tuple[exp.Expr, Value]] = []
    keys: list[Value] = []
    legacy: Window | None = None
    for one in plain:
        if isinstance(one, exp.Literal):
            scope.binder.fault(
                "HGQ032", f"GROUP BY {one.name} groups by a constant in Flink", one, "name the expression"
            )
            continue
        if function_name(one) in WINDOWS:
            legacy = _legacy(one, scope)
            continue
        keys.append(_key(one, scope, values, expressions, nullable=False))
    for one in optional:
        found = _key(one, scope, values, expressions, nullable=True)
        if not any(found is k for k in keys):
            keys.append(found)
    scope.clause = ""
    window = window_of_keys(keys)
    grouping = Grouping(
        values, expressions, frozenset(type(e) for e, _ in expressions), legacy, keyed=bool(plain)
    )
    _operator(node, scope, keys, window, legacy, bool(optional))
    grouped_keys = tuple(keys) if not optional else ()
    return Grouped(grouping, grouped_keys, window is not None or legacy is not None, legacy, bool(optional))


def window_of_keys(keys: list[Value]) -> Window | None:
    """The window that a group is of, if its start and end are among the keys."""
    windows = [k.window for k in keys if k.part == "start" and k.window is not None]
    window = next((w for w in windows if any(k.window is w and k.part == "end" for k in keys)), None)
    return window if window is not None and _may_window(window, keys) else None


def _may_window(window: Window, keys: list[Value]) -> bool:
    """A session grouped by another key than its partition is an ordinary, unbounded aggregate."""
    if window.kind != "SESSION":
        return True
    return all(any(p is k for k in keys) for p in window.partition) and (
        bool(window.partition) or not any(k.window is None for k in keys)
    )


def _flat(node: exp.Expr) -> list[exp.Expr]:
    """(a, b) as its parts."""
    return [e for one in node.expressions for e in _flat(one)] if isinstance(node, exp.Tuple) else [node]


def _sets(node: exp.Expr) -> list[exp.Expr]:
    listed: list[exp.Expr] = [e for e in node.expressions if isinstance(e, _SETS)]
    for name in ("grouping_sets", "cube", "rollup"):
        listed += node.args.get(name) or ()
    return listed


def _optional(node: exp.Expr) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    for clause in _sets(node):
        for one in clause.expressions:
            inner = one.this if isinstance(one, exp.Paren) else one
            if isinstance(inner, exp.Cube | exp.Rollup):
                found += inner.expressions
            else:
                found += inner.expressions if isinstance(inner, exp.Tuple) else [inner]
    flat: list[exp.Expr] = []
    for one in found:
        while isinstance(one, exp.Paren):
            one = one.this
        if not any(one == known for known in flat):
            flat.append(one)
    return flat


def _key(
    node: exp.Expr,
    scope: Scope,
    values: dict[int, Value],
    expressions: list[tuple[exp.Expr, Value]],
    *,
    nullable: bool,
) -> Value:
    while isinstance(node, exp.Paren):
        node = node.this
    found = value(node, scope)
    scope.binder.influence_of(found, Why.WINDOW if found.window is not None else Why.GROUP_BY)
    kept = found
    if nullable and not found.type.nullable:
        kept = found.copied(nullable=True)
    if found is UNKNOWN_VALUE:
        return kept
    if any(found is one for source in scope.sources for one in source.rows.columns.values()):
        values[id(found)] = kept
        values[id(kept)] = kept
    else:
        expressions.append((node, kept))
    return kept


def _legacy(node: exp.Expr, scope: Scope) -> Window:
    kind = function_name(node)
    arguments = node.expressions
    binder = scope.binder
    lengths = [interval_ms(a) for a in arguments[1:]]
    size = lengths[1] if kind == "HOP" and len(lengths) > 1 else (lengths[0] if lengths else None)
    step = lengths[0] if kind == "HOP" and lengths else None
    wanted = 3 if kind == "HOP" else 2
    if kind == "CUMULATE" or not wanted <= len(arguments) <= wanted + 1:
        binder.fault("HGQ021", f"{kind} in GROUP BY takes a time column and {wanted - 1} intervals", node)
    elif None in lengths:
        binder.fault("HGQ021", f"{kind} takes interval literals up to days", node)
    time = value(arguments[0], scope) if arguments else UNKNOWN_VALUE
    if time.time not in (ROWTIME, PROCTIME, MARKED) and time.type.name != "UNKNOWN":
        times = [f"`{n}`" for n, v in scope.names.items() if v is not None and v.time == ROWTIME]
        what = f"`{arguments[0].name}`" if isinstance(arguments[0], exp.Column) else "this"
        binder.fault(
            "HGQ040",
            f"{what} is no time attribute here, so {kind} cannot follow it",
            arguments[0],
            f"use {' or '.join(times)}"
            if times
            else "say `event_time` where it comes from, and pass it on unchanged up to here",
        )
    if time.time == PROCTIME:
        binder.not_here(f"{kind} over processing time", node)
    binder.influence_of(time, Why.WINDOW)
    detail = f"{kind} {duration(step)} of {duration(size)}" if kind == "HOP" else f"{kind} {duration(size)}"
    return Window(kind, (kind, size, step, None), detail, (step if kind == "HOP" else size) or 0)


def _operator(
    node: exp.Expr,
    scope: Scope,
    keys: list[Value],
    window: Window | None,
    legacy: Window | None,
    sets: bool,
) -> None:
    binder = scope.binder
    used = legacy or window
    if used is not None:
        binder.operator(
            "window_aggregate",
            used.detail,
            node,
            waits_ms=0 if used.aggregated else used.waits_ms,
            needs_watermark=True,
            exactness=Exactness.EXACT_UNLESS_LATE if used.kind == "SESSION" else Exactness.EXACT,
        )
        return
    unbounded = bool(keys) or sets
    binder.operator("group_aggregate", "GROUP BY", node, unbounded=unbounded)


def after_window(keys: tuple[Value, ...]) -> dict[int, Value]:
    """The window columns of a window's own result: known as such, but already waited for."""
    made: dict[int, Value] = {}
    closed: dict[int, Window] = {}
    for one in keys:
        if one.window is None:
            continue
        window = closed.get(id(one.window))
        if window is None:
            old = one.window
            window = Window(old.kind, old.shape, old.detail, old.waits_ms, old.partition, aggregated=True)
            closed[id(old)] = window
        made[id(one)] = Value(one.type, one.links, one.time, window, one.part)
    return made


def legacy_keys(window: Window, keys: tuple[Value, ...], outputs: list[Value]) -> tuple[Key, ...]:
    """The keys of a legacy window: its start, end or time, with the group's."""
    found: list[Key] = []
    for part in ("start", "end", "time"):
        one = next((v for v in outputs if v.window is window and v.part == part), None)
        if one is not None:
            found.append((one, *keys))
    return tuple(found)
