"""The programs of the stack, fetched by the user's own Maven with its settings, once for all projects."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from headgate.local.java import for_maven
from headgate.local.lock import LOCK, arrived, of_the_stack, read_lock, verify
from headgate.local.maven import find_maven, local_repository
from headgate.local.preparing import prepare
from headgate.local.processes import bound_to_us
from headgate.local.refusal import Refused
from headgate.local.turns import turn

REACTOR = Path(__file__).parent / "reactor"
CONVERTER = Path(__file__).parent / "converter"
FETCHING = "MB of the local stack are fetched"
MEGABYTE = 1_000_000
LIMIT_SECONDS = 1800.0
Progress = Callable[[str, int, int], None]


def cached_in(environ: Mapping[str, str]) -> Path:
    """The folder of exactly the artifacts that our POMs name, prepared by exactly our sources."""
    base = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".cache")
    digest = hashlib.sha256(LOCK.read_bytes())
    for folder in (REACTOR, CONVERTER):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return Path(base) / "headgate" / "local" / digest.hexdigest()[:16]


def fetch(environ: Mapping[str, str], java: str, progress: Progress) -> Path:
    """The folder of the artifacts; has Maven fetch them, and checks each, where they are not there.

    They are put together beside it and moved there whole, so what is there is complete. Two who fetch at once take turns.
    """
    folder = cached_in(environ)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = read_lock()
    stack, repository = of_the_stack(lock), local_repository(environ)
    total = sum(one.size for one in stack) // MEGABYTE + 1

    def waiting() -> None:
        progress(FETCHING, arrived(stack, repository) // MEGABYTE, total)

    with turn(folder.with_suffix(".lock"), waiting):
        if not folder.is_dir():
            work = folder.with_suffix(".part")
            shutil.rmtree(work, ignore_errors=True)  # of one who was killed
            try:
                maven = find_maven(environ, folder.parent, lock, waiting)
                run_reactor(work, maven, for_maven(environ, java), waiting)
                verify(work / "out", stack)
                prepare(work / "out", CONVERTER, java)
                (work / "out").rename(folder)
            finally:
                shutil.rmtree(work, ignore_errors=True)
    return folder


def run_reactor(work: Path, maven: str, environ: Mapping[str, str], waiting: Callable[[], None]) -> None:
    """Has Maven put every artifact below `out` of a folder that is not there yet."""
    shutil.copytree(REACTOR, work)
    words = [
        "-B",
        "-q",
        "--strict-checksums",
        "-f",
        str(work / "pom.xml"),
        f"-Dout={work / 'out'}",
        "package",
    ]
    _run([maven, *words], environ, work / "log", waiting)


def _run(command: list[str], environ: Mapping[str, str], log: Path, waiting: Callable[[], None]) -> None:
    until = time.monotonic() + LIMIT_SECONDS
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*bound_to_us(), *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=dict(environ),
            process_group=0,
        )
    try:
        while process.poll() is None:
            if time.monotonic() > until:
                raise Refused(f"Maven did not fetch the artifacts within {LIMIT_SECONDS / 60:.0f} minutes.")
            waiting()
            time.sleep(0.2)
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode:
        raise Refused(f"Maven could not fetch the artifacts:\n{log.read_text(errors='replace')[-2000:]}")
