"""The stack brought up, healed and taken down. Two commands at once take turns at a lock."""

from __future__ import annotations

import fcntl
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from headgate.local.artifacts import fetch, tool
from headgate.local.parts import (
    ADMIN,
    FORMAT,
    PARTS,
    PORTS,
    PORTS_OF,
    Layout,
    Settings,
    command,
    files,
    format_command,
    new_settings,
    urls,
)
from headgate.local.processes import find, start, stop
from headgate.local.refusal import Refused

READY_SECONDS = 90.0
Progress = Callable[[str, int, int], None]


def up(layout: Layout, environ: Mapping[str, str], progress: Progress) -> tuple[str, ...]:
    """Starts the parts that do not run, and waits until every part answers; the names of those started."""
    total = len(PARTS) + 1
    with _alone(layout):
        settings = read(layout) or _choose(layout)
        missing = tuple(part for part in PARTS if not find(layout.mark(part)))
        if missing:
            artifacts = fetch(environ, lambda: progress("fetching Kafka and the registry", 0, total))
            _start(missing, tool("java", environ), artifacts, settings, layout)
        for number, part in enumerate(PARTS, 1):
            _await(part, settings, layout, partial(progress, f"starting {part}", number, total))
        if "registry" in missing:
            _choose_compatibility(settings)
        progress("starting", total, total)
    return missing


def down(layout: Layout, *, wipe: bool) -> tuple[str, ...]:
    """Ends what runs, the last started first; the names of the parts that did. With `wipe` its data and logs go too."""
    _refuse_elsewhere()
    if not layout.folder.is_dir():
        return _stop(layout)
    with _alone(layout):
        stopped = _stop(layout)
        if wipe:
            shutil.rmtree(layout.folder)
    return stopped


def _stop(layout: Layout) -> tuple[str, ...]:
    ended = [part for part in (*reversed(PARTS), FORMAT) if stop(layout.mark(part))]
    return tuple(part for part in ended if part != FORMAT)


def running(layout: Layout) -> Mapping[str, int | None]:
    """The process of each part, or none."""
    _refuse_elsewhere()
    return {part: next(iter(find(layout.mark(part))), None) for part in PARTS}


def answers(part: str, settings: Settings) -> bool:
    """Whether a part does what it is for: the broker lists topics, the registry subjects."""
    return _kafka_answers(settings) if part == "kafka" else _registry_answers(settings)


def read(layout: Layout) -> Settings | None:
    """The stack's settings; none where it never was up, or was wiped."""
    return Settings.from_json(layout.settings.read_text()) if layout.settings.exists() else None


def _choose(layout: Layout) -> Settings:
    settings = new_settings(free_ports(len(PORTS)))
    _write(layout.settings, settings.as_json())
    return settings


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens at now, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _start(parts: tuple[str, ...], java: str, artifacts: Path, settings: Settings, layout: Layout) -> None:
    for part in parts:
        for name in PORTS_OF[part]:
            if _listening(settings.ports[name]):
                raise Refused(
                    f"Port {settings.ports[name]} of the local stack is taken by another program. Free it, or have "
                    "other ports chosen with `headgate local down --wipe`, which removes the stack's data."
                )
    for path, text in files(settings, layout).items():
        _write(path, text)
    layout.data.mkdir(parents=True, exist_ok=True)
    if "kafka" in parts:
        _format(format_command(java, artifacts, settings, layout))
    for part in parts:
        start(command(part, java, artifacts, settings, layout), layout.log(part), layout.folder)


def _format(words: list[str]) -> None:
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, timeout=READY_SECONDS, check=False
    )
    if done.returncode:
        raise Refused(
            f"The broker's folder could not be made ready:\n{done.stdout.decode(errors='replace')[-1000:]}"
        )


def _await(part: str, settings: Settings, layout: Layout, waiting: Callable[[], None]) -> None:
    until = time.monotonic() + READY_SECONDS
    while not answers(part, settings):
        waiting()
        if not find(layout.mark(part)):
            raise Refused(f"{part} ended while starting; its log is {layout.log(part)}.")
        if time.monotonic() > until:
            raise Refused(
                f"{part} does not answer after {READY_SECONDS:.0f} seconds; its log is {layout.log(part)}."
            )
        time.sleep(0.1)


def _kafka_answers(settings: Settings) -> bool:
    if not _listening(settings.ports["kafka"]):
        return False
    client: dict[str, Any] = {
        "bootstrap.servers": urls(settings)["kafka"],
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": ADMIN,
        "sasl.password": settings.password,
        "error_cb": lambda _: None,
        "log_level": 0,
    }
    admin = AdminClient(client)
    try:
        admin.list_topics(timeout=2)
    except KafkaException:
        return False
    return True


def _registry_answers(settings: Settings) -> bool:
    url = urls(settings)["registry"]
    try:
        with httpx.Client(timeout=2, trust_env=False) as client:
            return client.get(f"{url}/subjects").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _choose_compatibility(settings: Settings) -> None:
    """A registry that was just started gets Confluent's default where it has none: Apicurio's own is none at all."""
    url = urls(settings)["registry"]
    try:
        with httpx.Client(timeout=5, trust_env=False) as client:
            if client.get(f"{url}/config").json().get("compatibilityLevel") in (None, "NONE"):
                client.put(f"{url}/config", json={"compatibility": "BACKWARD"}).raise_for_status()
    except httpx.HTTPError as error:
        raise Refused(f"The registry would not take its compatibility level: {error}") from None


def _listening(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


def _write(path: Path, text: str) -> None:
    """Writes a file that only its owner reads: most of them hold the password."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    _refuse_elsewhere()
    layout.folder.mkdir(parents=True, exist_ok=True)
    with (layout.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _refuse_elsewhere() -> None:
    if sys.platform != "linux":
        raise Refused("`headgate local` runs on Linux only, for now.")
