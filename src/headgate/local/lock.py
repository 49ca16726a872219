"""The artifacts that a stack is made of, each with the digest that we saw. `tools/lock_local_artifacts.py` writes the list."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from headgate.local.refusal import Refused

LOCK = Path(__file__).with_name("artifacts.lock")
MAVEN = "maven"
"""The folder, in the list, of Maven itself. It is fetched only where there is none."""
_NOT_CONTENT = (".sha1", ".md5", ".sha256", ".sha512", ".asc", ".lastUpdated")


@dataclass(frozen=True, slots=True)
class Locked:
    """An artifact: its SHA-256, its size, the file that it becomes, and its group, name and version."""

    digest: str
    size: int
    path: str
    coordinates: str

    @property
    def in_repository(self) -> str:
        """Where a repository has it."""
        group, name, version = self.coordinates.split(":")
        return f"{group.replace('.', '/')}/{name}/{version}/{self.path.rpartition('/')[2]}"

    def __str__(self) -> str:
        return f"{self.digest} {self.size} {self.path} {self.coordinates}"


def read_lock() -> tuple[Locked, ...]:
    """The list as it is shipped."""
    lines = [line.split() for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    return tuple(Locked(digest, int(size), path, where) for digest, size, path, where in lines)


def of_the_stack(lock: Iterable[Locked]) -> tuple[Locked, ...]:
    """Those that every stack needs."""
    return tuple(one for one in lock if not one.path.startswith(f"{MAVEN}/"))


def verify(folder: Path, lock: Iterable[Locked]) -> None:
    """A folder holds exactly these artifacts; refused where one is another, is missing or is not among them."""
    wanted = {one.path: one for one in lock}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    if wanted.keys() ^ there:
        (name, *_) = sorted(wanted.keys() ^ there)
        what = "did not come" if name in wanted else "came and is not among those that this release knows"
        raise Refused(f"The artifact {name} {what}. Nothing of what was fetched is used.")
    for path, one in wanted.items():
        if digest(folder / path) != one.digest:
            raise Refused(
                f"The artifact {one.coordinates} is not the one that this release was made with: its SHA-256 is "
                f"{digest(folder / path)} and not {one.digest}. Nothing of what was fetched is used."
            )


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def arrived(lock: Iterable[Locked], repository: Path) -> int:
    """How many bytes of the artifacts a local repository has, of what is on its way too."""
    return sum(_arrived(one, repository / one.in_repository) for one in lock)


def _arrived(one: Locked, path: Path) -> int:
    """Maven writes beside a file before it becomes one."""
    try:
        beside = [
            entry.stat().st_size
            for entry in path.parent.iterdir()
            if entry.name.startswith(path.name) and not entry.name.endswith(_NOT_CONTENT)
        ]
    except OSError:  # not begun, or moved while we looked
        return 0
    return min(one.size, max(beside, default=0))
