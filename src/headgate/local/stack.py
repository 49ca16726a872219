"""The stack brought up, healed and taken down. Two commands at once take turns at a lock."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from headgate.local import supervisor, warehouse
from headgate.local.artifacts import Progress, fetch
from headgate.local.ending import end_parts
from headgate.local.java import find_java
from headgate.local.logs import end_of
from headgate.local.part import Start
from headgate.local.parts import ALL, PARTS, PORTS, files, new_settings, with_what_they_need
from headgate.local.ports import free_ports
from headgate.local.probes import listening
from headgate.local.processes import find, start, stop
from headgate.local.refusal import Refused
from headgate.local.registry import choose_compatibility
from headgate.local.settings import Layout, Settings, read, write
from headgate.local.turns import turn
from headgate.local.wanted import Wanted, read_wanted, restarts, want

READY_SECONDS = 120.0
TRIES = 3
"""A part that ended so often while it was waited for will not come up."""
LINES = 20
"""So much of the log of such a part is shown."""
WAITING = "waiting for another `headgate local` of this project"


def up(
    layout: Layout, environ: Mapping[str, str], progress: Progress, parts: Sequence[str] = PARTS
) -> tuple[str, ...]:
    """Starts those of the parts that do not run, and waits until each answers; the names of those started."""
    asked = with_what_they_need(parts)
    with _alone(layout, progress):
        settings = settled(layout)
        alive = {name for name, process in running(layout).items() if process is not None}
        missing = tuple(name for name in asked if name not in alive)
        if missing or supervised_by(layout) is None:
            _start(layout, environ, settings, missing, alive, progress)
        _await(asked, settings, layout, progress)
        if "registry" in asked:
            choose_compatibility(settings, layout)
    return missing


def down(layout: Layout, progress: Progress, *, wipe: bool) -> tuple[str, ...]:
    """Ends what runs, the last started first; the names of the parts that did. With `wipe` its data and logs go too."""
    _refuse_elsewhere()
    if not layout.folder.is_dir():
        return _stop(layout)
    with _alone(layout, progress):
        stopped = _stop(layout)
        if wipe:
            shutil.rmtree(layout.folder)
    return stopped


def _stop(layout: Layout) -> tuple[str, ...]:
    stop(layout.mark(supervisor.NAME))
    layout.wanted.unlink(missing_ok=True)
    layout.restarts.unlink(missing_ok=True)
    return end_parts(layout)


def running(layout: Layout) -> Mapping[str, int | None]:
    """The process of each part, or none."""
    _refuse_elsewhere()
    return {part: next(iter(find(layout.mark(part))), None) for part in PARTS}


def supervised_by(layout: Layout) -> int | None:
    """The process that starts the parts again, or none."""
    return next(iter(find(layout.mark(supervisor.NAME))), None)


def settled(layout: Layout) -> Settings:
    """The stack's settings, chosen where they are not; ports that older ones do not know are added."""
    settings = read(layout)
    if settings is None:
        settings = new_settings(free_ports(len(PORTS)))
        write(layout.settings, settings.as_json())
    lacking = [name for name in PORTS if name not in settings.ports]
    if lacking:
        settings = settings.with_ports(dict(zip(lacking, free_ports(len(lacking)), strict=True)))
        write(layout.settings, settings.as_json())
    return settings


def _start(
    layout: Layout,
    environ: Mapping[str, str],
    settings: Settings,
    missing: tuple[str, ...],
    alive: set[str],
    progress: Progress,
) -> None:
    java = find_java(environ)
    if "warehouse" in missing:
        warehouse.require()
    artifacts = fetch(environ, java, progress)
    for part in missing:
        _refuse_taken(part, settings, layout)
    begin = Start(java=java, artifacts=artifacts, settings=settings, layout=layout)
    for path, text in files(begin).items():
        write(path, text)
    layout.data.mkdir(parents=True, exist_ok=True)
    kept = read_wanted(layout)
    names = {*missing, *alive, *(kept.parts if kept else ())}
    want(
        layout,
        Wanted(parts=tuple(name for name in PARTS if name in names), java=java, artifacts=str(artifacts)),
    )
    # A new one even where one runs: that may be an older release's.
    stop(layout.mark(supervisor.NAME))
    layout.restarts.unlink(missing_ok=True)
    start(supervisor.command(layout), layout.log(supervisor.NAME), layout.folder, os.environ)


def _refuse_taken(part: str, settings: Settings, layout: Layout) -> None:
    for name in ALL[part].ports:
        # The supervisor may have started the part again by now.
        if listening(settings.ports[name]) and not find(layout.mark(part)):
            raise Refused(
                f"Port {settings.ports[name]} of the local stack is taken by another program. Free it, or have "
                "other ports chosen with `headgate local down --wipe`, which removes the stack's data."
            )


def _await(parts: tuple[str, ...], settings: Settings, layout: Layout, progress: Progress) -> None:
    until = time.monotonic() + READY_SECONDS
    before = restarts(layout)
    waiting = list(parts)
    while waiting:
        progress(f"starting {waiting[0]}", len(parts) - len(waiting), len(parts))
        waiting = [name for name in waiting if not ALL[name].answers(settings)]
        for name in waiting:
            _refuse_hopeless(name, layout, restarts(layout).get(name, 0) - before.get(name, 0))
        if waiting and supervised_by(layout) is None:
            raise Refused(f"The stack's supervisor ended; its log is {layout.log(supervisor.NAME)}.")
        if waiting and time.monotonic() > until:
            raise Refused(
                f"{waiting[0]} does not answer after {READY_SECONDS:.0f} seconds; its log is {layout.log(waiting[0])}."
            )
        if waiting:
            time.sleep(0.2)
    progress("starting", len(parts), len(parts))


def _refuse_hopeless(part: str, layout: Layout, times: int) -> None:
    if times >= TRIES:
        said = [line for line in end_of(layout.log(supervisor.NAME)).splitlines() if f" {part} " in line][-2:]
        end = "\n".join([*said, *end_of(layout.log(part)).splitlines()[-LINES:]])
        raise Refused(f"{part} did not start in {times} tries; its log is {layout.log(part)}:\n{end}")


@contextmanager
def _alone(layout: Layout, progress: Progress) -> Iterator[None]:
    _refuse_elsewhere()
    layout.folder.mkdir(parents=True, exist_ok=True)
    with turn(layout.folder / "lock", lambda: progress(WAITING, 0, 1)):
        yield


def _refuse_elsewhere() -> None:
    if sys.platform != "linux":
        raise Refused("`headgate local` runs on Linux only, for now.")
