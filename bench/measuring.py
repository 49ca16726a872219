"""A command run and measured: how long it took, and how much memory its largest process had."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measured:
    """The best of several runs: seconds by the clock and of the processor, and megabytes of the largest process."""

    seconds: float
    megabytes: float
    out: str = ""
    processor: float = 0.0


class Failed(RuntimeError):
    """A command that ended otherwise than it should."""


def measure(
    command: Sequence[str], *, folder: Path, times: int = 3, environ: Mapping[str, str] | None = None
) -> Measured:
    """Runs a command several times, and takes the quickest: what else the machine did only ever adds."""
    runs = [_run(command, folder, environ or {}) for _ in range(times)]
    return min(runs, key=lambda run: run.seconds)


def _run(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Measured:
    output = folder / ".measured"
    with output.open("wb") as file:
        began = time.perf_counter()
        child = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
        _, status, used = os.wait4(child.pid, 0)
        took = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    text = output.read_text("utf-8", "replace")
    output.unlink()
    if child.returncode:
        raise Failed(f"{' '.join(command)} ended with {child.returncode}:\n{text[-2000:]}")
    return Measured(took, used.ru_maxrss / 1024, text, used.ru_utime + used.ru_stime)
