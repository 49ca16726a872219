"""The rows that unit tests give, as inputs of an engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from headgate.addresses import Address
from headgate.assertions.given import placed_rows, text_of
from headgate.compile.embedded_queries import computed_query, text_query
from headgate.compile.target import World
from headgate.ports import Engine, EngineInput, PermanentFailure
from headgate.project.declarations import Given, Stream, UnitTest
from headgate.sql.duckdb import Refused
from headgate.sql.facts import Mode, Relation

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Givens:
    """Reads what tests give; rows that are a query, and computed columns, are asked of the engine."""

    world: World
    engine: Engine

    def inputs(self, test: UnitTest, tables: Mapping[Address, Relation]) -> tuple[EngineInput, ...]:
        """An input for every table that the test's query reads; one that is not given is empty."""
        given: dict[Address, list[Row]] = {}
        for one in test.given:
            address = self.world.project.resolve(one.input)
            if address is not None:
                given.setdefault(address, []).extend(self.rows(one))
        return tuple(self._input(address, known, given.get(address, ())) for address, known in tables.items())

    def rows(self, given: Given) -> Sequence[Row]:
        """The rows as written, or those that the query written in their place gives."""
        if isinstance(given.rows, list) or given.format != "sql":
            return [row for row, _ in placed_rows(self.world.project, given)]
        query = text_query(self.world, text_of(self.world.project, given))
        if isinstance(query, Refused):
            raise PermanentFailure(f"the rows of `{given.input.name}`: {query.what}")
        answer = self.engine.run(query, ())
        names = [name for name, _ in answer.columns]
        return [dict(zip(names, row, strict=True)) for row in answer.rows]

    def _input(self, address: Address, known: Relation, rows: Iterable[Row]) -> EngineInput:
        stream = self.world.graph.stream(address)
        made = EngineInput(
            relation=known.name,
            columns=tuple((c.name, str(c.type)) for c in known.columns),
            rows=tuple(rows),
            event_time=known.event_time,
            delay_ms=known.delay_ms,
            mode="upsert" if known.mode is Mode.UPSERT and known.key else "append",
            key=known.key or (),
        )
        computed = [c.name for c in stream.columns if c.expression]
        if not computed or not made.rows:
            return made
        return replace(made, rows=self._computed(stream, made, computed))

    def _computed(self, stream: Stream, given: EngineInput, names: Sequence[str]) -> tuple[Row, ...]:
        """The rows with their computed columns, where a row does not say them itself."""
        query = computed_query(stream)
        if query is None or isinstance(query, Refused):
            what = query.what if query is not None else "its computed columns"
            raise PermanentFailure(
                f"`{stream.name}`: the embedded engine cannot answer {what} as Flink would"
            )
        # Without an event time rows stay in the order they are written in.
        physical = tuple(column for column in given.columns if column[0] not in names)
        plain = [{k: v for k, v in row.items() if k not in ("_timestamp", "_op")} for row in given.rows or ()]
        answer = self.engine.run(
            query, [EngineInput(relation=stream.relation, columns=physical, rows=tuple(plain))]
        )
        return tuple(
            {**dict(zip(names, values, strict=True)), **row}
            for values, row in zip(answer.rows, given.rows or (), strict=True)
        )
