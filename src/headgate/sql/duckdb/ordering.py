"""DISTINCT, ORDER BY and LIMIT."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from headgate.sql.duckdb import windows
from headgate.sql.duckdb._model import Role, Rows, Unsupported
from headgate.sql.duckdb.projection import directions
from headgate.sql.duckdb.time import NEVER, emitted, in_order, late_rows, overtaken
from headgate.sql.duckdb.types import quoted
from headgate.sql.duckdb.work import Work, columns_of
from headgate.sql.facts import Exactness


def distinct(work: Work, rows: Rows) -> Rows:
    """Each row once: the first that came."""
    rows = in_order(work, work.use(rows))
    names = columns_of(rows)
    text = f"SELECT {names}, min(__seq) AS __seq, {NEVER} AS __wm FROM {rows.step} GROUP BY {names}"
    return replace(rows, step=work.step(text, "distinct"), clock=(), fired=False)


def distinct_in_window(work: Work, rows: Rows) -> Rows:
    """Rows with their window, each once when the window closes."""
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
    return emitted(work, replace(kept, step=work.step(text, "distinct")), "__at", [])


def named_keys(node: exp.Expr, rows: Rows) -> list[str]:
    """The columns by which ORDER BY sorts rows whose columns it can only name."""
    order = node.args.get("order")
    keys = []
    for one in order.expressions if order is not None else ():
        column = next((c for c in rows.columns if c.name == one.this.name), None)
        if column is None and one.this.name.isdigit() and 0 < int(one.this.name) <= len(rows.columns):
            column = rows.columns[int(one.this.name) - 1]
        if column is None:
            raise Unsupported("ORDER BY an expression that is no column", one)
        keys.append(quoted(column.physical))
    return keys


def ordered(work: Work, node: exp.Expr, rows: Rows, keys: list[str]) -> Rows:
    """The rows that ORDER BY and LIMIT leave; of equal ones those that came first."""
    limit = limit_of(node)
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


def limit_of(node: exp.Expr) -> int | None:
    """How many rows LIMIT or FETCH lets through."""
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
