"""What of a job its state depends on, as lines that people can read and that are compared.

Flink restores state by an operator's place among others, not by what it computes: of a changed filter, key, argument or
window it notices nothing. So every operator that keeps state is written down with everything beneath it. Names that a
query gives to columns are replaced by what they stand for, down to the topics' own columns with their types: only what
is computed counts. What comes after the last state (HAVING, projections) is free.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from headgate.providers.flink.plans import RAW, Node, listed, named, read_plan
from headgate.providers.flink.script import Script, Table

_STATELESS = frozenset(
    {
        "AsyncCalc", "Calc", "ConstraintEnforcer", "Correlate", "DropUpdateBefore", "Exchange", "Expand", "LocalGroupAggregate",
        "LocalWindowAggregate", "LookupJoin", "MiniBatchAssigner", "Sink", "TableSourceScan", "Union", "Values",
        "WatermarkAssigner", "WindowTableFunction",
    }
)  # fmt: skip
"""Operators that keep nothing over a checkpoint. One that is not known here counts as one that does."""
_AGGREGATES = frozenset(
    {
        "GlobalGroupAggregate", "GlobalWindowAggregate", "GroupAggregate", "GroupWindowAggregate", "IncrementalGroupAggregate",
        "LocalGroupAggregate", "LocalWindowAggregate", "WindowAggregate",
    }
)  # fmt: skip
_OF_NO_MATTER = frozenset({"properties", "select", "stateTtlHints", "watermark", "rowtime"})
_ABOUT_TIME = ("metadata=", "watermark=", "watermarkEmitStrategy=", "idletimeout=", "watermarkEmit")
_WINDOW_PROPERTY = re.compile(r"^(start|end|rowtime|proctime)\(w\$\)$")
_LITERAL = re.compile(r"('[^']*')")
_REINTERPRET = re.compile(r"\bReinterpret\(([^()]*)\)")
_LONG = 160

Columns = dict[str, str]
"""What each column of an operator's output stands for, in their order."""


def fingerprint(plan: str, script: Script, flink: str) -> list[str]:
    """The lines of a job's state, from what EXPLAIN says of its INSERT, its script, and Flink's version."""
    root = read_plan(plan)
    found = _Reader(script)
    lines = list(found.free(root)) if root is not None else [plan]
    return [f"Flink {flink}", *lines]


class _Reader:
    """Writes operators down, given what the script says of the tables they read, and plans do not."""

    def __init__(self, script: Script) -> None:
        self._tables = script.tables
        self._within = script.within

    def free(self, node: Node, depth: int = 0) -> Iterator[str]:
        """What counts of a part of which nothing above keeps state: its stateful operators and its topics."""
        if _stateful(node) or node.kind == "TableSourceScan":
            yield from self.kept(node, depth)[1]
        else:
            for one in node.inputs:
                yield from self.free(one, depth)

    def kept(self, node: Node, depth: int) -> tuple[Columns, list[str]]:
        """An operator's columns, and the lines of it and everything beneath it."""
        below = depth + 1 if _stateful(node) or len(node.inputs) > 1 else depth
        read = [self.kept(one, below) for one in node.inputs]
        beneath = [line for _, lines in read for line in lines]
        sides = [columns for columns, _ in read]
        columns = _joined(sides, node)
        said = _union(sides) if node.kind == "Union" else self._said(node, columns)
        lines = [f"{'  ' * depth}{said}"] if said else []
        return self._columns(node, columns), lines + beneath

    def _said(self, node: Node, columns: Columns) -> str:
        """An operator in a line; "" where nothing of it counts but what its columns stand for."""
        if RAW in node.says:
            return f"{node.kind}{node.says[RAW]}" + (
                "" if not columns else f" of [{', '.join(columns.values())}]"
            )
        if node.kind == "TableSourceScan":
            return self._scan(node)
        if node.kind == "Calc":
            where = node.says.get("where")
            return f"where {_meant(where, columns)}" if where else ""
        parts = [
            f"{key}=[{_meant(value, columns)}]"
            for key, value in node.says.items()
            if key not in _OF_NO_MATTER and not (key == "where" and _condition_is_free(node))
        ]
        calls = _calls(node, columns)
        if node.kind in _AGGREGATES or calls:
            parts.append(f"calls=[{', '.join(calls)}]")
        if _stateful(node) and node.kind not in (*_AGGREGATES, "Sink"):
            parts.append(f"row=[{', '.join(columns.values())}]")
        if node.kind == "Match":
            parts.append(f"within=[{', '.join(self._within)}]")
        if node.says.get("order") == "ROWTIME":
            parts.append(f"time=[{', '.join(self._times(node))}]")
        return f"{node.kind}({', '.join(parts)})"

    def _times(self, node: Node) -> list[str]:
        """The event times that an operator may go by which names none."""
        read = (self._table(one)[0] for one in node.walk() if one.kind == "TableSourceScan")
        return [f"{table.topic}.{table.time}" for table in read if table is not None]

    def _scan(self, node: Node) -> str:
        table, more = self._table(node)
        if table is None:
            return f"reads {node.says.get('table', '')}"
        kind = " (upserts)" if table.upserts else ""
        return f"reads {table.topic}{kind}" + "".join(f" {one}" for one in more)

    def _table(self, node: Node) -> tuple[Table | None, list[str]]:
        """The table that is read, and what Flink has the source do beside reading it."""
        words = listed(node.says.get("table", "").removeprefix("[").removesuffix("]"))
        more = [one for one in words[3:] if not one.startswith(_ABOUT_TIME)]
        return self._tables.get(words[2]) if len(words) > 2 else None, more

    def _columns(self, node: Node, columns: Columns) -> Columns:
        if node.kind == "TableSourceScan":
            return self._source_columns(node)
        if node.kind == "Match":
            return _outputs(
                [*listed(node.says.get("partitionBy", "")), *listed(node.says.get("measures", ""))], columns
            )
        if node.kind == "WindowTableFunction":
            window = _meant(node.says.get("window", ""), columns)
            bounds = ("window_start", "window_end", "window_time")
            return columns | {name: f"{name}({window})" for name in bounds}
        if node.kind == "Union":
            names = listed(node.says.get("union", ""))
            return {name: f"column {i} of the union" for i, name in enumerate(names, 1)} or columns
        if len(node.inputs) > 1 or "select" not in node.says:
            return columns
        return _outputs(listed(node.says["select"]), columns)

    def _source_columns(self, node: Node) -> Columns:
        table, _ = self._table(node)
        names = listed(node.says.get("fields", ""))
        if table is None:
            return {name: name for name in names}
        return {name: f"{table.topic}.{name} {table.columns.get(name, '')}".strip() for name in names}


def _stateful(node: Node) -> bool:
    if node.kind == "Sink":
        return node.says.get("upsertMaterialize") == "true"
    if node.kind == "WindowTableFunction":
        return "SESSION" in node.says.get("window", "SESSION")
    return node.kind not in _STATELESS


def _condition_is_free(node: Node) -> bool:
    """An inner join keeps the rows of both sides whatever becomes of them; how its keys pair, the exchanges beneath say."""
    return node.kind == "Join" and node.says.get("joinType") == "InnerJoin"


def _joined(read: list[Columns], node: Node) -> Columns:
    """The columns that an operator reads; those of two sides under the names that it gives them."""
    if len(read) != 2 or node.kind == "Union":
        return read[0] if read else {}
    found: Columns = {}
    for side, columns in zip(("left", "right"), read, strict=True):
        for name, meant in columns.items():
            found[_unique(name, found)] = f"{side}({meant})"
    return found


def _unique(name: str, taken: Columns) -> str:
    """The name that Flink's planner gives to another column of that name: `a`, `a0`, `a1`."""
    number = 0
    one = name
    while one in taken:
        one, number = f"{name}{number}", number + 1
    return one


def _union(sides: list[Columns]) -> str:
    """The rows of each side: nothing above tells one from another."""
    return f"Union({' | '.join(', '.join(columns.values()) for columns in sides)})"


def _calls(node: Node, columns: Columns) -> list[str]:
    """What an operator computes, in its order, under no names; columns handed on and a window's bounds are not among it."""
    items = map(named, listed(node.says.get("select", "")))
    return [_meant(one, columns) for one, name in items if one != name and not _WINDOW_PROPERTY.match(one)]


def _outputs(items: list[str], columns: Columns) -> Columns:
    return {name: _short(_meant(said, columns)) for said, name in map(named, items)}


def _meant(text: str, columns: Columns) -> str:
    """An expression with each column replaced by what it stands for, but in literals."""
    text = _REINTERPRET.sub(r"\1", text)
    if not columns:
        return text
    names = "|".join(re.escape(name) for name in sorted(columns, key=len, reverse=True))
    name = re.compile(rf"(?<![\w$.])(?:{names})(?![\w$(])")
    pieces = _LITERAL.split(text)
    return "".join(p if p.startswith("'") else name.sub(lambda m: columns[m[0]], p) for p in pieces)


def _short(text: str) -> str:
    """An expression of bounded length: two that differ stay different."""
    if len(text) <= _LONG:
        return text
    return f"{text[: _LONG // 2]}…{hashlib.sha256(text.encode()).hexdigest()[:12]}"
