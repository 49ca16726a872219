"""Processes that are ours: found by the mark on their command line, and signalled through a handle that cannot be
another process's by then (`pidfd_open(2)`). Nothing is recorded, so nothing recorded can be wrong after a crash."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PROC = Path("/proc")
PATIENCE_SECONDS = 10.0
LOOKS = 5
_PROGRAMS = (b"java", b"postgres", b"python", b"unshare", b"setpriv")
"""The beginnings of the names of what is started here. Who looks for a mark, as `grep` does, has it on its command line too."""


def marked(argv: bytes, mark: str) -> bool:
    """Whether a command line, as /proc has it, is of a program of ours with the mark as a whole word."""
    words = argv.split(b"\0")
    name = words[0].rpartition(b"/")[2]
    return name.startswith(_PROGRAMS) and any(word.removeprefix(b"-D") == mark.encode() for word in words[1:])


def find(mark: str) -> tuple[int, ...]:
    """The ids of the living processes with the mark."""
    return tuple(sorted(int(p.name) for p in PROC.iterdir() if p.name.isdigit() and marked(_argv(p), mark)))


def lives(pid: int, mark: str) -> bool:
    """Whether a process that was found by its mark still lives; no look at all the others."""
    return marked(_argv(PROC / str(pid)), mark)


def start(
    command: Sequence[str], log: Path, folder: Path, environ: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Starts a process that outlives us, in a session of its own, its output added to the log; `find` sees it from then on."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=folder,
            env=dict(environ),
            start_new_session=True,
        )
    # A program that has just begun has an empty command line for a moment, and would not be found by its mark.
    while process.poll() is None and not _argv(PROC / str(process.pid)):
        time.sleep(0.001)
    return process


def bound_to_us() -> list[str]:
    """The words before a command that has the kernel end it when we end, however that is (`setpriv(1)`, util-linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


def stop(mark: str, asking: signal.Signals = signal.SIGTERM) -> int:
    """Ends every process with the mark, by force where asking does not do; how many there were."""
    ended = 0
    # A process between its making and its program's start has its maker's command line, so one look is not enough.
    for _ in range(LOOKS):
        found = find(mark)
        for pid in found:
            _end(pid, mark, asking)
        ended += len(found)
        if not found:
            break
    return ended


def _end(pid: int, mark: str, asking: signal.Signals) -> None:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not lives(pid, mark):
            return
        for number in (asking, signal.SIGKILL):
            signal.pidfd_send_signal(handle, number)
            if select.select([handle], [], [], PATIENCE_SECONDS)[0]:
                return
    except ProcessLookupError:
        return
    finally:
        os.close(handle)


def _argv(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""
