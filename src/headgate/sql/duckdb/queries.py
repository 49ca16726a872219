"""Queries: WITH, SELECT, DISTINCT, ORDER BY with LIMIT, and queries inside expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlglot import exp

from headgate.sql.duckdb import grouping, joins, over, rankings, unions, windows
from headgate.sql.duckdb._model import Form, Reading, Role, Rows, Unsupported
from headgate.sql.duckdb.projection import aliases, cells, directions, sort_keys, written
from headgate.sql.duckdb.scope import Scope, Side, conjuncts
from headgate.sql.duckdb.sources import called, one_row, values
from headgate.sql.duckdb.time import NEVER, both, emitted, in_order, late_rows, overtaken, under
from headgate.sql.duckdb.types import quoted
from headgate.sql.duckdb.work import Work, columns_of, listed
from headgate.sql.facts import Exactness
from headgate.sql.nodes import function_name, windowing


def query(work: Work, node: exp.Expr) -> Rows:
    """The rows that a query gives, as a step."""
    with_ = node.args.get("with_")
    for cte in with_.expressions if with_ is not None else ():
        rows = query(work, cte.this)
        work = work.naming({**work.named, cte.alias: called(rows, cte.args.get("alias"), "")})
    if isinstance(node, exp.Select):
        return _select(work, node)
    if isinstance(node, exp.Values):
        return values(work, node)
    if isinstance(node, exp.Subquery):
        rows = query(work, node.this)
    elif isinstance(node, exp.SetOperation):
        given = work.types.outputs[id(node)]
        rows = unions.set_operation(work, node, query(work, node.left), query(work, node.right), given)
    else:
        raise Unsupported(type(node).__name__.upper(), node)
    return _ordered(work, node, rows, _named_keys(node, rows))


def _named_keys(node: exp.Expr, rows: Rows) -> list[str]:
    """The columns by which ORDER BY sorts what is no SELECT."""
    order = node.args.get("order")
    keys = []
    for one in order.expressions if order is not None else ():
        column = next((c for c in rows.columns if c.name == one.this.name), None)
        if column is None and one.this.name.isdigit() and 0 < int(one.this.name) <= len(rows.columns):
            column = rows.columns[int(one.this.name) - 1]
        if column is None:
            raise Unsupported("ORDER BY an expression over a set operation", one)
        keys.append(quoted(column.physical))
    return keys


def _select(work: Work, node: exp.Select) -> Rows:
    kinds = frozenset(work.types.kinds.get(id(node), "").split())
    if node.args.get("match") is not None:
        raise Unsupported("MATCH_RECOGNIZE", node)
    source = joins.from_clause(work, node) if node.args.get("from_") is not None else one_row(work)
    where = node.args["where"].this if node.args.get("where") is not None else None
    bound = rankings.bound_of(work, where, source)
    if bound is not None:
        source = rankings.bounded(work, source, kinds, bound)
    prepared: dict[int, Rows] = {}
    semi = [part for part in map(_positive, conjuncts(where)) if _is_window_join(work, part)]
    for part in semi:
        source = _window_semi(work, source, part, prepared)
    end = source.role(Role.END) if (semi or (bound is not None and "window_top_n" in kinds)) else None
    at = windows.last_moment(quoted(end.physical)) if end is not None and not source.fired else ""
    if grouping.groups(node, kinds):
        rows = grouping.grouped(work, node, source, kinds)
    elif over.windows_of(node):
        rows = rankings.numbered(work, node, source, kinds)
    else:
        filters = len(conjuncts(where)) > (bound is not None)
        rows = _projected(work, node, source, prepared, at, filters=filters)
    keys = [f"__o{number}" for number in range(len(directions(node)))]
    if "window_distinct" in kinds:
        rows, keys = _distinct_in_window(work, node, rows)
    elif node.args.get("distinct") is not None:
        rows, keys = _distinct(work, node, rows)
    return _ordered(work, node, rows, keys)


# Projection and filter


def _projected(
    work: Work, node: exp.Select, source: Rows, prepared: Mapping[int, Rows], at: str, *, filters: bool
) -> Rows:
    """The rows of a SELECT that keeps them one by one; at the moment `at` a window lets them go."""
    if node.args.get("qualify") is not None:
        raise Unsupported("QUALIFY by a rank of another query", node.args["qualify"])
    place = work.place()
    scope = Scope(work, (Side(place, source),), None, watermark(work, node, place), aliases(node), prepared)
    where = node.args.get("where")
    condition = scope.sql(where.this) if where is not None else ""
    hidden = [f"{place}.__seq", f"{place}.__wm"]
    columns = tuple(cell.column for cell in cells(scope, node))
    if at:
        text = written(scope, node, work.use(source).step, [condition], [*hidden, f"{place}.{at} AS __at"])
        return emitted(work, replace(source, step=work.step(text), columns=columns), "__at", [])

    def read(form: Form) -> Reading | None:
        reading = source.read(form)
        if reading is None:
            return None
        conditions, more = [condition], hidden
        if form is Form.VERSIONS:
            # A version that the filter does not let through ends the one before it.
            op = f"CASE WHEN {condition or 'true'} THEN {place}.__op ELSE '-D' END AS __op"
            conditions, more = [], [*hidden, op, f"{place}.__next", f"{place}.__next_wm"]
        step = work.step(written(scope, node, reading.step, conditions, more))
        return replace(reading, step=step, filtered=reading.filtered or filters)

    return replace(
        source,
        step=work.step(written(scope, node, source.step, [condition], hidden)),
        columns=columns,
        read=read,
    )


def watermark(work: Work, node: exp.Select, place: str) -> Callable[[exp.Expr], str | None]:
    """Gives CURRENT_WATERMARK the watermark that a row of an input meets; what operators make of it is not known here."""
    table = node.args["from_"].this if node.args.get("from_") is not None else None
    alone = not node.args.get("joins") and isinstance(table, exp.Table) and table.name not in work.named

    def write(call: exp.Expr) -> str | None:
        if function_name(call) != "CURRENT_WATERMARK":
            return None
        if not alone or windowing(table) is not None:
            raise Unsupported("CURRENT_WATERMARK behind another query", call)
        return f"{place}.__wm"

    return write


def _positive(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Not | exp.Paren):
        node = node.this
    return node


def _is_window_join(work: Work, node: exp.Expr) -> bool:
    return "window_join" in work.types.kinds.get(id(node), "").split()


def _window_semi(work: Work, source: Rows, node: exp.Expr, prepared: dict[int, Rows]) -> Rows:
    """The rows of a semi join on the window; both of its sides are without what is late for it."""
    inner = node.args.get("query") if isinstance(node, exp.In) else node.this
    while isinstance(inner, exp.Subquery):
        inner = inner.this
    assert isinstance(inner, exp.Select)
    nested = work.use(joins.from_clause(work, inner))
    clock = both(source.clock, nested.clock)
    kept = []
    for rows in (work.use(source), nested):
        end = rows.role(Role.END)
        if end is None:
            raise Unsupported("a semi join on the window of several tables", node)
        met = under(work, rows, clock)
        kept.append(
            windows.keep_on_time(work, met, quoted(end.physical), "window_join", "semi join", Exactness.EXACT)
        )
    prepared[id(inner)] = kept[1]
    return kept[0]


# DISTINCT, ORDER BY, LIMIT


def _distinct(work: Work, node: exp.Select, rows: Rows) -> tuple[Rows, list[str]]:
    rows = in_order(work, work.use(rows))
    names = columns_of(rows)
    text = f"SELECT {names}, min(__seq) AS __seq, {NEVER} AS __wm FROM {rows.step} GROUP BY {names}"
    made = replace(rows, step=work.step(text, "distinct"), clock=(), fired=False)
    return made, _named_keys(node, made)


def _distinct_in_window(work: Work, node: exp.Select, rows: Rows) -> tuple[Rows, list[str]]:
    """DISTINCT of rows with their window, which are one when it closes."""
    end = rows.role(Role.END)
    assert end is not None
    name, kept = quoted(end.physical), work.use(rows)
    if not windows.are_sessions(rows):
        kept = windows.keep_on_time(work, kept, name, "window_aggregate", "DISTINCT", Exactness.EXACT)
    names = columns_of(rows)
    text = (
        f"SELECT {names}, min(__seq) AS __seq, {NEVER} AS __wm, {windows.last_moment(name)} AS __at "
        f"FROM {kept.step} GROUP BY {names}"
    )
    made = emitted(work, replace(kept, step=work.step(text, "distinct")), "__at", [])
    return made, _named_keys(node, made)


def _ordered(work: Work, node: exp.Expr, rows: Rows, keys: list[str]) -> Rows:
    """The rows that ORDER BY and LIMIT leave; of equal ones those that came first."""
    limit = _limit(node)
    if limit is None:
        order = node.args.get("order")
        if order is None or node.args.get("limit") is not None:
            return rows
        return _sorted(work, order.expressions[0].this, rows)
    offset = node.args.get("offset")
    skipped = int(offset.expression.name) if offset is not None else 0
    order_by = [f"{key} {direction}" for key, direction in zip(keys, directions(node), strict=True)]
    ties = [] if rows.unique else [quoted(column.physical) for column in rows.columns]
    number = f"row_number() OVER (ORDER BY {', '.join([*order_by, '__seq', *ties])})"
    bounds = [f"{number} > {skipped}"] if skipped else []
    bounds.append(f"{number} <= {skipped + limit}")
    text = f"SELECT {columns_of(rows)}, __seq, __wm FROM {rows.step} QUALIFY {' AND '.join(bounds)}"
    return replace(work.use(rows), step=work.step(text, "top"))


def _limit(node: exp.Expr) -> int | None:
    limit = node.args.get("limit")
    if limit is None:
        if node.args.get("offset") is not None:
            raise Unsupported("OFFSET without LIMIT", node)
        return None
    count = limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.expression
    if isinstance(count, exp.Literal) and count.name.isdigit():
        return int(count.name)
    raise Unsupported("LIMIT with a computed number", limit)


def _sorted(work: Work, key: exp.Expr, rows: Rows) -> Rows:
    """Rows in the order of their event time, as watermarks let them go.

    Flink drops a row that comes when one of its time or a later one was let go already.
    """
    column = next(
        (c for c in rows.columns if c.name == key.name and c.role in (Role.ROWTIME, Role.TIME)), None
    )
    if column is None or rows.fired:
        return rows
    rows = in_order(work, work.use(rows))
    time = quoted(column.physical)
    gone = overtaken(work, rows, time)
    marked = work.step(f"SELECT *, __seq IN (FROM {gone}) AS __gone FROM {rows.step}", "marked")
    marked_rows = replace(rows, step=marked)
    work.found.late.append(
        late_rows(work, marked_rows, "__gone", "sort", "ORDER BY event time", Exactness.EXACT)
    )
    kept = work.step(f"SELECT *, {time} AS __at FROM {marked} WHERE NOT __gone", "kept")
    return emitted(work, replace(rows, step=kept), "__at", [], windows=False)


# Queries in expressions


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
    rows = work.use(query(work, node))
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
    if grouping.groups(node, kinds):
        text = grouping.grouped_text(inner, node, made, source.step, [], grouping.group_keys(inner, node))
    else:
        where = node.args.get("where")
        condition = f" WHERE {inner.sql(where.this)}" if where is not None else ""
        distinct = "DISTINCT " if node.args.get("distinct") is not None else ""
        place = inner.sides[0].place
        text = f"SELECT {distinct}{listed(map(str, made))} FROM {source.step} AS {place}{condition}"
        if not distinct:
            keys.append(f"{place}.__seq")
    limit = _limit(node)
    if limit is None:
        return text
    offset = node.args.get("offset")
    skipped = f" OFFSET {offset.expression.name}" if offset is not None else ""
    return f"{text}{f' ORDER BY {chr(44).join(keys)}' if keys else ''} LIMIT {limit}{skipped}"
