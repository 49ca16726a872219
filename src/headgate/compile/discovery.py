"""Targets are found by their folder: a file's name is the target's. What several of them make of one project."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from headgate.compile import targets
from headgate.compile.handed_over import tools
from headgate.compile.other_tools import handed_over
from headgate.compile.relying import behind_protection
from headgate.compile.target import Compiled, Target, World
from headgate.diagnostics import Diagnostic, in_order
from headgate.project.declarations import Environment
from headgate.resources import Artifact, Capabilities, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledProject:
    """What all chosen targets made, in their order."""

    resources: tuple[Resource, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    by_target: Mapping[str, Compiled] = field(default_factory=dict)


@cache
def target_names() -> tuple[str, ...]:
    """The name of every target: those of the folder's files, in their order."""
    return tuple(sorted(entry.name for entry in pkgutil.iter_modules(targets.__path__)))


def target(name: str) -> Target:
    """The target of that name. Only those that are used are imported."""
    module: Any = importlib.import_module(f"{targets.__name__}.{name}")
    found: Target = module
    return found


@dataclass(frozen=True, slots=True)
class CapabilitiesOf(Mapping[str, Capabilities]):
    """What each of these targets can express, for rules to ask. One that nobody asks about is not imported."""

    names: tuple[str, ...]

    def __getitem__(self, name: str) -> Capabilities:
        if name not in self.names:
            raise KeyError(name)
        return target(name).CAPABILITIES

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def capabilities_of(environment: Environment) -> CapabilitiesOf:
    """What the targets that an environment uses can express."""
    return CapabilitiesOf(tuple(name for name in targets_of(environment) if name in target_names()))


def chosen_targets(environment: Environment, asked: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The targets that an environment uses and those asked for (`all`: every one), each once; and names that are none."""
    known = target_names()
    wanted = [name for word in asked for name in (known if word == "all" else (word,))]
    names = dict.fromkeys(n for n in (*targets_of(environment), *wanted) if n in known)
    return tuple(names), tuple(dict.fromkeys(n for n in wanted if n not in known))


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
        ("console", any(c.console is not None for c in clusters)),
    ):
        if there:
            names.append(name)
    return tuple(names)


def compile_project(world: World, names: Sequence[str]) -> CompiledProject:
    """What the named targets make of a project. Resources rely on no other than those that are here."""
    by_target = {name: target(name).compile(world) for name in dict.fromkeys(names)}
    made = behind_protection(world, [r for one in by_target.values() for r in one.resources])
    there = {r.id for r in made}
    return CompiledProject(
        resources=tuple(replace(r, after=tuple(a for a in r.after if a in there)) for r in made),
        artifacts=tuple(
            sorted(
                (
                    *(a for one in by_target.values() for a in one.artifacts),
                    *handed_over(tools(world.project), made),
                ),
                key=lambda a: a.path,
            )
        ),
        diagnostics=tuple(in_order([d for one in by_target.values() for d in one.diagnostics])),
        by_target=by_target,
    )
