"""Who holds the lock: a process on a machine, since when, about which plan."""

from __future__ import annotations

import datetime as dt
import getpass
import os
import platform
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

_PROC = Path("/proc")
_GONE = ("Z", "X", "x")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process that holds a lock, or wants to. `id` is the lock's own; `plan` what it applies, "" where nobody said.

    `machine` is equal only for processes that see each other's numbers, "" where that is not known; `started` tells
    a process from a later one with its number.
    """

    id: str
    host: str
    user: str
    pid: int
    machine: str
    started: str
    since: str
    plan: str = ""

    def __str__(self) -> str:
        """For people: `alice on ci-7, process 4711, since 2026-01-31 12:00:03 UTC`."""
        about = f", with plan {self.plan}" if self.plan else ""
        return f"{self.user} on {self.host}, process {self.pid}{about}, since {self.since}"


def this_process(plan: str = "") -> Holder:
    """This process as a holder, with a new id."""
    pid = os.getpid()
    return Holder(
        id=secrets.token_hex(4),
        host=platform.node(),
        user=_user(),
        pid=pid,
        machine=_machine(),
        started=_started(pid),
        since=f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} UTC",
        plan=plan,
    )


def has_ended(holder: Holder) -> bool:
    """Whether the holder is known to be no more: it ran on this very machine, and does not any longer.

    False wherever that cannot be known: on another machine, in another container.
    """
    if not holder.machine or holder.machine != _machine():
        return False
    return _started(holder.pid) != holder.started


def holder_to_values(holder: Holder) -> dict[str, Any]:
    """A holder as values that JSON can hold."""
    return asdict(holder)


def values_to_holder(values: Mapping[str, Any]) -> Holder:
    """The holder that `holder_to_values` wrote; what a later version added is left out."""
    return Holder(**{field.name: values[field.name] for field in fields(Holder) if field.name in values})


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"  # a container whose user has no name


def _machine() -> str:
    """The boot and the namespace that process numbers count in (Linux, proc(5) and namespaces(7)); "" elsewhere."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process began, in ticks since the boot; "" where there is none, or only what its parent has not yet heard of.

    Its name, in brackets, may hold spaces and brackets (proc(5), "stat").
    """
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *others = text.rpartition(")")[2].split()
    return "" if state in _GONE else others[18]
