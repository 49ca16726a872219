"""Projects given as files in memory, checked as `check` does, without a disk or a door."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from headgate.analysis import Context, run_rules
from headgate.diagnostics import Diagnostic, Severity, in_order, line_and_column
from headgate.graph.build import build_graph
from headgate.graph.model import Graph
from headgate.project.files import FilesInMemory
from headgate.project.load import load_project


def folder(path: Path) -> dict[str, str]:
    """The text files of a folder, by their names in it; what building there has left is none of them."""
    names = [p.relative_to(path) for p in sorted(path.rglob("*")) if p.is_file()]
    own = [n for n in names if n.parts[0] != "target" and not any(part.startswith(".") for part in n.parts)]
    return {name.as_posix(): (path / name).read_text() for name in own}


def loaded(files: Mapping[str, str], env: str | None = None) -> tuple[Graph | None, list[Diagnostic]]:
    """The graph of a project in memory and what loading and building found; `headgate.yml` may be left out."""
    tree = FilesInMemory({"headgate.yml": "name: example\n", **files})
    project, found = load_project(tree, env=env, vars={}, environ={})
    if project is None:
        return None, found
    graph = build_graph(project)
    return graph, [*found, *graph.diagnostics]


def checked(files: Mapping[str, str], env: str | None = None) -> list[Diagnostic]:
    """Everything that a check of a project in memory finds."""
    graph, found = loaded(files, env)
    return in_order(found if graph is None else [*found, *run_rules(Context(graph))])


def places(
    files: Mapping[str, str], found: list[Diagnostic], *, least: Severity = Severity.WARNING
) -> list[str]:
    """Findings as `CODE file:line`, those of at least a severity."""
    weights = [Severity.INFO, Severity.WARNING, Severity.ERROR]
    kept = [d for d in found if weights.index(d.severity) >= weights.index(least)]
    return [
        f"{d.code.id} {d.span.file}:{line_and_column(files.get(d.span.file, ''), d.span.start)[0]}"
        for d in kept
    ]
