"""The conformance corpus: cases, their inputs, and what a real Flink recorded for them.

A case file under `cases/` holds queries, each after a line `-- name: <case>`. Options follow as comment lines:
`-- inputs: late, calm` names the variants of `orders` and `payments` it is recorded over (default: late), and
`-- run: no` says that only what Flink's planner thinks of it is recorded, since its answer depends on the clock.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RECORDED = HERE / "recorded"
VARIANTS = ("late", "calm")


@dataclass(frozen=True, slots=True)
class Case:
    """A query over a variant of the inputs; `id` names its recording."""

    name: str
    variant: str
    sql: str
    run: bool
    topic: str

    @property
    def id(self) -> str:
        return self.name if self.variant == "late" else f"{self.name}@{self.variant}"

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(name for name in tables() if name in self._words)

    @property
    def inputs(self) -> int:
        """How many times it reads a table."""
        return sum(self._words.count(name) for name in tables())

    @property
    def _words(self) -> list[str]:
        return re.findall(r"(?<!\.)\b[A-Za-z_]+\b(?!\.)", self.sql)


@dataclass(frozen=True, slots=True)
class Table:
    """An input table as `inputs/tables.json` declares it."""

    name: str
    columns: tuple[tuple[str, str], ...]
    event_time: str
    delay_ms: int
    primary_key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A row in the one order in which the rows of all tables arrive."""

    table: str
    op: str
    row: dict[str, Any]


@lru_cache(maxsize=1)
def tables() -> dict[str, Table]:
    declared = json.loads((HERE / "inputs/tables.json").read_text("utf-8"))
    return {
        name: Table(
            name=name,
            columns=tuple(table["columns"].items()),
            event_time=table.get("event_time", ""),
            delay_ms=table.get("delay_ms", 0),
            primary_key=tuple(table.get("primary_key", ())),
        )
        for name, table in declared.items()
    }


@lru_cache(maxsize=1)
def cases() -> tuple[Case, ...]:
    """All cases, in the order of the files' names and of their lines."""
    found: list[Case] = []
    for path in sorted((HERE / "cases").glob("*.sql")):
        for part in re.split(r"^-- name:", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            name, _, text = part.partition("\n")
            options = dict(re.findall(r"^-- (inputs|run): (.*)$", text, flags=re.MULTILINE))
            sql = re.sub(r"^-- (inputs|run): .*\n", "", text, flags=re.MULTILINE).strip().removesuffix(";")
            found += (
                Case(name.strip(), variant, sql, options.get("run") != "no", path.stem)
                for variant in re.split(r",\s*", options.get("inputs", "late"))
            )
    return tuple(found)


@lru_cache(maxsize=2)
def arrivals(variant: str) -> tuple[Arrival, ...]:
    """The rows of all tables by their `_timestamp`, ties by table name, then by line."""
    found: list[tuple[str, str, int, Arrival]] = []
    for table in tables():
        path = HERE / "inputs" / variant / f"{table}.jsonl"
        path = path if path.exists() else HERE / "inputs" / f"{table}.jsonl"
        for at, line in enumerate(path.read_text("utf-8").splitlines()):
            row = json.loads(line)
            op, time = row.pop("_op", "+I"), row.pop("_timestamp")
            found.append((time, table, at, Arrival(table, op, row)))
    return tuple(arrival for *_, arrival in sorted(found, key=lambda item: item[:3]))


def recording(case: Case) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((RECORDED / f"{case.id}.json").read_text("utf-8"))
    return loaded
