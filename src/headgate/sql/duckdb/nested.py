"""Queries inside expressions: IN, EXISTS, or the one value of a query."""

from __future__ import annotations

from sqlglot import exp

from headgate.sql.duckdb import grouping, joins, over
from headgate.sql.duckdb.ordering import limit_of
from headgate.sql.duckdb.projection import cells, directions, sort_keys
from headgate.sql.duckdb.scope import Scope
from headgate.sql.duckdb.time import in_order
from headgate.sql.duckdb.work import columns_of, listed


def nested(scope: Scope, node: exp.Expr) -> str:
    """The text of an expression that holds a query: IN, EXISTS, or the query's one value."""
    if isinstance(node, exp.Exists):
        return f"EXISTS {nested(scope, node.this)}"
    if isinstance(node, exp.In):
        return f"({_compared(scope, node.this)} IN {nested(scope, node.args['query'])})"
    return f"({_inner(scope, node)})"


def _compared(scope: Scope, node: exp.Expr) -> str:
    if isinstance(node, exp.Tuple):
        return f"({', '.join(scope.sql(one) for one in node.expressions)})"
    return scope.sql(node)


_INLINE = frozenset({"group_aggregate", "top_n", "distinct"})


def _inner(scope: Scope, node: exp.Expr) -> str:
    while isinstance(node, exp.Subquery) and not any(
        v for k, v in node.args.items() if k not in ("this", "alias")
    ):
        node = node.this
    work = scope.work
    if isinstance(node, exp.Select) and node.args.get("from_") is not None and node.args.get("with_") is None:
        kinds = frozenset(work.types.kinds.get(id(node), "").split())
        if kinds <= _INLINE and not over.windows_of(node):
            return _inline(scope, node, kinds)
    rows = work.use(work.query(work, node))
    return f"SELECT {columns_of(rows)} FROM {rows.step}"


def _inline(scope: Scope, node: exp.Select, kinds: frozenset[str]) -> str:
    """A SELECT in place, so that it can look at the rows around it."""
    work = scope.work
    source = scope.prepared.get(id(node))
    if source is None:
        source = in_order(work, work.use(joins.from_clause(work, node)))
    inner = grouping.scope_of(work, node, source, scope)
    made = cells(inner, node)
    keys = [f"{key} {way}" for key, way in zip(sort_keys(inner, node, made), directions(node), strict=True)]
    where = inner.sql(node.args["where"].this) if node.args.get("where") is not None else ""
    if grouping.groups(node, kinds):
        by = grouping.group_keys(inner, node)
        text = grouping.grouped_text(inner, node, made, source.step, [], by, where)
    else:
        condition = f" WHERE {where}" if where else ""
        distinct = "DISTINCT " if node.args.get("distinct") is not None else ""
        place = inner.sides[0].place
        text = f"SELECT {distinct}{listed(map(str, made))} FROM {source.step} AS {place}{condition}"
        if not distinct:
            keys.append(f"{place}.__seq")
    limit = limit_of(node)
    if limit is None:
        return text
    offset = node.args.get("offset")
    skipped = f" OFFSET {offset.expression.name}" if offset is not None else ""
    order = f" ORDER BY {', '.join(keys)}" if keys else ""
    return f"{text}{order} LIMIT {limit}{skipped}"
