"""A rewrite under way: what all its parts read, and what they add to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from headgate.resources.embedded import history_of
from headgate.sql.bind import TypesOut
from headgate.sql.duckdb._model import LateProbe, Rows, Steps, unread
from headgate.sql.duckdb.types import quoted
from headgate.sql.facts import Mode, Relation


@dataclass(slots=True)
class Findings:
    """What a rewrite adds to as it goes. `clocks` are the steps that tell when a watermark was reached."""

    steps: Steps = field(default_factory=Steps)
    late: list[LateProbe] = field(default_factory=list)
    open_windows: list[str] = field(default_factory=list)
    clocks: dict[object, str] = field(default_factory=dict)
    places: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """The rewrite of one text: its inputs, what the binder told of its tree, the queries known by name there."""

    relations: Mapping[str, Relation]
    types: TypesOut
    named: Mapping[str, Rows]
    now: str
    flush: bool
    found: Findings
    query: Callable[[Work, exp.Expr], Rows]
    nested: Callable[[Any, exp.Expr], str]

    def naming(self, named: Mapping[str, Rows]) -> Work:
        """The same work where these names are known."""
        return replace(self, named=named)

    def step(self, text: str, hint: str = "s") -> str:
        """Add a step; its name."""
        return self.found.steps.add(text, hint)

    def place(self) -> str:
        """A table alias that nothing else in the query has."""
        self.found.places += 1
        return f"t{self.found.places}"

    def use(self, rows: Rows) -> Rows:
        """The rows, used as they are: what was late for them counts."""
        self.found.late += rows.late
        return replace(rows, late=(), read=unread)


def stored(relation: Relation) -> str:
    """The table of a relation's every record."""
    return quoted(history_of(relation.name) if is_upsert(relation) else relation.name)


def is_upsert(relation: Relation) -> bool:
    """Whether a relation is the last row of each key, its records in another table."""
    return relation.mode is Mode.UPSERT and bool(relation.key)


def columns_of(rows: Rows, place: str = "") -> str:
    """The rows' own columns as a list in SQL."""
    return ", ".join(physical(column.physical, place) for column in rows.columns)


def physical(name: str, place: str = "") -> str:
    """A step's column in SQL."""
    return f"{place}.{quoted(name)}" if place else quoted(name)


def listed(parts: Iterable[str]) -> str:
    """The parts that are any, as a list in SQL."""
    return ", ".join(part for part in parts if part)
