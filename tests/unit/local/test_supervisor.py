"""What the supervisor starts, in which order, and how it waits before it starts something again."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from headgate.local import supervisor
from headgate.local.part import Part, Start
from headgate.local.parts import PORTS, new_settings
from headgate.local.processes import find, stop
from headgate.local.refusal import Refused
from headgate.local.settings import Layout, write
from headgate.local.supervisor import Supervisor
from headgate.local.wanted import Wanted, restarts, want

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")


@dataclass
class World:
    """A stack of small programs, and a clock that a test moves."""

    layout: Layout
    now: float = 100.0
    said: list[str] = field(default_factory=list)
    answering: set[str] = field(default_factory=set)
    made: list[Supervisor] = field(default_factory=list)

    def part(
        self, name: str, after: tuple[str, ...] = (), ready: Callable[[Start], None] | None = None
    ) -> Part:
        words = "import time; time.sleep(60)"
        return Part(
            name=name,
            ports=(),
            command=lambda start: [sys.executable, "-c", words, start.layout.mark(name)],
            answers=lambda settings: name in self.answering,
            url=lambda settings: "",
            files=lambda start: {},
            after=after,
            ready=ready or (lambda start: None),
        )

    def supervisor(self, *parts: Part) -> Supervisor:
        want(self.layout, Wanted(parts=tuple(part.name for part in parts), java="java", artifacts="/a"))
        known = {part.name: part for part in parts}
        self.made.append(Supervisor(self.layout, self.said.append, clock=lambda: self.now, parts=known))
        return self.made[-1]

    def runs(self, name: str) -> int:
        return len(find(self.layout.mark(name)))

    def kill(self, supervisor: Supervisor, name: str) -> None:
        process = supervisor.cares[name].process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    layout = Layout(tmp_path / "local")
    write(layout.settings, new_settings(range(1, len(PORTS) + 1)).as_json())
    made = World(layout)
    yield made
    for name in ("one", "two"):
        stop(layout.mark(name), signal.SIGKILL)
    for care in (care for one in made.made for care in one.cares.values()):
        if care.process is not None:
            care.process.wait()


def test_a_part_is_started_once(world: World) -> None:
    supervisor = world.supervisor(world.part("one"))
    for _ in range(3):
        assert supervisor.look()
    assert world.runs("one") == 1
    assert restarts(world.layout) == {}


def test_a_part_waits_for_those_that_it_needs_to_answer(world: World) -> None:
    supervisor = world.supervisor(world.part("one"), world.part("two", after=("one",)))
    supervisor.look()
    assert (world.runs("one"), world.runs("two")) == (1, 0)
    world.answering.add("one")
    supervisor.look()
    assert world.runs("two") == 1


def test_what_ends_is_started_again_after_a_pause_that_doubles(world: World) -> None:
    supervisor = world.supervisor(world.part("one"))
    supervisor.look()
    waited = []
    for _ in range(7):
        world.kill(supervisor, "one")
        supervisor.look()
        before = world.now
        while not world.runs("one"):
            world.now += 0.5
            supervisor.look()
        waited.append(world.now - before)
    assert waited == [1, 2, 4, 8, 15, 15, 15]
    assert restarts(world.layout) == {"one": 7}


def test_what_ran_for_long_is_started_again_at_once(world: World) -> None:
    supervisor = world.supervisor(world.part("one"))
    supervisor.look()
    world.now += 61
    world.kill(supervisor, "one")
    supervisor.look()
    assert world.runs("one") == 1


def test_a_new_supervisor_takes_over_what_runs(world: World) -> None:
    part = world.part("one")
    first = world.supervisor(part)
    first.look()
    pids = find(world.layout.mark("one"))
    second = world.supervisor(part)
    second.look()
    assert find(world.layout.mark("one")) == pids
    world.kill(first, "one")
    first.cares["one"].lives()  # its parent waits for it, as the system does for one whose parent is gone
    second.look()
    assert world.runs("one") == 1


def test_what_runs_already_is_looked_for_among_all_processes_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = world.part("one")
    world.supervisor(part).look()
    second = world.supervisor(part)
    looks: list[str] = []

    def look(mark: str) -> tuple[int, ...]:
        looks.append(mark)
        return find(mark)

    monkeypatch.setattr(supervisor, "find", look)
    for _ in range(3):
        second.look()
    assert looks == [world.layout.mark("one")] and world.runs("one") == 1


def test_what_cannot_be_made_ready_is_said_and_tried_again(world: World) -> None:
    tries = []

    def ready(start: Start) -> None:
        tries.append(world.now)
        if len(tries) == 1:
            raise Refused("no room")

    supervisor = world.supervisor(world.part("one", ready=ready))
    supervisor.look()
    assert world.said == ["one cannot start: no room"]
    supervisor.look()
    assert len(tries) == 1
    world.now += 1
    supervisor.look()
    assert world.runs("one") == 1


def test_it_ends_when_nothing_is_wanted_or_the_folder_is_gone(world: World) -> None:
    supervisor = world.supervisor(world.part("one"))
    world.layout.wanted.unlink()
    assert not supervisor.look()
    supervisor = world.supervisor(world.part("one"))
    world.layout.settings.unlink()
    assert not supervisor.look()
