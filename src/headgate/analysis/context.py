"""What a rule may ask: the project, its graph, who may read what, and what the environment's targets can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from headgate.addresses import Address
from headgate.analysis.latency import Reached, latencies
from headgate.diagnostics import Severity
from headgate.graph.model import Graph, StreamFacts
from headgate.graph.permissions import Permissions, build
from headgate.project.declarations import Environment, Project, Reference, Stream
from headgate.resources import Capabilities


@dataclass(frozen=True)
class Context:
    """A graph with what is derived from it on demand.

    `capabilities` are those of the chosen environment's targets, by the target's name; empty where nobody asked.
    """

    graph: Graph
    capabilities: Mapping[str, Capabilities] = field(default_factory=dict)

    @property
    def project(self) -> Project:
        return self.graph.project

    @property
    def environment(self) -> Environment:
        return self.graph.project.environment

    @cached_property
    def permissions(self) -> Permissions:
        """Who may read what; worked out when the first rule asks."""
        return build(self.graph)

    @property
    def guard(self) -> Severity:
        """How much a finding about permissions weighs that the environment may accept: an error where it fails closed."""
        return Severity.ERROR if self.environment.fail_closed else Severity.WARNING

    @cached_property
    def latencies(self) -> Mapping[Address, Reached]:
        """The slowest way to every stream."""
        return latencies(self.graph)

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        """Every enabled stream of this project, those in a cycle included, in the order of the project."""
        return tuple(s for s in self.project.streams.values() if s.enabled)

    def facts(self, address: Address) -> StreamFacts | None:
        """What is known of a stream; None where nothing is: an unknown, disabled or circular one."""
        return self.graph.facts.get(address)

    def resolve(self, reference: Reference) -> StreamFacts | None:
        """What is known of the stream a reference means."""
        address = self.project.resolve(reference)
        return None if address is None else self.graph.facts.get(address)
