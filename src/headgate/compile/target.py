"""What a target is: a system that declarations become resources and readable files of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from headgate.addresses import Address
from headgate.analysis import Context
from headgate.compile.texts import file_name
from headgate.diagnostics import Diagnostic, Span
from headgate.graph.model import Graph, StreamFacts
from headgate.graph.permissions import Permissions
from headgate.project.declarations import Cluster, Environment, Materialization, Project, Stream
from headgate.project.local_stack import LOCAL
from headgate.resources import Artifact, Capabilities, Resource, ResourceId, ResourceKind
from headgate.resources.live import TOPIC
from headgate.schema.types import DataType


@dataclass(frozen=True)
class World:
    """What there is to compile: a graph with its permissions, in one environment, and which of its streams.

    Without `files` what is to be read by people may be left out: a plan is made of resources alone.
    """

    context: Context
    selected: frozenset[Address] | None = None
    files: bool = True

    @property
    def graph(self) -> Graph:
        return self.context.graph

    @property
    def project(self) -> Project:
        return self.graph.project

    @property
    def environment(self) -> Environment:
        return self.project.environment

    @property
    def permissions(self) -> Permissions:
        return self.context.permissions

    def streams(self, *kinds: Materialization) -> Iterator[tuple[Stream, StreamFacts]]:
        """The selected streams of these kinds (all without any) whose columns are known, in the order of the graph."""
        for address in self.graph.order:
            stream = self.graph.stream(address)
            facts = self.graph.facts.get(address)
            if (
                facts is not None
                and facts.known
                and (not kinds or stream.materialized in kinds)
                and self.picks(address)
            ):
                yield stream, facts

    def picks(self, address: Address) -> bool:
        """Whether a stream is among the selected."""
        return self.selected is None or address in self.selected

    @cached_property
    def places(self) -> Mapping[Address, int]:
        """Where in the order of the graph a stream stands."""
        return {address: i for i, address in enumerate(self.graph.order)}

    def served_by_proxy(self, stream: Stream) -> bool:
        """Whether a stream is a virtual topic, which is stored nowhere, rather than one that a job makes."""
        return (
            stream.materialized is Materialization.VIRTUAL_TOPIC
            and self.environment.virtual_topics != "flink"
        )

    def stored_here(self, stream: Stream) -> bool:
        """Whether a stream is a topic that this project makes and fills, or lets applications fill."""
        made = (Materialization.FLINK_STREAM, Materialization.TOPIC, Materialization.VIRTUAL_TOPIC)
        # A sink with a query of its own is a job that fills a topic, and a connector that reads it.
        fed = stream.materialized is Materialization.SINK and stream.sql is not None
        return fed or (stream.materialized in made and not self.served_by_proxy(stream))

    def stands_in(self, stream: Stream) -> bool:
        """Whether the environment makes a topic that others make elsewhere: on the local stack there are no others."""
        return self.environment.engine == LOCAL and stream.materialized is Materialization.SOURCE

    def filled_by_job(self, stream: Stream) -> bool:
        """Whether a Flink job makes a stream's records."""
        return self.stored_here(stream) and stream.materialized is not Materialization.TOPIC

    def topic_id(self, stream: Stream) -> ResourceId:
        """The topic of a stream as a resource."""
        return ResourceId(TOPIC.name, f"{stream.cluster}/{self.topic(stream)}")

    def topic(self, stream: Stream) -> str:
        """The physical name of a stream's topic, with the environment's prefix where this project makes it.

        A sink without a query of its own has that of what it reads.
        """
        facts = self.graph.facts.get(stream.address)
        if stream.materialized is Materialization.SINK and stream.sql is None and facts and facts.inputs:
            return self.topic(self.graph.stream(facts.inputs[0]))
        made = stream.materialized is not Materialization.SOURCE
        return (self.environment.prefix if made else "") + stream.topic

    def cluster(self, stream: Stream) -> Cluster:
        """The cluster of a stream; one that the environment does not describe has a name alone."""
        return self.cluster_named(stream.cluster)

    def cluster_named(self, name: str) -> Cluster:
        """A cluster by its logical name; one that the environment does not describe has a name alone."""
        return self.environment.clusters.get(name) or Cluster(name=name)

    def connector(self, stream: Stream) -> str:
        """The name of a sink's connector: what is said, else a job's name; with the environment's prefix."""
        said = stream.sink.connector if stream.sink is not None else ""
        if said and said != f"{self.project.name}.{stream.name}":
            return self.environment.prefix + said
        return self.job(stream)

    def place_of(self, address: Address) -> Span:
        """Where a stream or an exposure is declared."""
        exposure = self.project.exposures.get(address)
        place = exposure.place if exposure is not None else self.graph.stream(address).place
        return place.at("name").span()

    @cached_property
    def _clusters(self) -> frozenset[str]:
        return frozenset(s.cluster for s in self.project.streams.values() if s.enabled)

    def folder(self, cluster: str) -> str:
        """Where files about a cluster stand in a target's folder: one of its own where there are several clusters."""
        return f"{file_name(cluster or 'default')}/" if len(self._clusters) > 1 else ""

    def job(self, stream: Stream) -> str:
        """The name of a stream's job, consumer group and transactional ids."""
        version = f".v{stream.version}" if stream.version else ""
        return f"{self.environment.prefix}{self.project.name}.{stream.name}{version}"


def value_columns(world: World, stream: Stream, facts: StreamFacts) -> list[tuple[str, DataType]]:
    """The columns that a stream's records carry: declared order under a contract, derived order else.

    Columns that are computed or read from the record's metadata are not in the value.
    """
    absent = {c.name for c in stream.columns if c.metadata or c.expression}
    types = {c.name: c.type for c in facts.columns if c.name not in absent}
    declared = {c.name: c for c in stream.columns}
    order = [c.name for c in stream.columns if c.name in types] if stream.columns else list(types)
    order += [name for name in types if name not in order]
    return [
        (name, declared[name].type if name in declared and stream.contract else types[name]) for name in order
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What a target made, and what it cannot express."""

    resources: tuple[Resource, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class Target(Protocol):
    """A module of `compile/targets`."""

    NAME: str
    CAPABILITIES: Capabilities
    KINDS: tuple[ResourceKind, ...]

    def compile(self, world: World) -> Compiled: ...
