"""The changes that a query makes, one input row after the other, for `expect_changelog`.

The engine answers with the final table. Of a query that only appends, that is its changelog. For one aggregation over
append streams, without mini-batches and TTL, Flink writes after each row what has changed (Flink docs, "Dynamic Tables"):
the difference between two answers. Joins, rankings and deduplications write changes that do not show in the table, and a
filter behind the aggregation lets through halves of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from headgate.graph.model import Mode, StreamFacts
from headgate.ports import Engine, EngineInput, EngineQuery, PermanentFailure
from headgate.sql.facts import QueryFacts
from headgate.verify.unit_queries import UnitQuery

_SELECT, _HAVING = (re.compile(rf"\b{word}\b", re.IGNORECASE) for word in ("SELECT", "HAVING"))
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
    why = _untold(query, facts)
    if why:
        raise PermanentFailure(
            f"the changelog of {why} is not answered here: its final table is, under `expect`"
        )
    if any(one.mode != "append" for one in inputs):
        raise PermanentFailure("the changelog over an upsert input is not answered here")
    assert facts is not None and facts.key is not None
    return Changes(columns, tuple(_step_by_step(engine, query.query, inputs, facts.key, model)), ordered=True)


def _untold(query: UnitQuery, facts: QueryFacts | None) -> str:
    """What of an updating query keeps its changelog from being told; "" where nothing does."""
    others = [o.kind for o in facts.operators if o.kind not in _AGGREGATIONS] if facts is not None else []
    if others:
        return others[0].replace("_", " ")
    if facts is None or facts.key is None:
        return "an updating query without a key"
    if len(facts.operators) != 1 or not query.plain_views or len(_SELECT.findall(query.text)) != 1:
        return "a query of several steps"
    return "HAVING" if _HAVING.search(query.text) else ""


def _step_by_step(
    engine: Engine,
    query: EngineQuery,
    inputs: Sequence[EngineInput],
    key: tuple[str, ...],
    model: StreamFacts,
) -> list[tuple[Any, ...]]:
    query = replace(query, probes=())
    names = [name for name, _ in query.columns]
    at = [names.index(column) for column in key]
    before: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    found: list[tuple[Any, ...]] = []
    retracts = model.mode is not Mode.UPSERT
    for prefix in _prefixes(inputs):
        after = {tuple(row[i] for i in at): row for row in engine.run(query, prefix).rows}
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
