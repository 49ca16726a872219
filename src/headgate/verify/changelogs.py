"""The changes that a query makes, one input row after the other, for `expect_changelog`.

The engine answers with the final table. Of a query that only appends, that is its changelog. For one aggregation over
append streams, without mini-batches and TTL, Flink writes after each row what has changed (Flink docs, "Dynamic Tables"):
the difference between two answers. Joins, rankings and deduplications write changes that do not show in the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from headgate.graph.model import Mode, StreamFacts
from headgate.ports import Engine, EngineInput, PermanentFailure
from headgate.verify.unit_queries import UnitQuery

_AGGREGATIONS = frozenset({"group_aggregate", "distinct"})


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes as rows, their kind first. `ordered` says that their order is Flink's and not one of several."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    ordered: bool

    def named(self, columns: Sequence[tuple[str, str]]) -> list[tuple[Any, ...]]:
        """The changes with these columns alone."""
        at = [self.columns.index(name) for name, _ in columns]
        return [tuple(row[i] for i in at) for row in self.rows]


def changes(engine: Engine, query: UnitQuery, inputs: Sequence[EngineInput], model: StreamFacts) -> Changes:
    """The changelog of a model's query; PermanentFailure, by name, where it cannot be told."""
    columns = ("_op", *(name for name, _ in query.query.columns))
    facts = model.query
    if facts is not None and facts.mode is Mode.APPEND:
        rows = engine.run(query.query, inputs).rows
        return Changes(columns, tuple(("+I", *row) for row in rows), ordered=False)
    kinds = [o.kind for o in facts.operators] if facts is not None else []
    key = facts.key if facts is not None else None
    others = [kind for kind in kinds if kind not in _AGGREGATIONS]
    if others or len(kinds) != 1 or key is None:
        what = others[0].replace("_", " ") if others else "an updating query without a key"
        raise PermanentFailure(
            f"the changelog of {what} is not answered here: its final table is, under `expect`"
        )
    if any(one.mode != "append" for one in inputs):
        raise PermanentFailure("the changelog over an upsert input is not answered here")
    return Changes(columns, tuple(_step_by_step(engine, query, inputs, key, model)), ordered=True)


def _step_by_step(
    engine: Engine, query: UnitQuery, inputs: Sequence[EngineInput], key: tuple[str, ...], model: StreamFacts
) -> list[tuple[Any, ...]]:
    names = [name for name, _ in query.query.columns]
    at = [names.index(column) for column in key]
    before: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    found: list[tuple[Any, ...]] = []
    retracts = model.mode is not Mode.UPSERT
    for prefix in _prefixes(inputs):
        after = {tuple(row[i] for i in at): row for row in engine.run(query.query, prefix).rows}
        for group, row in after.items():
            old = before.get(group)
            if old is None:
                found.append(("+I", *row))
            elif old != row:
                # A topic of upserts carries no row before its change.
                found += [("-U", *old)] if retracts else []
                found.append(("+U", *row))
        found += [("-D", *row) for group, row in before.items() if group not in after]
        before = after
    return found


def _prefixes(inputs: Sequence[EngineInput]) -> list[list[EngineInput]]:
    """The inputs as they are after each row. Between several the order of arrival is not known before they are run."""
    given = [one for one in inputs if one.rows]
    if len(given) > 1:
        raise PermanentFailure("the changelog over several inputs is not answered here")
    if not given:
        return []
    (one,) = given
    rows: tuple[Mapping[str, Any], ...] = one.rows or ()
    others = [other for other in inputs if other is not one]
    return [[*others, replace(one, rows=rows[:count])] for count in range(1, len(rows) + 1)]
