"""What a target is: a system that declarations become resources and readable files of."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
import yaml

from headgate.addresses import Address
from headgate.analysis import Context
from headgate.compile import targets
from headgate.diagnostics import Diagnostic
from headgate.graph.model import Graph, StreamFacts
from headgate.graph.permissions import Permissions
from headgate.project.declarations import Cluster, Environment, Materialization, Project, Stream
from headgate.resources import Artifact, Capabilities, Resource, ResourceKind
from headgate.schema.types import DataType


@dataclass(frozen=True)
class World:
    """What there is to compile: a graph with its permissions, in one environment, and which of its streams."""

    context: Context
    selected: frozenset[Address] | None = None

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
                and (self.selected is None or address in self.selected)
            ):
                yield stream, facts

    def topic(self, stream: Stream) -> str:
        """The physical name of a stream's topic, with the environment's prefix where this project makes it."""
        made = stream.materialized is not Materialization.SOURCE
        return (self.environment.prefix if made else "") + stream.topic

    def cluster(self, stream: Stream) -> Cluster:
        """The cluster of a stream; one that the environment does not describe has a name alone."""
        return self.environment.clusters.get(stream.cluster) or Cluster(name=stream.cluster)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledProject:
    """What all chosen targets made, in their order."""

    resources: tuple[Resource, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    by_target: Mapping[str, Compiled] = field(default_factory=dict)


def all_targets() -> dict[str, Any]:
    """Every target by its name, found by the folder."""
    found: dict[str, Any] = {}
    for entry in sorted(pkgutil.iter_modules(targets.__path__), key=lambda m: m.name):
        module = importlib.import_module(f"{targets.__name__}.{entry.name}")
        if hasattr(module, "NAME"):
            found[module.NAME] = module
    return found


def targets_of(environment: Environment) -> tuple[str, ...]:
    """The names of the targets that an environment uses: the engine's, and those of the systems it declares."""
    if environment.engine == "embedded":
        return ("embedded",)
    names = []
    clusters = environment.clusters.values()
    for name, there in (
        ("kafka", any(c.kafka is not None for c in clusters)),
        ("schemas", any(c.schema_registry is not None for c in clusters)),
        ("flink", any(c.flink is not None for c in clusters)),
        ("connect", any(c.connect for c in clusters)),
        ("conduktor", any((c.proxy or {}).get("type") == "conduktor" for c in clusters)),
    ):
        if there:
            names.append(name)
    return tuple(names)


def compile_for(world: World, names: Sequence[str]) -> CompiledProject:
    """What the named targets make of a project."""
    known = all_targets()
    by_target = {name: known[name].compile(world) for name in dict.fromkeys(names)}
    return CompiledProject(
        resources=tuple(r for one in by_target.values() for r in one.resources),
        artifacts=tuple(
            sorted((a for one in by_target.values() for a in one.artifacts), key=lambda a: a.path)
        ),
        diagnostics=tuple(d for one in by_target.values() for d in one.diagnostics),
        by_target=by_target,
    )


def as_json(value: Any) -> str:
    """JSON that a person reads, in the order given."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def as_yaml(documents: Iterable[Mapping[str, Any]]) -> str:
    """YAML documents, keys in the order given."""
    plain = msgspec.to_builtins(list(documents))
    return yaml.safe_dump_all(plain, sort_keys=False, allow_unicode=True, width=110)
