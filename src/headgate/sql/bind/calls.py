"""Calls of functions: what they return and what of their arguments flows into that."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from headgate.schema.types import UNKNOWN, DataType
from headgate.sql.bind._model import (
    AGGREGATE,
    MARKED,
    NO_LINKS,
    PICK,
    PROCTIME,
    ROWTIME,
    TRANSFORM,
    UNKNOWN_VALUE,
    Links,
    Scope,
    Value,
    changed,
    joined,
    similar,
)
from headgate.sql.facts import Why
from headgate.sql.functions import AGGREGATES, EVERY, NOT_EMBEDDED, OVER_ONLY, PICKS, SCALARS, Function
from headgate.sql.nodes import WINDOWS, arguments, function_name

Evaluate = Callable[[exp.Expr, Scope], Value]

_GROUP_WINDOW_PARTS = ("START", "END", "ROWTIME", "PROCTIME")
_KEEPS_MARK = frozenset(
    {"FLOOR", "CEIL", "CEILING", "TIMESTAMPADD", "MIN", "MAX", "IF", "COALESCE", "GREATEST", "LEAST"}
)


def call(node: exp.Expr, scope: Scope, evaluate: Evaluate) -> Value:
    """The value of a call of a scalar function or an aggregate."""
    name = function_name(node)
    if name in NOT_EMBEDDED:
        scope.binder.not_here(name, node)
    if name in AGGREGATES:
        return _aggregate(name, node, scope, evaluate)
    function = SCALARS.get(name)
    if function is None:
        return _other(name, node, scope, evaluate)
    given = [evaluate(a, scope) for a in arguments(node)]
    if not _fits(function, node, given, scope):
        return Value(UNKNOWN, _links(given, TRANSFORM))
    type_ = function.type_of([g.type for g in given], [_text(a) for a in arguments(node)])
    links = _links(given, TRANSFORM)
    if name == "PROCTIME":
        return Value(type_, time=PROCTIME)
    if name == "CURRENT_WATERMARK" and not scope.direct:
        scope.binder.not_here("CURRENT_WATERMARK behind another query", node)
    mark = ""
    if name in _KEEPS_MARK and type_.is_timestamp and any(g.time in (ROWTIME, MARKED) for g in given):
        mark = MARKED
    return Value(type_, links, mark)


def _text(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Literal):
        return str(node.this)
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return f"-{node.this.this}"
    return None


def _links(given: list[Value], how: int) -> Links:
    links: Links = NO_LINKS
    for one in given:
        if one.links:
            links = joined(links, one.links)
    return changed(links, how)


def _fits(function: Function, node: exp.Expr, given: list[Value], scope: Scope) -> bool:
    count = len(given)
    if count < function.least or (function.most >= 0 and count > function.most):
        wanted = _count_wanted(function)
        scope.binder.fault("HGQ021", f"{function.name} takes {wanted}, not {count}", node)
        return False
    for at, one in enumerate(given):
        wrong = _wrong(function.kind(at), one.type)
        if wrong:
            scope.binder.fault(
                "HGQ021",
                f"argument {at + 1} of {function.name} must be {wrong}, not {one.type.text}",
                arguments(node)[at],
            )
            return False
    return True


def _count_wanted(function: Function) -> str:
    if function.most < 0:
        return f"at least {function.least} argument{'s' if function.least != 1 else ''}"
    if function.least == function.most:
        return f"{function.least or 'no'} argument{'s' if function.least != 1 else ''}"
    return f"{function.least} to {function.most} arguments"


def _wrong(kind: str, type_: DataType) -> str:
    """What an argument should have been, "" where it may be that. Only what Flink surely refuses is wrong."""
    name = type_.name
    if name in ("UNKNOWN", "NULL", "VARIANT") or kind == "x":
        return ""
    match kind:
        case "s":
            return "" if type_.is_text or type_.is_binary else "text"
        case "n":
            return "" if type_.is_numeric or name == "INTERVAL" else "a number"
        case "i":
            return "" if type_.is_numeric else "a whole number"
        case "b":
            return "" if name == "BOOLEAN" else "a condition"
        case "d":
            return "" if name in ("DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ") else "a date or time"
        case "a":
            return "" if name in ("ARRAY", "MULTISET") else "an array"
        case "m":
            return "" if name == "MAP" else "a map"
    return ""


def _aggregate(name: str, node: exp.Expr, scope: Scope, evaluate: Evaluate) -> Value:
    if scope.clause:
        scope.binder.fault("HGQ031", f"{name} is an aggregate and cannot stand in {scope.clause}", node)
        return UNKNOWN_VALUE
    if scope.inside == "aggregate":
        scope.binder.fault(
            "HGQ031", f"{name} stands inside another aggregate", node, "aggregate in a subquery first"
        )
        return UNKNOWN_VALUE
    scope.aggregated = True
    inside, scope.inside = scope.inside, "aggregate"
    given = [evaluate(a, scope) for a in arguments(node)]
    scope.inside = inside
    function = AGGREGATES[name]
    if not _fits(function, node, given, scope):
        return Value(UNKNOWN, _links(given, AGGREGATE))
    type_ = function.type_of([g.type for g in given], [_text(a) for a in arguments(node)])
    if name in ("COUNT", "APPROX_COUNT_DISTINCT"):
        for one in given:
            scope.binder.influence_of(one, Why.COUNT)
        return Value(type_)
    if function.nullability == "?":
        keyed = scope.grouping is not None and scope.grouping.keyed
        type_ = type_.as_nullable(given[0].type.nullable or not keyed)
    marked = name in ("MIN", "MAX") and given[0].time in (ROWTIME, MARKED)
    return Value(type_, _links(given, PICK if name in PICKS else AGGREGATE), MARKED if marked else "")


def _other(name: str, node: exp.Expr, scope: Scope, evaluate: Evaluate) -> Value:
    kind, _, part = name.rpartition("_")
    if kind in WINDOWS and part in _GROUP_WINDOW_PARTS:
        return _group_window_part(kind, part, node, scope, evaluate)
    if name in OVER_ONLY:
        scope.binder.fault("HGQ042", f"{name} needs OVER ( )", node)
        return UNKNOWN_VALUE
    if name in WINDOWS:
        scope.binder.fault("HGQ031", f"{name} stands outside of GROUP BY and FROM", node)
        return UNKNOWN_VALUE
    given = [evaluate(a, scope) for a in arguments(node)]
    scope.binder.fault(
        "HGQ022",
        f"no function {name} in Flink SQL",
        node,
        similar(name, list(EVERY)) or "functions of your own are not supported yet",
    )
    return Value(UNKNOWN, _links(given, TRANSFORM))


def _group_window_part(kind: str, part: str, node: exp.Expr, scope: Scope, evaluate: Evaluate) -> Value:
    grouping = scope.grouping
    window = grouping.window if grouping is not None else None
    if window is None or window.kind != kind:
        scope.binder.fault("HGQ040", f"{kind}_{part} without {kind} in GROUP BY", node, f"group by {kind}(…)")
        return UNKNOWN_VALUE
    inside, scope.inside = scope.inside, "aggregate"
    given = [evaluate(a, scope) for a in arguments(node)]
    scope.inside = inside
    links = _links(given[:1], TRANSFORM)
    stamp = DataType("TIMESTAMP", precision=3, nullable=False)
    if part == "ROWTIME":
        time = given[0].type if given and given[0].type.is_timestamp else stamp
        return Value(time.as_nullable(), links, ROWTIME, window, "time")
    if part == "PROCTIME":
        return Value(DataType("TIMESTAMP_LTZ", precision=3, nullable=False), links, PROCTIME, window, "time")
    return Value(stamp, links, "", window, "start" if part == "START" else "end")
