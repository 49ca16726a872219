"""Queries: SELECT clause by clause, WITH, set operations."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from headgate.sql.bind._model import (
    MARKED,
    PROCTIME,
    ROWTIME,
    UNKNOWN_VALUE,
    Binder,
    Grouping,
    Key,
    Named,
    Ranking,
    Rows,
    Scope,
    Value,
    Window,
    similar,
)
from headgate.sql.bind.expressions import condition, value
from headgate.sql.bind.grouping import Grouped, after_window, group, legacy_keys, window_of_keys
from headgate.sql.bind.joins import State, conjuncts, from_clause
from headgate.sql.bind.rankings import apply_rank, bounded_rank, check_overs
from headgate.sql.bind.tables import match_recognize, values
from headgate.sql.bind.unions import set_operation
from headgate.sql.facts import Exactness, Why


def query(binder: Binder, node: exp.Expr, named: Mapping[str, Rows], parent: Scope | None) -> Rows:
    """The rows that a query gives. `named` are the queries of WITH around it, `parent` the SELECT that it is nested in."""
    outer, binder.named = binder.named, named
    rows = _query(binder, node, named, parent)
    binder.named = outer
    binder.nested[id(node)] = rows
    if binder.types is not None and isinstance(node, exp.Query):
        binder.types.outputs[id(node)] = tuple(
            Named("", n, v.type, _time(v), v.part) for n, v in rows.columns.items()
        )
    return rows


def _time(one: Value) -> str:
    return one.time if one.time in (ROWTIME, PROCTIME) else ""


def _query(binder: Binder, node: exp.Expr, named: Mapping[str, Rows], parent: Scope | None) -> Rows:
    with_ = node.args.get("with_")
    if with_ is not None:
        named = _with(binder, with_, named, parent)
    if isinstance(node, exp.Subquery):
        rows = query(binder, node.this, named, parent)
        return _ordered(node, rows, binder, parent, Scope(binder, parent=parent))
    if isinstance(node, exp.SetOperation):
        left = query(binder, node.left, named, parent)
        right = query(binder, node.right, named, parent)
        rows = set_operation(node, left, right, binder)
        return _ordered(node, rows, binder, parent, Scope(binder, parent=parent))
    if isinstance(node, exp.Values):
        return values(node, binder)
    if isinstance(node, exp.Select):
        return _Select(binder, node, named, parent).rows()
    if isinstance(node, exp.Table):
        select = exp.Select(expressions=[exp.Star()])
        select.set("from_", exp.From(this=node.copy()))
        return _Select(binder, select, named, parent).rows()
    binder.fault("HGQ007", f"{type(node).__name__} is not understood here yet", node)
    return Rows({}, open=True)


def _with(
    binder: Binder, node: exp.Expr, named: Mapping[str, Rows], parent: Scope | None
) -> Mapping[str, Rows]:
    known = dict(named)
    if node.args.get("recursive"):
        binder.fault("HGQ007", "WITH RECURSIVE is not in streaming Flink SQL", node)
    for cte in node.expressions:
        rows = query(binder, cte.this, known, parent)
        alias = cte.args.get("alias")
        names = [c.name for c in alias.columns] if alias is not None else []
        if names and not rows.open:
            if len(names) != len(rows.columns):
                binder.fault("HGQ024", f"{len(names)} names for {len(rows.columns)} columns", alias)
            else:
                columns = dict(zip(names, rows.columns.values(), strict=True))
                rows = Rows(columns, rows.updating, rows.keys, rows.pending, rows.blame)
        known[cte.alias] = rows
    return known


def _ordered(node: exp.Expr, rows: Rows, binder: Binder, parent: Scope | None, scope: Scope) -> Rows:
    """ORDER BY and LIMIT of a query whose columns are known."""
    order, limit = node.args.get("order"), node.args.get("limit") or node.args.get("fetch")
    if order is None:
        return rows
    scope.named = rows.columns
    scope.names = {**{n: v for n, v in rows.columns.items() if n not in scope.names}, **scope.names}
    found: list[tuple[Value, bool]] = []
    scope.clause = "" if scope.grouping is not None else "ORDER BY"
    for sort in order.expressions:
        one = _sort_value(sort.this, rows, scope)
        binder.influence_of(one, Why.SORT)
        found.append((one, bool(sort.args.get("desc"))))
    scope.clause = ""
    first, descending = found[0]
    if limit is not None:
        binder.operator("top_n", "ORDER BY with LIMIT", order)
        if binder.types is not None:
            binder.types.add_kind(node, "top_n")
        return Rows(
            rows.columns, True, rows.keys, rows.pending, rows.blame or "ORDER BY with LIMIT", rows.open
        )
    if first.time in (ROWTIME, PROCTIME) and not descending:
        binder.operator("sort", "ORDER BY event time", order, needs_watermark=first.time == ROWTIME)
    elif parent is None and binder.outermost is node and first.type.name != "UNKNOWN":
        binder.fault(
            "HGQ045",
            "a stream can only be sorted by its event time, ascending",
            order,
            "add LIMIT for a Top-N, or drop ORDER BY",
        )
    return rows


def _sort_value(node: exp.Expr, rows: Rows, scope: Scope) -> Value:
    if isinstance(node, exp.Column) and node.name in rows.columns and not node.args.get("table"):
        found = rows.columns[node.name]
        if scope.binder.types is not None:
            scope.binder.types.types[id(node)] = found.type
        return found
    if isinstance(node, exp.Literal) and node.name.isdigit():
        columns = list(rows.columns.values())
        at = int(node.name) - 1
        if 0 <= at < len(columns):
            return columns[at]
    return value(node, scope)


_CLAUSES = frozenset(
    {
        "expressions",
        "from_",
        "where",
        "group",
        "having",
        "qualify",
        "windows",
        "distinct",
        "order",
        "limit",
        "offset",
        "fetch",
    }
    | {"with_", "joins", "laterals", "match", "hint"}
)


class _Select:
    """One SELECT."""

    def __init__(
        self, binder: Binder, node: exp.Select, named: Mapping[str, Rows], parent: Scope | None
    ) -> None:
        self.binder = binder
        self.node = node
        self.named = named
        self.scope = Scope(binder, parent=parent)
        self.parent = parent
        self.state = State()
        self.kinds: list[str] = []
        self.filters = False

    def rows(self) -> Rows:
        node, scope = self.node, self.scope
        args = node.args
        self.binder.only(node, _CLAUSES)
        self.state = from_clause(node, scope, self.named)
        scope.direct = _direct(node, self.named)
        if args.get("match") is not None:
            scope.sources[-1:] = [match_recognize(args["match"], scope.sources[-1], scope)]
            scope.resume()
            self.state = State()
        if self.binder.types is not None:
            self._remember_sources()
        for window in args.get("windows") or ():
            scope.windows[window.this.name if window.this is not None else window.alias] = window
        where = args.get("where")
        if where is not None:
            self._where(where.this)
            self._values_of_queries()
        grouped = self._group(args.get("group"))
        outputs = self._outputs()
        if scope.aggregated and grouped is None:
            outputs, grouped = self._global(outputs)
        having = args.get("having")
        if having is not None:
            self._having(having.this)
        self._changes(grouped, list(outputs.values()))
        self._values_of_queries()
        scope.named = outputs
        qualify = args.get("qualify")
        if qualify is not None:
            self._qualify(qualify.this)
        check_overs(scope, self.state)
        if scope.overs:
            self.kinds.append("over")
        rows = self._finish(outputs)
        rows = _ordered(node, rows, self.binder, self.parent, scope)
        if scope.correlated:
            self.binder.correlated.add(id(node))
        if self.binder.types is not None:
            for kind in self.kinds:
                self.binder.types.add_kind(node, kind)
        return rows

    def _remember_sources(self) -> None:
        assert self.binder.types is not None
        self.binder.types.sources[id(self.node)] = tuple(
            Named(s.alias, n, v.type, _time(v), v.part)
            for s in self.scope.sources
            for n, v in s.rows.columns.items()
        )

    def _where(self, node: exp.Expr) -> None:
        scope, binder = self.scope, self.binder
        scope.clause = "WHERE"
        binder.influence_of(condition(node, scope), Why.FILTER)
        scope.clause = ""
        ranked_above = any(s.rows.pending for s in scope.sources)
        bounds = bounded_rank(node, scope) if ranked_above else []
        for ranked, bound in bounds:
            if ranked.rank is not None and not ranked.rank.used:
                self.kinds.append(apply_rank(ranked, bound, node, scope, self.state))
        parts = list(conjuncts(node))
        self.filters = len(parts) > len(bounds)
        for part in parts:
            self._nested_query(part)

    def _nested_query(self, node: exp.Expr) -> None:
        """Semi and anti joins."""
        negated = False
        inner = node
        while isinstance(inner, exp.Not | exp.Paren):
            negated ^= isinstance(inner, exp.Not)
            inner = inner.this
        query_node: exp.Expr | None = None
        if isinstance(inner, exp.Exists):
            query_node = inner.this
        elif isinstance(inner, exp.In):
            query_node = inner.args.get("query")
        if query_node is not None:
            self.scope.nested.pop(id(query_node), None)
            self._semi(inner, query_node, negated)

    def _values_of_queries(self) -> None:
        """Queries whose result is used in an expression: joins whose rows come and go."""
        for node in self.scope.nested.values():
            rows = self.binder.nested.get(id(node))
            self.binder.operator("regular_join", "query as a value", node, unbounded=True)
            self._untimed()
            self.state = State(
                True, (), self.state.blame or (rows.blame if rows else "") or "a query as a value"
            )
        self.scope.nested.clear()

    def _semi(self, node: exp.Expr, query_node: exp.Expr, negated: bool) -> None:
        binder = self.binder
        rows = binder.nested.get(id(query_node)) or Rows({})
        kind = "anti_join" if negated else "semi_join"
        if binder.types is not None:
            binder.types.add_kind(node, kind)
        window = _windowed_semi(query_node, self.scope)
        if window:
            if binder.types is not None:
                binder.types.add_kind(node, "window_join")
            binder.operator("window_join", "semi join on the window", node, needs_watermark=True)
            self.state.keys = ()
            return
        binder.operator(kind, "NOT EXISTS" if negated else "EXISTS", node, unbounded=True)
        self._untimed()
        counted = isinstance(node, exp.Exists) and id(_innermost(query_node)) not in binder.correlated
        updating = self.state.updating or rows.updating or negated or counted
        blame = self.state.blame or rows.blame or ("NOT EXISTS" if negated else "EXISTS" if counted else "")
        self.state = State(updating, self.state.keys, blame)

    def _untimed(self) -> None:
        for source in self.scope.sources:
            for one in source.rows.columns.values():
                if one.time in (ROWTIME, PROCTIME):
                    one.time = MARKED

    def _group(self, node: exp.Expr | None) -> Grouped | None:
        if node is None:
            return None
        grouped = group(node, self.scope)
        self.scope.grouping = grouped.grouping
        self.kinds.append("window_aggregate" if grouped.windowed else "group_aggregate")
        closed = after_window(grouped.keys) if grouped.windowed else {}
        for identity, kept in list(grouped.grouping.values.items()):
            one = closed.get(identity)
            if one is not None:
                grouped.grouping.values[identity] = one
            elif not grouped.windowed and kept.time in (ROWTIME, PROCTIME):
                kept.time = MARKED
        grouped.keys = tuple(closed.get(id(k), k) for k in grouped.keys)
        return grouped

    def _global(self, outputs: dict[str, Value]) -> tuple[dict[str, Value], Grouped]:
        """Aggregates without GROUP BY: bind the list again, now that no plain column may stand in it."""
        self.scope.overs.clear()
        grouping = Grouping({}, [], frozenset(), keyed=False)
        self.scope.grouping = grouping
        del self.binder.faults[self.faults_before :]
        made = self._outputs()
        self.kinds.append("group_aggregate")
        self.binder.operator("group_aggregate", "aggregate of everything", self.node.expressions[0])
        return made, Grouped(grouping, (), False, None)

    def _outputs(self) -> dict[str, Value]:
        self.faults_before = len(self.binder.faults)
        outputs: dict[str, Value] = {}
        seen: set[int] = set()
        scope = self.scope
        for at, node in enumerate(self.node.expressions):
            kind = type(node)
            inner = node.args["this"] if kind is exp.Alias else node
            if kind is exp.Star or (kind is exp.Column and type(node.args["this"]) is exp.Star):
                self._star(node, outputs, seen)
                continue
            if type(inner) is exp.Null:
                self.binder.fault(
                    "HGQ023", "NULL has no type here", inner, "write CAST(NULL AS STRING), or its true type"
                )
                found = UNKNOWN_VALUE
            else:
                found = value(inner, scope)
            name = node.args["alias"].args["this"] if kind is exp.Alias else _name(node, at)
            self._add(name, found, outputs, seen, node)
        return outputs

    def _add(
        self, name: str, found: Value, outputs: dict[str, Value], seen: set[int], node: exp.Expr
    ) -> None:
        if name in outputs:
            if self.binder.outermost is self.node:
                self.binder.fault("HGQ013", f"two columns are called `{name}`", node, "rename one with AS")
                return
            number = 0
            while f"{name}{number}" in outputs:
                number += 1
            name = f"{name}{number}"
        if id(found) in seen:
            found = found.copied()
        seen.add(id(found))
        outputs[name] = found

    def _star(self, node: exp.Expr, outputs: dict[str, Value], seen: set[int]) -> None:
        scope = self.scope
        alias = node.args.get("table") if isinstance(node, exp.Column) else None
        self.binder.only(node.this if isinstance(node, exp.Column) else node, frozenset())
        sources = scope.sources
        if alias is not None:
            source = scope.source(alias.name)
            if source is None:
                known = [s.alias for s in sources]
                self.binder.fault(
                    "HGQ011", f"no table `{alias.name}` in this query", node, similar(alias.name, known)
                )
                self.scope.open = True
                return
            sources = [source]
        if not scope.sources:
            self.binder.fault("HGQ010", "`*` without FROM", node)
        for source in sources:
            for name, one in source.rows.columns.items():
                shared = scope.names.get(name)
                if shared is not None and shared is not one and len(scope.sources) > 1:
                    continue
                found = one
                if scope.grouping is not None:
                    kept = scope.grouping.values.get(id(one))
                    if kept is None:
                        self.binder.fault("HGQ030", f"`{name}` is neither grouped by nor aggregated", node)
                        return
                    found = kept
                self._add(name, found, outputs, seen, node)

    def _having(self, node: exp.Expr) -> None:
        if self.scope.grouping is None:
            self.scope.grouping = Grouping({}, [], frozenset(), keyed=False)
        self.binder.influence_of(condition(node, self.scope), Why.FILTER)

    def _changes(self, grouped: Grouped | None, outputs: list[Value]) -> None:
        """What grouping makes of updates and keys."""
        if grouped is None:
            return
        if grouped.windowed:
            keys: tuple[Key, ...] = ()
            if grouped.legacy is not None:
                keys = legacy_keys(grouped.legacy, grouped.keys, outputs)
                grouped.legacy.aggregated = True
            self.state = State(False, keys)
            return
        keys = () if grouped.sets else (grouped.keys,)
        self.state = State(True, keys, "GROUP BY" if grouped.keys or grouped.sets else "an aggregate")

    def _qualify(self, node: exp.Expr) -> None:
        scope = self.scope
        scope.clause = "QUALIFY"
        known = dict(scope.names)
        scope.names = {**scope.named, **scope.names}
        ranked = bounded_rank(node, scope)
        self.binder.influence_of(condition(node, scope), Why.FILTER)
        scope.names = known
        scope.clause = ""
        for one, bound in ranked:
            self.kinds.append(apply_rank(one, bound, node, scope, self.state))

    def _finish(self, outputs: dict[str, Value]) -> Rows:
        state, scope = self.state, self.scope
        available: dict[int, Value] = {}
        for one in outputs.values():
            available.setdefault(id(one), one)
            if one.widened is not None:
                available.setdefault(id(one.widened), one)
        keys = tuple(
            tuple(available[id(v)] for v in key if not v.constant)
            for key in state.keys
            if all(id(v) in available or v.constant for v in key)
        )
        pending: list[Ranking] = [r for s in scope.sources for r in s.rows.pending if not r.used]
        for one in outputs.values():
            if one.rank is not None and not one.rank.used and one.rank not in pending:
                pending.append(one.rank)
        updating, blame = state.updating, state.blame
        if self.node.args.get("distinct") is not None:
            window = window_of_keys(list(outputs.values()))
            if window is not None and not updating:
                return Rows(self._distinct_in(window, outputs), False, (), tuple(pending))
            self.binder.operator("distinct", "DISTINCT", self.node.expressions[0], unbounded=True)
            self.kinds.append("distinct")
            updating, blame = True, blame or "DISTINCT"
            keys = (tuple(outputs.values()),)
            for one in outputs.values():
                if one.time in (ROWTIME, PROCTIME):
                    one.time = MARKED
        filtered = any(s.rows.filtered for s in scope.sources) or (updating and self.filters)
        return Rows(
            outputs, updating, keys, tuple(pending), blame, scope.open and not outputs, filtered=filtered
        )

    def _distinct_in(self, window: Window, outputs: dict[str, Value]) -> dict[str, Value]:
        """DISTINCT over a window's start and end is a group of that window."""
        self.binder.operator(
            "window_aggregate",
            f"DISTINCT in {window.detail}",
            self.node.expressions[0],
            waits_ms=0 if window.aggregated else window.waits_ms,
            needs_watermark=True,
            exactness=Exactness.EXACT_UNLESS_LATE if window.kind == "SESSION" else Exactness.EXACT,
        )
        self.kinds.append("window_distinct")
        closed = after_window(tuple(outputs.values()))
        return {name: closed.get(id(one), one) for name, one in outputs.items()}


def _name(node: exp.Expr, at: int) -> str:
    if type(node) is exp.Column:
        plain: str = node.args["this"].args["this"]
        return plain
    if isinstance(node, exp.Column | exp.Dot | exp.Identifier):
        name: str = node.name
        return name
    return f"EXPR${at}"


def _direct(node: exp.Select, named: Mapping[str, Rows]) -> bool:
    first = node.args.get("from_")
    table = first.this if first is not None else None
    return (
        isinstance(table, exp.Table)
        and isinstance(table.this, exp.Identifier)
        and table.name not in named
        and not (node.args.get("joins") or table.args.get("joins") or node.args.get("match"))
    )


def _innermost(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Subquery):
        node = node.this
    return node


def _windowed_semi(node: exp.Expr, scope: Scope) -> bool:
    """Whether a nested query compares its window's start and end with those outside."""
    inner = node.this if isinstance(node, exp.Subquery) else node
    where = inner.args.get("where") if isinstance(inner, exp.Select) else None
    if where is None or not any(v is not None and v.part == "start" for v in scope.names.values()):
        return False
    parts = set()
    for part in conjuncts(where.this):
        if (
            isinstance(part, exp.EQ)
            and isinstance(part.this, exp.Column)
            and isinstance(part.expression, exp.Column)
        ):
            for side in (part.this, part.expression):
                source = scope.source(side.args["table"].name) if side.args.get("table") is not None else None
                one = source.rows.columns.get(side.name) if source is not None else None
                if one is not None and one.part:
                    parts.add(one.part)
    return {"start", "end"} <= parts
