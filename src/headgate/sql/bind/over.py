"""OVER: rankings, running aggregates, LAG."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from headgate.sql.bind._model import (
    AGGREGATE,
    NO_LINKS,
    PICK,
    UNKNOWN_VALUE,
    Links,
    Over,
    Ranking,
    Scope,
    Value,
    changed,
    joined,
)
from headgate.sql.facts import Why
from headgate.sql.functions import AGGREGATES, OVER_ONLY, PICKS
from headgate.sql.nodes import arguments, function_name

Evaluate = Callable[[exp.Expr, Scope], Value]

RANKS = ("ROW_NUMBER", "RANK", "DENSE_RANK")


def over(node: exp.Expr, scope: Scope, evaluate: Evaluate) -> Value:
    """The value of a call with OVER. Whether it is a Top-N shows only in the query around it."""
    inner = node.args["this"]
    while isinstance(inner, exp.IgnoreNulls | exp.RespectNulls | exp.Filter):
        inner = inner.args["this"]
    name = function_name(inner)
    function = OVER_ONLY.get(name) or AGGREGATES.get(name)
    if function is None:
        scope.binder.fault("HGQ042", f"{name or 'this'} cannot be used with OVER", node)
        return UNKNOWN_VALUE
    if scope.clause and scope.clause != "QUALIFY":
        scope.binder.fault(
            "HGQ042", f"OVER cannot stand in {scope.clause}", node, "rank in a subquery, filter outside"
        )
        return UNKNOWN_VALUE
    inside, scope.inside = scope.inside, "over" if scope.grouping is None else scope.inside
    given = [evaluate(a, scope) for a in arguments(inner)]
    partition, order = _window(node, scope, evaluate)
    scope.inside = inside
    for one in partition:
        scope.binder.influence_of(one, Why.PARTITION)
    for one, _ in order:
        scope.binder.influence_of(one, Why.SORT)
    texts = [a.name if isinstance(a, exp.Literal) else None for a in arguments(inner)]
    type_ = (
        function.type_of([g.type for g in given], texts)
        if given or function.least == 0
        else UNKNOWN_VALUE.type
    )
    links: Links = NO_LINKS
    if name == "COUNT":
        for one in given:
            scope.binder.influence_of(one, Why.COUNT)
    else:
        for one in given:
            links = joined(links, one.links)
    if function.nullability == "?" and given:
        type_ = type_.as_nullable(given[0].type.nullable or isinstance(node.args["this"], exp.Filter))
    found = Value(type_, changed(links, PICK if name in PICKS else AGGREGATE))
    assert isinstance(node, exp.Window)
    if name in RANKS:
        found.rank = Ranking(name, node, partition, order)
    else:
        scope.overs.append(Over(node, name, partition, order))
    return found


def specification(node: exp.Expr, scope: Scope) -> exp.Expr:
    """The window that a call's OVER means: its own, or the one it names in WINDOW."""
    alias = node.args.get("alias")
    if alias is not None and not node.args.get("partition_by") and not node.args.get("order"):
        name = alias.name
        if name in scope.windows:
            return scope.windows[name]
        scope.binder.fault("HGQ042", f"no window `{name}` in this query", node, "define it with WINDOW")
    return node


def _window(
    node: exp.Expr, scope: Scope, evaluate: Evaluate
) -> tuple[tuple[Value, ...], tuple[tuple[Value, bool], ...]]:
    window = specification(node, scope)
    partition = tuple(evaluate(p, scope) for p in window.args.get("partition_by") or ())
    order = window.args.get("order")
    sorts = order.expressions if order is not None else []
    return partition, tuple((evaluate(o.this, scope), bool(o.args.get("desc"))) for o in sorts)
