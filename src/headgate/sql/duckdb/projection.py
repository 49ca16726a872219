"""The SELECT list: its cells in DuckDB's text, under the names and types that the binder found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from headgate.sql.bind import Named
from headgate.sql.duckdb._model import Column, Role
from headgate.sql.duckdb.scope import Scope
from headgate.sql.duckdb.sources import free
from headgate.sql.duckdb.types import quoted
from headgate.sql.duckdb.work import listed, physical
from headgate.sql.nodes import function_name

RANKS = ("ROW_NUMBER", "RANK", "DENSE_RANK")


@dataclass(frozen=True, slots=True)
class Cell:
    """An output column and the text of its value."""

    sql: str
    column: Column

    def __str__(self) -> str:
        return f"{self.sql} AS {quoted(self.column.physical)}"


def cells(scope: Scope, node: exp.Select) -> tuple[Cell, ...]:
    """What a SELECT gives, `*` written out."""
    found: list[tuple[str, bool]] = []
    for one in node.expressions:
        if isinstance(one, exp.Star) or (isinstance(one, exp.Column) and isinstance(one.this, exp.Star)):
            found += [(physical(c.physical, place), c.role is Role.RANK) for place, c in _starred(scope, one)]
        else:
            inner = one.this if isinstance(one, exp.Alias) else one
            found.append((scope.sql(inner), _ranks(scope, inner)))
    given = scope.work.types.outputs[id(node)]
    taken: set[str] = set()
    made = []
    for (sql, ranked), named in zip(found, given, strict=True):
        role = Role.RANK if ranked else role_of(named)
        made.append(Cell(sql, Column("", named.name, free(named.name, taken), named.type, role)))
    return tuple(made)


def role_of(named: Named) -> Role:
    """What the binder says a column is to time and windows."""
    return Role(named.part or named.time)


def _starred(scope: Scope, node: exp.Expr) -> list[tuple[str, Column]]:
    qualifier = node.args["table"].name if isinstance(node, exp.Column) else None
    return [
        (side.place, column)
        for side in scope.sides
        for column in side.rows.columns
        if (not column.shadowed if qualifier is None else column.qualifier == qualifier)
    ]


def _ranks(scope: Scope, node: exp.Expr) -> bool:
    if isinstance(node, exp.Window):
        return function_name(node.this) in RANKS
    column = scope.find(node)
    return column is not None and column.role is Role.RANK


def aliases(node: exp.Select) -> dict[str, exp.Expr]:
    """The named expressions of a SELECT list."""
    return {one.alias: one.this for one in node.expressions if isinstance(one, exp.Alias)}


def sort_keys(scope: Scope, node: exp.Expr, made: Sequence[Cell]) -> list[str]:
    """What ORDER BY sorts by: expressions, or names or numbers of output columns."""
    order = node.args.get("order")
    keys = []
    for one in order.expressions if order is not None else ():
        key = one.this
        if isinstance(key, exp.Literal) and key.name.isdigit() and 0 < int(key.name) <= len(made):
            keys.append(made[int(key.name) - 1].sql)
            continue
        named = None
        if isinstance(key, exp.Column) and not key.args.get("table"):
            named = next((cell.sql for cell in made if cell.column.name == key.name), None)
        keys.append(named if named is not None else scope.sql(key))
    return keys


def directions(node: exp.Expr) -> list[str]:
    """How each key of ORDER BY sorts; null is the least of all unless said otherwise."""
    order = node.args.get("order")
    return [
        f"{'DESC' if one.args.get('desc') else 'ASC'} NULLS {'FIRST' if one.args.get('nulls_first') else 'LAST'}"
        for one in (order.expressions if order is not None else ())
    ]


def written(scope: Scope, node: exp.Select, step: str, hidden: Sequence[str]) -> str:
    """SELECT … FROM a step, with hidden columns beside the SELECT list's, its sort keys among them."""
    made = cells(scope, node)
    keys = [f"{key} AS __o{at}" for at, key in enumerate(sort_keys(scope, node, made))]
    return f"SELECT {listed([*map(str, made), *keys, *hidden])} FROM {step} AS {scope.sides[0].place}"
