"""The two sides of a join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from headgate.sql.duckdb._model import Column, Rows
from headgate.sql.duckdb.scope import conjuncts
from headgate.sql.duckdb.sources import free
from headgate.sql.duckdb.time import both, in_order, late_rows, on_time, under
from headgate.sql.duckdb.types import quoted
from headgate.sql.duckdb.work import Work
from headgate.sql.facts import Exactness


@dataclass(frozen=True, slots=True)
class Sides:
    """A join and its two sides. `where` is the condition of the SELECT around, which narrows inner joins too."""

    work: Work
    join: exp.Join
    side: str
    left: Rows
    right: Rows
    where: Sequence[exp.Expr]

    def conditions(self) -> list[exp.Expr]:
        """What must hold of both sides together."""
        on = self.join.args.get("on")
        found = conjuncts(on) if on is not None else []
        if not self.side:
            found += [part for part in self.where if self._is_of_both(part)]
        return found

    def _is_of_both(self, part: exp.Expr) -> bool:
        if part.find(exp.Query) is not None or part.find(exp.Window) is not None:
            return False
        paths = [self.work.types.columns.get(id(c), ()) for c in part.find_all(exp.Column)]
        inside = [self.has(self.left, path) or self.has(self.right, path) for path in paths]
        return all(inside) and any(self.has(self.right, path) for path in paths)

    @staticmethod
    def has(rows: Rows, path: tuple[str, ...]) -> bool:
        return len(path) > 1 and rows.find(path[0], path[1]) is not None

    def of_one(self, rows: Rows, node: exp.Expr) -> bool:
        """Whether an expression is of one side's columns alone."""
        paths = [self.work.types.columns.get(id(c), ()) for c in node.find_all(exp.Column)]
        return bool(paths) and all(self.has(rows, path) for path in paths)


def columns_of_both(one: Sides) -> tuple[Column, ...]:
    """The columns of both sides under names that are free in one step."""
    taken: set[str] = set()
    using = {name.name for name in one.join.args.get("using") or ()}
    found = [replace(c, physical=free(c.physical, taken)) for c in one.left.columns]
    for column in one.right.columns:
        shadowed = column.shadowed or column.name in using
        found.append(replace(column, physical=free(column.physical, taken), shadowed=shadowed))
    return tuple(found)


def met(one: Sides) -> Sides:
    """Both sides under the join's own clock."""
    clock = both(one.left.clock, one.right.clock)
    left = under(one.work, in_order(one.work, one.work.use(one.left)), clock)
    right = under(one.work, in_order(one.work, one.work.use(one.right)), clock)
    return replace(one, left=left, right=right)


def add_probe(one: Sides, rows: Rows, time: Column, operator: str) -> None:
    """Note how the rows of a side are found whose time is behind the join's watermark."""
    if rows.fired:
        return
    late = f"NOT {on_time(quoted(time.physical))}"
    detail = f"{one.side} JOIN".strip()
    one.work.found.late.append(late_rows(one.work, rows, late, operator, detail, Exactness.EXACT_UNLESS_LATE))
