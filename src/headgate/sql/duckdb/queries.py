"""Queries: WITH, set operations, and SELECT with its filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlglot import exp

from headgate.sql.duckdb import grouping, joins, over, rankings, unions, windows
from headgate.sql.duckdb._model import Form, Reading, Role, Rows, Unsupported
from headgate.sql.duckdb.ordering import distinct, distinct_in_window, named_keys, ordered
from headgate.sql.duckdb.projection import aliases, cells, directions, written
from headgate.sql.duckdb.scope import Scope, Side, conjuncts
from headgate.sql.duckdb.sources import called, one_row, values
from headgate.sql.duckdb.time import both, emitted, under
from headgate.sql.duckdb.types import quoted
from headgate.sql.duckdb.work import Work
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
    return ordered(work, node, rows, named_keys(node, rows))


def _select(work: Work, node: exp.Select) -> Rows:
    kinds = frozenset(work.types.kinds.get(id(node), "").split())
    if node.args.get("match") is not None:
        raise Unsupported("MATCH_RECOGNIZE", node)
    source = joins.from_clause(work, node) if node.args.get("from_") is not None else one_row(work)
    source, at = _filtered(work, node, source, kinds)
    if grouping.groups(node, kinds):
        rows = grouping.grouped(work, node, source, kinds)
    elif over.windows_of(node):
        rows = rankings.numbered(work, node, source, kinds)
    else:
        rows = _projected(work, node, source, at)
    keys = [f"__o{number}" for number in range(len(directions(node)))]
    if node.args.get("distinct") is not None:
        rows = distinct_in_window(work, rows) if "window_distinct" in kinds else distinct(work, rows)
        keys = named_keys(node, rows)
    return ordered(work, node, rows, keys)


def _filtered(work: Work, node: exp.Select, source: Rows, kinds: frozenset[str]) -> tuple[Rows, str]:
    """The rows that WHERE lets through, and the moment at which a window lets them go, if one does."""
    where = node.args.get("where")
    if where is None:
        return source, ""
    parts = conjuncts(where.this)
    bound = rankings.bound_of(work, where.this, source)
    if bound is not None:
        source = rankings.bounded(work, source, kinds, bound)
    prepared: dict[int, Rows] = {}
    semi = [part for part in map(_positive, parts) if _is_window_join(work, part)]
    for part in semi:
        source = _window_semi(work, source, part, prepared)
    windowed = bool(semi) or (bound is not None and "window_top_n" in kinds)
    end = source.role(Role.END) if windowed and not source.fired else None
    filters = len(parts) > (bound is not None)
    rows = _where(work, node, source, prepared, filters=filters)
    return rows, windows.last_moment(quoted(end.physical)) if end is not None else ""


def _where(
    work: Work, node: exp.Select, source: Rows, prepared: Mapping[int, Rows], *, filters: bool
) -> Rows:
    place = work.place()
    scope = Scope(work, (Side(place, source),), None, watermark(work, node, place), {}, prepared)
    condition = scope.sql(node.args["where"].this)

    def text(step: str) -> str:
        return work.step(f"SELECT {place}.* FROM {step} AS {place} WHERE {condition}", "filtered")

    def read(form: Form) -> Reading | None:
        reading = source.read(form)
        if reading is None or form is not Form.VERSIONS:
            return reading and replace(reading, step=text(reading.step))
        # A version that the filter does not let through ends the one before it.
        op = f"CASE WHEN {condition} THEN {place}.__op ELSE '-D' END AS __op"
        step = work.step(f"SELECT {place}.* REPLACE ({op}) FROM {reading.step} AS {place}", "filtered")
        return replace(reading, step=step, filtered=reading.filtered or filters)

    return replace(source, step=text(source.step), read=read)


def _projected(work: Work, node: exp.Select, source: Rows, at: str) -> Rows:
    """The rows of a SELECT that keeps them one by one; at the moment `at` a window lets them go."""
    if node.args.get("qualify") is not None:
        raise Unsupported("QUALIFY by a rank of another query", node.args["qualify"])
    place = work.place()
    scope = Scope(work, (Side(place, source),), None, watermark(work, node, place), aliases(node))
    hidden = [f"{place}.__seq", f"{place}.__wm"]
    columns = tuple(cell.column for cell in cells(scope, node))
    if at:
        text = written(scope, node, work.use(source).step, [*hidden, f"{place}.{at} AS __at"])
        return emitted(work, replace(source, step=work.step(text), columns=columns), "__at", [])

    def read(form: Form) -> Reading | None:
        reading = source.read(form)
        if reading is None:
            return None
        more = (
            [f"{place}.{name}" for name in ("__op", "__next", "__next_wm")] if form is Form.VERSIONS else []
        )
        return replace(reading, step=work.step(written(scope, node, reading.step, [*hidden, *more])))

    step = work.step(written(scope, node, source.step, hidden))
    return replace(source, step=step, columns=columns, read=read)


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
