"""UNION, INTERSECT and EXCEPT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from headgate.sql.bind import Named
from headgate.sql.duckdb._model import Column, Rows
from headgate.sql.duckdb.casts import cast
from headgate.sql.duckdb.projection import role_of
from headgate.sql.duckdb.time import NEVER, both, in_order, numbered, under
from headgate.sql.duckdb.types import quoted
from headgate.sql.duckdb.work import Work


def set_operation(
    work: Work, node: exp.SetOperation, left: Rows, right: Rows, given: Sequence[Named]
) -> Rows:
    """The rows of a set operation, in the common types of both sides."""
    columns = tuple(
        Column("", n.name, c.physical, n.type, role_of(n)) for n, c in zip(given, left.columns, strict=True)
    )
    left, right = work.use(left), work.use(right)
    every = not node.args.get("distinct", True)
    if isinstance(node, exp.Union) and every:
        return _union_all(work, left, right, columns)
    a, b = in_order(work, left), in_order(work, right)
    names = ", ".join(quoted(c.physical) for c in columns)
    both_sides = f"{_side(a, columns, 0)} UNION ALL {_side(b, columns, 1)}"
    if every:
        # The n-th of equal rows on one side stands against the n-th on the other.
        both_sides = f"SELECT *, row_number() OVER (PARTITION BY __side, {names} ORDER BY __seq) AS __nth FROM ({both_sides})"
    of_left, of_right = "count(*) FILTER (__side = 0)", "count(*) FILTER (__side = 1)"
    having, seq = "", "min(__seq)"
    if isinstance(node, exp.Intersect):
        having, seq = f" HAVING {of_left} > 0 AND {of_right} > 0", "max(__seq)"
    elif isinstance(node, exp.Except):
        having = f" HAVING {of_left} > 0 AND {of_right} = 0"
    by = f"{names}, __nth" if every else names
    text = f"SELECT {names}, {seq} AS __seq, {NEVER} AS __wm FROM ({both_sides}) GROUP BY {by}{having}"
    inputs = left.inputs | right.inputs
    rows = Rows(step=work.step(text, "set"), columns=columns, inputs=inputs, unique=False)
    return in_order(work, rows)


def _side(rows: Rows, columns: Sequence[Column], number: int) -> str:
    cells = []
    for mine, common in zip(rows.columns, columns, strict=True):
        sql = quoted(mine.physical)
        if not mine.type.same_as(common.type):
            sql = cast(sql, mine.type, common.type)
        cells.append(f"{sql} AS {quoted(common.physical)}")
    return f"SELECT {', '.join(cells)}, __seq, __wm, {number} AS __side FROM {rows.step}"


def _union_all(work: Work, left: Rows, right: Rows, columns: tuple[Column, ...]) -> Rows:
    clock = both(left.clock, right.clock)
    sides = [under(work, rows, clock) for rows in (left, right)]
    text = f"{_side(sides[0], columns, 0)} UNION ALL {_side(sides[1], columns, 1)}"
    rows = replace(
        left,
        step=work.step(text, "union"),
        columns=columns,
        clock=clock,
        fired=left.fired and right.fired,
        inputs=left.inputs | right.inputs,
    )
    if not left.inputs & right.inputs:
        return replace(rows, unique=left.unique and right.unique)
    return numbered(work, rows, ["__side", *(quoted(c.physical) for c in columns)])
