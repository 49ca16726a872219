"""Ports of the loopback that a stack may keep."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack
from pathlib import Path

from headgate.local.settings import HOST

FIRST = 10_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at now, all different.

    They lie below those that the kernel gives to outgoing connections, one of which would else take the port of a part that is
    down for a moment.
    """
    candidates = list(range(FIRST, max(_first_given_away(), FIRST + 10 * count)))
    random.SystemRandom().shuffle(candidates)
    found: list[int] = []
    with ExitStack() as held:
        for port in candidates:
            if len(found) == count:
                break
            one = held.enter_context(socket.socket())
            try:
                one.bind((HOST, port))
            except OSError:
                continue
            found.append(port)
    return found


def _first_given_away() -> int:
    """Where the kernel's range for outgoing connections begins (ip(7))."""
    try:
        return int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768
