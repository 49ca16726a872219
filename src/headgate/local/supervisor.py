"""One small process a stack that starts its parts in their order, and starts again what has ended.

It holds nothing that is not found again: what is to run is a file, what runs carries a mark. So it may be killed at any time,
and the next one goes on with the same parts. It ends by itself when that file is gone, and with the folder's parts when the
folder is.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from headgate.local.ending import end_parts
from headgate.local.part import Part, Start
from headgate.local.parts import ALL
from headgate.local.processes import find, lives, start
from headgate.local.refusal import Refused
from headgate.local.settings import Layout, read, write
from headgate.local.wanted import Wanted, read_wanted

NAME = "supervisor"
LOOK_SECONDS = 0.25
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""A part that ran so long is started again at once when it ends."""


@dataclass(slots=True)
class Care:
    """What is known of a part: its process, started by us or found, when that was, and when it may be started again."""

    process: subprocess.Popen[bytes] | None = None
    found: int = 0
    since: float = 0.0
    starts: int = 0
    not_before: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS

    def lives(self) -> bool:
        """Whether the process that we started lives."""
        return self.process is not None and self.process.poll() is None


@dataclass(slots=True)
class Supervisor:
    """Keeps the wanted parts of a stack running."""

    layout: Layout
    say: Callable[[str], None]
    leaving: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    parts: Mapping[str, Part] = field(default_factory=lambda: ALL)
    cares: dict[str, Care] = field(default_factory=dict)

    def look(self) -> bool:
        """Starts what is wanted, does not run and can; False where nothing is wanted any more."""
        wanted, settings = read_wanted(self.layout), read(self.layout)
        if wanted is None or settings is None:
            return False
        begin = Start(
            java=wanted.java, artifacts=Path(wanted.artifacts), settings=settings, layout=self.layout
        )
        for name in wanted.parts:
            if self.leaving():
                break
            self._look_after(self.parts[name], begin, wanted)
        return True

    def _look_after(self, part: Part, begin: Start, wanted: Wanted) -> None:
        care = self.cares.setdefault(part.name, Care())
        if care.lives():
            return
        if care.process is not None:
            self._ended(part, care)
        if self.clock() < care.not_before or self._found(part, care):
            return
        if not all(self.parts[need].answers(begin.settings) for need in part.after if need in wanted.parts):
            return
        care.since, care.starts = self.clock(), care.starts + 1
        try:
            part.ready(begin)
            care.process = start(
                part.command(begin),
                self.layout.log(part.name),
                self.layout.folder,
                {**os.environ, **part.environ(begin)},
            )
        except (Refused, OSError, subprocess.SubprocessError) as error:
            self.say(f"{part.name} cannot start: {error}")
            self._wait(care)
        else:
            self.say(f"{part.name} started as {care.process.pid}")
        self._count()

    def _found(self, part: Part, care: Care) -> bool:
        """Whether the part runs though we did not start it: one before us did."""
        mark = self.layout.mark(part.name)
        if not care.found or not lives(care.found, mark):
            care.found = next(iter(find(mark)), 0)
        return bool(care.found)

    def _ended(self, part: Part, care: Care) -> None:
        assert care.process is not None
        self.say(f"{part.name} ended with {care.process.returncode}")
        care.process = None
        self._wait(care)

    def _wait(self, care: Care) -> None:
        steady = self.clock() - care.since >= STEADY_SECONDS
        care.pause = FIRST_PAUSE_SECONDS if steady else min(care.pause * 2, LONGEST_PAUSE_SECONDS)
        care.not_before = self.clock() + (0 if steady else care.pause / 2)

    def _count(self) -> None:
        again = {name: care.starts - 1 for name, care in self.cares.items() if care.starts > 1}
        write(self.layout.restarts, json.dumps(again))


def supervise(layout: Layout) -> None:
    """Keeps what is wanted running until nothing is, and then leaves nothing running. Asked to end, it leaves the parts."""
    asked: list[int] = []
    # Not in the middle of a start: what is started is to be found by its mark once we are gone.
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))

    def say(text: str) -> None:
        print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {' | '.join(text.splitlines())}", flush=True)

    supervisor = Supervisor(layout, say, lambda: bool(asked))
    while not asked and supervisor.look():
        time.sleep(LOOK_SECONDS)
    if not asked:
        end_parts(layout)


def command(layout: Layout) -> list[str]:
    """What the supervisor is started with."""
    return [sys.executable, "-P", "-m", "headgate.local.supervisor", str(layout.folder), layout.mark(NAME)]


if __name__ == "__main__":
    supervise(Layout(Path(sys.argv[1])))
