"""Whether something answers on the loopback."""

from __future__ import annotations

import json
import socket
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from headgate.local.settings import HOST


def listening(port: int) -> bool:
    """Whether anybody listens at a port."""
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex((HOST, port)) == 0


def answer(url: str) -> Any:
    """What a service answers as JSON; None where it does not, or not well."""
    where = urlsplit(url)
    # Not httpx: it reads every certificate of the machine before its first word, many times a second here.
    connection = HTTPConnection(where.netloc, timeout=2)
    try:
        connection.request("GET", where.path)
        said = connection.getresponse()
        return json.load(said) if said.status == HTTPStatus.OK else None
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
