"""The commit a project stands at, read from git's own files."""

from __future__ import annotations

from pathlib import Path


def commit_of(folder: Path) -> str:
    """The id of the commit checked out in or above the folder; "" where there is none to be found."""
    for above in (folder.resolve(), *folder.resolve().parents):
        git = above / ".git"
        if git.is_dir():
            return _head(git)
    return ""


def _head(git: Path) -> str:
    said = _text(git / "HEAD").strip()
    if not said.startswith("ref: "):
        return said
    name = said.removeprefix("ref: ")
    loose = _text(git / name).strip()
    if loose:
        return loose
    packed = (line.split(" ", 1) for line in _text(git / "packed-refs").splitlines() if " " in line)
    return next((commit for commit, ref in packed if ref == name), "")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
