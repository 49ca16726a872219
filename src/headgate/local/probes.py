"""Whether something answers on the loopback."""

from __future__ import annotations

import socket
from typing import Any

import httpx

from headgate.local.settings import HOST


def listening(port: int) -> bool:
    """Whether anybody listens at a port."""
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex((HOST, port)) == 0


def answer(url: str) -> Any:
    """What a service answers as JSON; None where it does not, or not well."""
    try:
        with httpx.Client(timeout=2, trust_env=False) as client:
            said = client.get(url)
            return said.json() if said.status_code == httpx.codes.OK else None
    except (httpx.HTTPError, ValueError):
        return None
