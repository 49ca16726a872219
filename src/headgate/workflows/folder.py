"""A project's folder on disk: the files that may declare something, in the order of their names."""

from __future__ import annotations

import os
from pathlib import Path

SKIPPED = frozenset({"target", "__pycache__", "node_modules"})


class Folder:
    """The files of one project folder, as `project.load` wants them. Hidden folders and build output are left out."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._names: list[str] | None = None

    def names(self) -> list[str]:
        """Every file's name, posix and relative to the root, sorted."""
        if self._names is None:
            self._names = sorted(_files(str(self.root), ""))
        return self._names

    def read(self, name: str) -> bytes:
        """A file's bytes; OSError where it cannot be read."""
        return (self.root / name).read_bytes()

    def other(self, path: str) -> Folder | None:
        """The folder of another project, by its path from this one; None where there is none."""
        folder = self.root / path
        return Folder(folder) if folder.is_dir() else None

    def texts(self) -> dict[str, str]:
        """The YAML files as text, with what is no UTF-8 replaced: for showing where something is wrong."""
        return {
            name: self.read(name).decode("utf-8", "replace")
            for name in self.names()
            if name.endswith((".yml", ".yaml", ".sql"))
        }


def _files(folder: str, prefix: str) -> list[str]:
    found: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if not entry.is_dir(follow_symlinks=False):
                found.append(prefix + entry.name)
            elif prefix or entry.name not in SKIPPED:
                found += _files(entry.path, f"{prefix}{entry.name}/")
    return found
