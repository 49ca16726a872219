"""The evidence of an assertion as queries of an engine: what it reads as tables, those of its own included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from headgate.addresses import Address
from headgate.assertions import RECORD_TIME, Evidence, Shifted, Versions
from headgate.compile.embedded_queries import text_query
from headgate.compile.target import World
from headgate.graph.declared import relation
from headgate.ports import EngineResult, PermanentFailure, StreamEngine
from headgate.project.declarations import Materialization
from headgate.resources.embedded import EngineQuery, history_of, rejected_of
from headgate.schema.types import parse_type
from headgate.sql.duckdb import Refused
from headgate.sql.facts import ColumnFacts, Mode, Relation


@dataclass(frozen=True)
class Search:
    """The search for evidence among the rows of one stream. PermanentFailure where there is nothing to search, or no way."""

    world: World
    address: Address
    evidence: Evidence
    engine: StreamEngine

    def failing(self, limit: int) -> EngineResult:
        """The failing records: the first ones, how many there are, and what was late."""
        return self.engine.run(self._query(self.evidence.failing), (), limit=limit)

    def judged(self) -> int | None:
        """How many things are judged; None where that is every record."""
        if not self.evidence.judged:
            return None
        return self.engine.run(self._query(self.evidence.judged), (), limit=1).count

    def records(self) -> int:
        """How many records the stream has; of one that is stored nowhere, how many it would have."""
        if self._inlined:
            everything = self._query(f"SELECT * FROM `{self.known.name}`")
            return self.engine.run(everything, (), limit=1).count
        count = self.engine.count(self.known.name)
        if count is None:
            raise PermanentFailure("nothing is there yet: `headgate build` makes it")
        return count

    def malformed(self) -> int:
        """The records that could not be read as the stream's columns, where they fail the assertion."""
        return (self.engine.count(rejected_of(self.known.name)) or 0) if self.evidence.malformed else 0

    @cached_property
    def known(self) -> Relation:
        """The tested stream as a query sees it."""
        return _relation(self.world, self.address)

    @property
    def _inlined(self) -> bool:
        return self.world.graph.stream(self.address).materialized is Materialization.EPHEMERAL

    @cached_property
    def tables(self) -> Mapping[str, Relation]:
        """What the evidence reads as tables: the tested stream, again as `shifted`, and a parent's `versions`."""
        evidence, known = self.evidence, self.known
        if self._inlined:
            if evidence.record_time or evidence.shifted is not None:
                raise PermanentFailure("it is stored nowhere, so its records have no time of their own")
            return {}
        if evidence.record_time:
            stamp = ColumnFacts(RECORD_TIME, parse_type("TIMESTAMP_LTZ(3)"))
            known = replace(known, columns=(*known.columns, stamp))
        found = {known.name: known}
        if evidence.shifted is not None:
            found[evidence.shifted.name] = _shifted(known, evidence.shifted)
        if evidence.versions is not None:
            found[evidence.versions.name] = self._versions(evidence.versions)
        return found

    @cached_property
    def streams(self) -> Mapping[str, Address]:
        """The streams that stand behind the names in queries, those of the evidence's own tables included."""
        project = self.world.project
        names = dict(project.relations)
        for package in project.packages.values():
            names.update((stream.relation, address) for address, stream in package.streams.items())
        shifted, versions = self.evidence.shifted, self.evidence.versions
        if shifted is not None:
            names[shifted.name] = self.address
        if versions is not None:
            names[versions.name] = names[versions.of]
        return names

    def _versions(self, versions: Versions) -> Relation:
        parent = _relation(self.world, self.streams[versions.of])
        return replace(parent, name=versions.name, mode=Mode.UPSERT, key=(versions.key,))

    def _query(self, text: str) -> EngineQuery:
        query = text_query(self.world, text, extra=self.tables)
        if isinstance(query, Refused):
            raise PermanentFailure(f"the embedded engine cannot answer {query.what} as Flink would")
        return _declaring(query, list(self._declared()))

    def _declared(self) -> Iterator[tuple[str, str]]:
        """The tables that are the evidence's own, in the engine's SQL."""
        shifted, versions = self.evidence.shifted, self.evidence.versions
        if shifted is not None:
            later = f"to_milliseconds({shifted.ms})"
            moment = f"{_name(self.known.event_time)} + {later} AS {_name(shifted.column)}"
            stream = _name(self.known.name)
            yield shifted.name, f"SELECT * REPLACE (__wm + {later} AS __wm), {moment} FROM {stream}"
        if versions is not None:
            # That there is a row is all that counts, so every record does for the first; keep-first drops late ones.
            on_time = f"(__wm IS NULL OR {_name(versions.time)} > __wm)"
            keyed = f"{_name(versions.key)} IS NOT NULL AND {on_time}"
            yield history_of(versions.name), f"SELECT * FROM {_name(versions.of)} WHERE {keyed}"


def _relation(world: World, address: Address) -> Relation:
    found = relation(world.graph.stream(address), world.graph.facts[address])
    assert found is not None
    return found


def _shifted(known: Relation, shifted: Shifted) -> Relation:
    columns = [replace(column, time="") for column in known.columns]
    moment = ColumnFacts(shifted.column, parse_type("TIMESTAMP(3)"), (), "rowtime")
    return replace(known, name=shifted.name, columns=(*columns, moment), event_time=shifted.column)


def _declaring(query: EngineQuery, tables: Sequence[tuple[str, str]]) -> EngineQuery:
    """The query with tables of its own in front of it and of its probes."""
    if not tables:
        return query
    declared = "WITH " + ", ".join(f"{_name(name)} AS ({sql})" for name, sql in tables)
    return replace(
        query,
        sql=f"{declared} SELECT * FROM ({query.sql})",
        probes=tuple(replace(p, sql=f"{declared} SELECT * FROM ({p.sql})") for p in query.probes),
    )


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
