"""Writes `artifacts.lock` of the local stack: what its POMs resolve to now, with sizes and digests, to be read before committing.

It needs Maven and Java, and fetches into Maven's own repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from headgate.local.artifacts import run_reactor
from headgate.local.java import find_java, for_maven
from headgate.local.lock import LOCK, MAVEN, Locked, digest
from headgate.local.maven import local_repository

MAVEN_ITSELF = "org.apache.maven:apache-maven:3.9.16:tar.gz:bin"
"""Fetched where a machine has none."""
HEAD = """\
# Every artifact of the local stack: SHA-256, bytes, file, group:name:version. Written by tools/lock_local_artifacts.py.
"""


def main() -> None:
    """Resolves, compares nothing, writes."""
    environ = for_maven(os.environ, find_java(os.environ))
    maven = shutil.which("mvn") or "mvn"
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder, "work")
        run_reactor(work, maven, environ, lambda: None)
        copied = [
            "-B",
            "-q",
            "--strict-checksums",
            f"-Dartifact={MAVEN_ITSELF}",
            "-DoutputDirectory=" + str(work / "out" / MAVEN),
        ]
        subprocess.run(
            [maven, "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy", *copied],
            env=environ,
            check=True,
        )
        lines = sorted(str(one) for one in _locked(work / "out", local_repository(environ)))
    lines.sort(key=lambda line: line.split()[2])
    LOCK.write_text(HEAD + "".join(f"{line}\n" for line in lines))
    print(f"{len(lines)} artifacts in {LOCK}")


def _locked(out: Path, repository: Path) -> Iterator[Locked]:
    for path in out.rglob("*"):
        if path.is_file():
            yield Locked(
                digest(path), path.stat().st_size, str(path.relative_to(out)), _coordinates(path, repository)
            )


def _coordinates(path: Path, repository: Path) -> str:
    """Where Maven's repository has the same file."""
    for found in repository.rglob(path.name):
        if digest(found) == digest(path):
            *group, name, version = found.parent.relative_to(repository).parts
            return f"{'.'.join(group)}:{name}:{version}"
    raise SystemExit(f"{path.name} is not in {repository}")


if __name__ == "__main__":
    main()
