"""Projects in memory, loaded: what stands where, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headgate.addresses import Address, Kind
from headgate.diagnostics import Diagnostic, line_and_column
from headgate.project.declarations import Project, Stream
from headgate.project.files import FilesInMemory
from headgate.project.load import load_project

ORDERS = """
sources:
  - name: orders
    key: id
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: amount, data_type: bigint}
"""


def load(files: Mapping[str, str | bytes], **options: Any) -> tuple[Project, list[Diagnostic]]:
    """The project that the files make, `headgate.yml` given; it must be loadable."""
    project, found = load_project(FilesInMemory({"headgate.yml": "name: shop\n", **files}), **options)
    assert project is not None, found
    return project, found


def sound(files: Mapping[str, str | bytes], **options: Any) -> Project:
    """The project, in which nothing may be wrong."""
    project, found = load(files, **options)
    assert found == []
    return project


def stream(project: Project, name: str, version: int = 0, kind: Kind = Kind.MODEL) -> Stream:
    """A model by name."""
    return project.streams[Address(kind, name, version)]


def lines(files: Mapping[str, str | bytes], **options: Any) -> list[str]:
    """What is found, as `CODE file:line`."""
    every = {"headgate.yml": "name: shop\n", **files}
    _, found = load_project(FilesInMemory(every), **options)
    return [shown(d, every) for d in found]


def shown(diagnostic: Diagnostic, files: Mapping[str, str | bytes]) -> str:
    """A finding as `CODE file:line`."""
    text = files.get(diagnostic.span.file, "")
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{diagnostic.code.id} {diagnostic.span.file}:{line_and_column(text, diagnostic.span.start)[0]}"
