"""Unit tests: a model's query over rows that are given, its answer beside the rows that are expected."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from headgate.addresses import Address
from headgate.compile.target import World
from headgate.ports import Engine, EngineQuery, EngineResult, PermanentFailure
from headgate.project.declarations import UnitTest
from headgate.verify.changelogs import changes
from headgate.verify.comparison import Difference, difference, expected_rows, named_columns
from headgate.verify.given_rows import Givens
from headgate.verify.unit_queries import UnitQueries, UnitQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTestOutcome:
    """How a unit test came out: `pass`, `fail`, or `error` where it could not be run.

    `missing` are expected rows that the model did not give, `unexpected` rows it gave and nobody expected.
    """

    test: UnitTest
    status: str
    missing: tuple[Mapping[str, Any], ...] = ()
    unexpected: tuple[Mapping[str, Any], ...] = ()
    message: str = ""
    milliseconds: float = 0.0
    approximate: tuple[str, ...] = ()


def run_unit_tests(
    world: World, unit_tests: Iterable[UnitTest], engine: Engine
) -> tuple[UnitTestOutcome, ...]:
    """Every test, on one engine. Nothing that the engine holds is read or changed: all rows are given in line."""
    running = _Running(world, engine, UnitQueries(world), Givens(world, engine))
    return tuple(running.outcome(test) for test in unit_tests)


@dataclass(frozen=True, slots=True)
class _Running:
    world: World
    engine: Engine
    queries: UnitQueries
    givens: Givens

    def outcome(self, test: UnitTest) -> UnitTestOutcome:
        started = time.perf_counter()
        try:
            address = self.world.project.resolve(test.model)
            if address is None or address not in self.world.graph.facts:
                raise PermanentFailure("its model is unknown or faulty: `headgate check` says how")
            made = self._compared(test, address)
        except PermanentFailure as failure:
            made = UnitTestOutcome(test=test, status="error", message=str(failure))
        return replace(made, milliseconds=round((time.perf_counter() - started) * 1000, 3))

    def _compared(self, test: UnitTest, model: Address) -> UnitTestOutcome:
        query = self.queries.query(test, model)
        inputs = self.givens.inputs(test, query.tables)
        result = self.engine.run(_asked(query.query, test), inputs)
        late = sum(one.count for one in result.late)
        wrong: list[str] = []
        found = Difference()
        if test.expect is not None:
            found = self._expected(test, result)
        if test.expect_changelog is not None:
            found = found.and_then(self._changelog(test, model, query, inputs))
        if found:
            wrong.append("other rows than expected")
        if test.late is not None and late != test.late:
            wrong.append(f"{late} late, where {test.late} are expected")
        notes = [f"approximate: late rows in {operator}" for operator in result.approximate]
        return UnitTestOutcome(
            test=test,
            status="fail" if wrong else "pass",
            missing=found.missing,
            unexpected=found.unexpected,
            message="; ".join(wrong + notes),
            approximate=result.approximate,
        )

    def _expected(self, test: UnitTest, result: EngineResult) -> Difference:
        assert test.expect is not None
        rows = self.givens.rows(test.expect)
        columns = named_columns(rows, result.columns)
        return difference(expected_rows(rows, columns), _as_rows(result, columns), columns)

    def _changelog(
        self, test: UnitTest, model: Address, query: UnitQuery, inputs: Sequence[Any]
    ) -> Difference:
        if self.world.graph.stream(model).flink.state_ttl_ms:
            raise PermanentFailure("with a `state_ttl` the changelog depends on the clock")
        rows = list(test.expect_changelog)
        given = changes(self.engine, query, inputs, self.world.graph.facts[model])
        columns = (("_op", "STRING"), *named_columns(rows, query.query.columns, beside=("_op",)))
        expected = expected_rows([{"_op": "+I", **row} for row in rows], columns)
        return difference(expected, given.named(columns), columns, ordered=given.ordered)


def _asked(query: EngineQuery, test: UnitTest) -> EngineQuery:
    """The query, without probes whose answer changes nothing: looking for late rows costs as much as the query itself."""
    if test.late is not None or query.approximate_when_late:
        return query
    return replace(query, probes=())


def _as_rows(result: EngineResult, columns: Sequence[tuple[str, str]]) -> list[tuple[Any, ...]]:
    at = {name: index for index, (name, _) in enumerate(result.columns)}
    return [tuple(row[at[name]] for name, _ in columns) for row in result.rows]
