"""The queries that unit tests run: what a test gives is a table, what it does not is inlined or empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from headgate.addresses import Address
from headgate.assertions.unit_tests import readable
from headgate.compile.embedded_queries import columns_of, engine_query
from headgate.compile.target import World
from headgate.graph.declared import relation
from headgate.graph.derived import INLINED
from headgate.ports import EngineQuery, PermanentFailure
from headgate.project.declarations import Sql, UnitTest
from headgate.project.rerender import query_with
from headgate.sql import duckdb
from headgate.sql.facts import Relation


@dataclass(frozen=True, slots=True)
class UnitQuery:
    """A query ready to run, its Flink SQL, and the streams that it reads as tables.

    `plain_views` says that what is inlined in it projects and filters, and no more.
    """

    query: EngineQuery
    text: str
    tables: Mapping[Address, Relation]
    plain_views: bool


@dataclass(slots=True)
class UnitQueries:
    """Queries of unit tests; tests of one model that give the same streams share one."""

    world: World
    _made: dict[tuple[Address, str, frozenset[Address]], UnitQuery] = field(default_factory=dict)

    def query(self, test: UnitTest, model: Address) -> UnitQuery:
        """The query of a test; PermanentFailure where there is none that the engine answers as Flink would."""
        sql = self._sql(test, model)
        found = (self.world.project.resolve(given.input) for given in test.given)
        given = frozenset(address for address in found if address is not None)
        key = (model, sql.rendered.text, given)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._rewritten(sql, model, given)
        return made

    def _sql(self, test: UnitTest, model: Address) -> Sql:
        sql = self.world.graph.stream(model).sql
        if test.overrides:
            sql, found = query_with(self.world.project, model, dict(test.overrides.get("vars", {})))
            if found:
                raise PermanentFailure(f"with these variables, {found[0].message}")
        if sql is None:
            raise PermanentFailure(f"`{model.name}` has no query to test")
        if sql.broken:
            raise PermanentFailure("its query is faulty: `headgate check` says how")
        return sql

    def _rewritten(self, sql: Sql, model: Address, given: frozenset[Address]) -> UnitQuery:
        graph = self.world.graph
        tables, views = self._reads(model, given)
        stray = given - set(tables)
        if stray:
            inputs = ", ".join(f"`{a.name}`" for a in readable(graph, model))
            raise PermanentFailure(f"it does not read `{min(stray).name}`; it reads {inputs or 'nothing'}")
        relations = {known.name: known for known in tables.values()}
        texts = []
        for address in views:
            stream, known = graph.stream(address), relation(graph.stream(address), graph.facts[address])
            assert stream.sql is not None
            texts.append((stream.relation, stream.sql.rendered.text))
            if known is not None:
                relations[known.name] = known
        query = duckdb.rewrite(sql.rendered.text, relations, views=texts)
        if isinstance(query, duckdb.Refused):
            raise PermanentFailure(f"the embedded engine cannot answer {query.what} as Flink would")
        inlined = (graph.facts[address].query for address in views)
        return UnitQuery(
            query=engine_query(query, columns_of(graph.facts[model])),
            text=sql.rendered.text,
            tables=tables,
            plain_views=all(facts is not None and facts.plain for facts in inlined),
        )

    def _reads(
        self, model: Address, given: frozenset[Address]
    ) -> tuple[dict[Address, Relation], list[Address]]:
        """What a model's query reads as tables, and as views over those: inputs before what reads them."""
        graph = self.world.graph
        tables: dict[Address, Relation] = {}
        views: set[Address] = set()
        waiting = list(graph.facts[model].inputs)
        while waiting:
            address = waiting.pop()
            stream, facts = graph.stream(address), graph.facts[address]
            if address in views or address in tables:
                continue
            if address not in given and stream.materialized in INLINED and stream.sql is not None:
                views.add(address)
                waiting += facts.inputs
            elif (known := relation(stream, facts)) is not None:
                tables[address] = known
        return tables, sorted(views, key=lambda a: (self.world.places.get(a, -1), a))
