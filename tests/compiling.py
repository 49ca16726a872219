"""Projects in memory, compiled for one target without a disk or a door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from headgate.analysis import Context
from headgate.compile.discovery import target
from headgate.compile.target import Compiled, World
from headgate.diagnostics import Diagnostic, Severity, line_and_column
from headgate.graph.build import build_graph
from headgate.project.files import FilesInMemory
from headgate.project.load import load_project

HEAD = "name: shop\nversion: '1.0'\ndefaults: {cluster: main, owner: team-shop}\n"


def world(files: Mapping[str, str], env: str | None = None, *, sound: bool = True) -> World:
    """What there is to compile of a project in memory, in which nothing may be wrong; `headgate.yml` may be left out."""
    tree = {"headgate.yml": HEAD, **files}
    project, found = load_project(FilesInMemory(tree), env=env, vars={}, environ={})
    assert project is not None, found
    graph = build_graph(project)
    wrong = [d for d in (*found, *graph.diagnostics) if d.severity is Severity.ERROR]
    assert not (sound and wrong), wrong
    return World(Context(graph))


def compiled(name: str, files: Mapping[str, str], env: str | None = None) -> Compiled:
    """What one target makes of it."""
    return target(name).compile(world(files, env))


def artifact(made: Compiled, path: str) -> str:
    """The text of one file that was made."""
    found = {a.path: a.text for a in made.artifacts}
    assert path in found, sorted(found)
    return found[path]


def documents(made: Compiled, path: str) -> list[Any]:
    """The YAML documents of one file that was made."""
    return list(yaml.safe_load_all(artifact(made, path)))


def said(files: Mapping[str, str], found: tuple[Diagnostic, ...] | list[Diagnostic]) -> list[str]:
    """Findings as `CODE file:line message`."""
    texts = {"headgate.yml": HEAD, **files}
    return [
        f"{d.code.id} {d.span.file}:{line_and_column(texts[d.span.file], d.span.start)[0]} {d.message}"
        for d in found
    ]


def codes(made: Compiled, *, least: Severity = Severity.WARNING) -> list[str]:
    """The codes of what was found, without information."""
    return [d.code.id for d in made.diagnostics if least is Severity.INFO or d.severity is not Severity.INFO]
