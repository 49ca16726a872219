"""A project made a graph: edges, order, and the facts of every stream, in one pass over its queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from headgate.addresses import Address
from headgate.diagnostics import Diagnostic
from headgate.graph.cache import FactsCache, facts_key
from headgate.graph.codec import decode_analysis, encode_analysis, encode_relation
from headgate.graph.cycles import cycle
from headgate.graph.declared import contract_facts, declared_facts, relation
from headgate.graph.derived import Links, derived_facts, sink_facts
from headgate.graph.edges import edges
from headgate.graph.faults import computed_columns, fault_diagnostic
from headgate.graph.model import Graph, StreamFacts
from headgate.graph.order import knots, shortest_loop, topological
from headgate.graph.workers import Pool, Query, can_fork, quiet_gc
from headgate.project.declarations import Project, Reference, Stream
from headgate.sql import analyse, parse
from headgate.sql.facts import Analysis, Relation

WORTH_WORKERS = 300
"""Below this many queries, starting workers costs more than they save."""


def build_graph(project: Project, *, workers: int = 1, cache: FactsCache | None = None) -> Graph:
    """The graph of a project, with all that is wrong with its references and queries.

    A stream that is broken is a finding of its own place alone: what reads it is checked against its enforced contract,
    or not at all. With `workers`, a large project's queries are analysed by that many processes; the graph is the same.
    """
    found = edges(project)
    inputs: dict[Address, Mapping[Address, Reference]] = dict(found.inputs)
    diagnostics = list(found.diagnostics)
    order, kept = topological(inputs)
    if kept:
        circular: set[Address] = set()
        for knot in knots(inputs, kept):
            diagnostics.append(cycle(project, shortest_loop(inputs, knot), inputs))
            circular |= set(knot)
        inputs.update((address, {}) for address in circular)
        order, _ = topological(inputs)
    else:
        circular = set()
    building = _Building(project, inputs, circular, cache)
    queries = sum(1 for a in order if project.streams[a].sql is not None)
    if workers > 1 and queries >= WORTH_WORKERS and can_fork():
        building.run_with_workers(workers)
    else:
        with quiet_gc():
            building.run(order)
    diagnostics += building.diagnostics
    return Graph(
        project=project,
        facts=building.in_order(order),
        order=tuple(order),
        readers=_reversed(inputs),
        exposures_of=_exposures_of(project),
        diagnostics=tuple(sorted(diagnostics, key=lambda d: d.sort_key)),
        packages={name: graph for name, graph in building.packages.items() if graph is not None},
    )


def _as_declared(facts: StreamFacts, address: Address) -> StreamFacts:
    """What is known of a stream for another project: what it has, and nothing of what it is made of."""
    return StreamFacts(
        address=address,
        columns=facts.columns,
        mode=facts.mode,
        key=facts.key,
        unique_key=facts.unique_key,
        event_time=facts.event_time,
        delay_ms=facts.delay_ms,
    )


def _reversed(inputs: Mapping[Address, Mapping[Address, Reference]]) -> dict[Address, tuple[Address, ...]]:
    readers: dict[Address, list[Address]] = {}
    for reader, of in inputs.items():
        for address in of:
            readers.setdefault(address, []).append(reader)
    return {address: tuple(of) for address, of in readers.items()}


def _exposures_of(project: Project) -> dict[Address, tuple[Address, ...]]:
    found: dict[Address, dict[Address, None]] = {}
    for exposure in project.exposures.values():
        for reference in exposure.reads:
            address = project.resolve(reference)
            if address is not None:
                found.setdefault(address, {})[exposure.address] = None
    return {address: tuple(of) for address, of in found.items()}


class _Building:
    """The facts worked out so far. A stream is prepared when all it reads is known, and finished with its analysis."""

    def __init__(
        self,
        project: Project,
        inputs: Mapping[Address, Mapping[Address, Reference]],
        circular: set[Address],
        cache: FactsCache | None,
    ) -> None:
        self.project = project
        self.inputs = inputs
        self.circular = circular
        self.cache = cache
        self.facts: dict[Address, StreamFacts] = {}
        self.diagnostics: list[Diagnostic] = []
        self.packages: dict[str, Graph | None] = {}
        self._links = Links()
        self._relations: dict[Address, Relation | None] = {}
        self._encoded: dict[Address, bytes] = {}
        self._packages()

    @cached_property
    def _names(self) -> Mapping[str, Address]:
        """What the names in queries mean, those of packages included."""
        names = dict(self.project.relations)
        for package in self.project.packages.values():
            names.update((s.relation, a) for a, s in package.streams.items())
        return names

    def _packages(self) -> None:
        for name, package in self.project.packages.items():
            whole = self.packages[name] = build_graph(package.whole) if package.whole is not None else None
            for address, stream in package.streams.items():
                derived = whole.facts.get(replace(address, project="")) if whole is not None else None
                if derived is not None and derived.known:
                    self._know(stream, _as_declared(derived, address), address)
                else:
                    self._know(stream, declared_facts(stream, {}), address)

    def in_order(self, order: list[Address]) -> dict[Address, StreamFacts]:
        """The facts, those of packages first, then as the streams are ordered, whoever worked them out first."""
        brought = {a: f for a, f in self.facts.items() if a not in self.inputs}
        return brought | {a: self.facts[a] for a in order}

    def run(self, order: list[Address]) -> None:
        """Everything in this process."""
        for address in order:
            stream = self.project.streams[address]
            relations = self._prepare(stream)
            if relations is None or stream.sql is None:
                continue
            text = stream.sql.rendered.text
            key = self._key(text, relations)
            analysis = self._cached(key)
            if analysis is None:
                analysis = analyse(text, {r.name: r for r in relations.values()})
                if key and self.cache is not None:
                    self.cache.put(key, encode_analysis(analysis))
            self._finish(stream, analysis)

    def run_with_workers(self, count: int) -> None:
        """Everything, the analysis of queries in `count` other processes."""
        addresses = list(self.inputs)
        numbers = {address: number for number, address in enumerate(addresses)}
        waiting = {a: sum(1 for i in of if i in self.inputs) for a, of in self.inputs.items()}
        readers = _reversed(self.inputs)
        keys: dict[int, str] = {}
        with Pool(count, analyse) as pool:

            def start(ready: list[Address]) -> None:
                while ready:
                    address = ready.pop()
                    stream = self.project.streams[address]
                    relations = self._prepare(stream)
                    if relations is not None and stream.sql is not None:
                        text = stream.sql.rendered.text
                        key = self._key(text, relations)
                        analysis = self._cached(key)
                        if analysis is None:
                            keys[numbers[address]] = key
                            encoded = {r.name: self._encode(a, r) for a, r in relations.items()}
                            pool.submit(Query(numbers[address], text, encoded))
                            continue
                        self._finish(stream, analysis)
                    ready.extend(released(address))

            def released(address: Address) -> Iterator[Address]:
                for reader in readers.get(address, ()):
                    waiting[reader] -= 1
                    if not waiting[reader]:
                        yield reader

            start([a for a, count in waiting.items() if not count])
            for number, data in pool.results():
                analysis = decode_analysis(data)
                assert analysis is not None
                if self.cache is not None:
                    self.cache.put(keys.pop(number), data)
                self._finish(self.project.streams[addresses[number]], analysis)
                start(list(released(addresses[number])))

    def _prepare(self, stream: Stream) -> dict[Address, Relation] | None:
        """The relations that the stream's query is analysed with; None where there is nothing to analyse: it is done."""
        inputs = tuple(self.inputs[stream.address])
        if stream.address in self.circular:
            self._know(stream, contract_facts(stream, ()))
        elif stream.sql is not None:
            relations = {a: r for a in inputs if (r := self._relations.get(a)) is not None}
            if len(relations) == len(inputs) and not stream.sql.broken:
                return relations
            self._judge_alone(stream)
            self._know(stream, contract_facts(stream, inputs))
        elif len(inputs) == 1 and inputs[0] in self.facts:
            self._know(stream, sink_facts(stream, self.facts[inputs[0]], self._links))
        elif inputs or stream.inputs or stream.sink is not None:
            self._know(stream, contract_facts(stream, inputs))
        else:
            computed, found = computed_columns(stream)
            self.diagnostics += found
            self._know(stream, declared_facts(stream, computed))
        return None

    def _judge_alone(self, stream: Stream) -> None:
        """What can be said of a query whose inputs are unknown: whether it parses."""
        if stream.sql is not None and stream.sql.rendered.text:
            for fault in parse(stream.sql.rendered.text).faults:
                self.diagnostics.append(fault_diagnostic(fault, stream, stream.sql, self._names))

    def _finish(self, stream: Stream, analysis: Analysis) -> None:
        assert stream.sql is not None
        for fault in analysis.faults:
            self.diagnostics.append(fault_diagnostic(fault, stream, stream.sql, self._names))
        inputs = tuple(self.inputs[stream.address])
        if analysis.facts is None:
            self._know(stream, contract_facts(stream, inputs))
            return
        known = [self.facts[a] for a in inputs]
        self._know(stream, derived_facts(stream, analysis.facts, known, self._names, self._links))

    def _know(self, stream: Stream, facts: StreamFacts, address: Address | None = None) -> None:
        address = address or stream.address
        self.facts[address] = facts
        self._relations[address] = relation(stream, facts)

    def _encode(self, address: Address, known: Relation) -> bytes:
        found = self._encoded.get(address)
        if found is None:
            found = self._encoded[address] = encode_relation(known)
        return found

    def _key(self, text: str, relations: Mapping[Address, Relation]) -> str:
        if self.cache is None:
            return ""
        return facts_key(text, (self._encode(a, r) for a, r in relations.items()))

    def _cached(self, key: str) -> Analysis | None:
        data = self.cache.get(key) if self.cache is not None else None
        return None if data is None else decode_analysis(data)
