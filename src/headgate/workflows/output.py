"""Build output on disk: a folder that is replaced whole, or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Makes `folder` hold just these files.

    They are written beside it and swapped in, so whoever stops this half-way leaves the old folder, and no reader sees some
    old and some new files. OSError where the disk does not let us.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fresh = beside / "new"
        for name, data in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        fresh.mkdir(exist_ok=True)
        _swap(folder, fresh, beside / "old")
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _swap(folder: Path, fresh: Path, old: Path) -> None:
    if not folder.exists():
        os.replace(fresh, folder)
        return
    try:
        os.replace(folder, old)
        os.replace(fresh, folder)
    except BaseException:
        if old.exists() and not folder.exists():
            os.replace(old, folder)
        raise


def write_new(path: Path, text: str) -> None:
    """Writes a file that is not there yet; FileExistsError where it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)


def write_over(path: Path, text: str) -> None:
    """Makes a file hold just this text: whoever stops it half-way leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(beside, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
