"""Other projects that this one refers to: of each, the public streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from headgate.diagnostics import Diagnostic
from headgate.project import keys
from headgate.project.declarations import PackageStreams
from headgate.project.files import FileTree
from headgate.syntax import Place


class Packages:
    """Reads the packages of one project."""

    def __init__(self, tree: Callable[[str], FileTree | None] | None, found: list[Diagnostic]) -> None:
        self._tree = tree
        self._found = found

    def read(self, packages: Sequence[keys.Package], place: Place) -> dict[str, PackageStreams]:
        """The public streams of each package that can be read."""
        return {}
