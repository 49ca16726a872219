"""What names mean where an expression stands, and expressions as DuckDB's text there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from headgate.schema.types import UNKNOWN, DataType
from headgate.sql.duckdb._model import Column, Rows, Unsupported
from headgate.sql.duckdb.expressions import Scalars
from headgate.sql.duckdb.types import text
from headgate.sql.duckdb.work import Work, physical


def nothing(node: exp.Expr) -> str | None:
    """No node has another meaning here than its own."""
    return None


@dataclass(frozen=True, slots=True)
class Side:
    """Rows under the alias that they have in one SELECT of the DuckDB text."""

    place: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class Scope:
    """Where names are looked up: the rows of this SELECT, then those of the SELECTs it is nested in.

    `special` may give a node another text than its own; `aliases` are names of the SELECT list, `prepared` the rows of
    queries in it whose FROM is rewritten already.
    """

    work: Work
    sides: tuple[Side, ...]
    parent: Scope | None = None
    special: Callable[[exp.Expr], str | None] = nothing
    aliases: Mapping[str, exp.Expr] = field(default_factory=dict)
    prepared: Mapping[int, Rows] = field(default_factory=dict)

    def sql(self, node: exp.Expr) -> str:
        """The DuckDB text of an expression."""
        return self.scalars().sql(node)

    def scalars(self) -> Scalars:
        return Scalars(self.work.types, self._column, self._special, self.work.now)

    def type(self, node: exp.Expr) -> DataType:
        return self.work.types.types.get(id(node), UNKNOWN)

    def find(self, node: exp.Expr) -> Column | None:
        """The column of these rows that a node is, if it is one as it stands."""
        while isinstance(node, exp.Paren):
            node = node.this
        path = self.work.types.columns.get(id(node), ())
        if len(path) != 2:
            return None
        for side in self.sides:
            column = side.rows.find(*path)
            if column is not None:
                return column
        return None

    def _special(self, node: exp.Expr) -> str | None:
        query = node.args.get("query") if isinstance(node, exp.In) else None
        if query is not None or isinstance(node, exp.Exists | exp.Subquery | exp.Select):
            return self.work.nested(self, node)
        return self.special(node)

    def _column(self, node: exp.Column) -> str:
        path = self.work.types.columns.get(id(node), ("", node.name))
        scope: Scope | None = self
        while scope is not None:
            for side in scope.sides:
                column = side.rows.find(path[0], path[1])
                if column is not None:
                    return _field(physical(column.physical, side.place), path[2:])
            if path[1] in scope.aliases and not path[0]:
                return scope.sql(scope.aliases[path[1]])
            scope = scope.parent
        raise Unsupported(f"`{'.'.join(part for part in path if part)}` used from here", node)


def _field(sql: str, path: tuple[str, ...]) -> str:
    for name in path:
        sql = f"struct_extract({sql}, {text(name)})"
    return sql


def conjuncts(node: exp.Expr | None) -> list[exp.Expr]:
    """The parts of a condition that must all hold."""
    if node is None:
        return []
    if isinstance(node, exp.And):
        return [*conjuncts(node.this), *conjuncts(node.expression)]
    return conjuncts(node.this) if isinstance(node, exp.Paren) else [node]
