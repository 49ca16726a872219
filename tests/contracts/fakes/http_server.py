"""A server on loopback that a fake of a system answers through: requests in, statuses and JSON out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """What was asked: `parts` is the path in pieces, each unquoted."""

    method: str
    parts: tuple[str, ...]
    query: dict[str, list[str]]
    body: Any
    headers: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} /{'/'.join(self.parts)}"


@dataclass(frozen=True)
class Answer:
    """A status, and a body that is None where there is none."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class LoopbackServer:
    """Serves one function, one request at a time, until the test process ends or it is closed."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        lock = Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # headers and body in one packet, or each answer waits for an acknowledgement

            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                text = self.rfile.read(length)
                where = urlsplit(self.path)
                request = Request(
                    method=self.command,
                    parts=tuple(unquote(part) for part in where.path.split("/") if part),
                    query=parse_qs(where.query),
                    body=json.loads(text) if text else None,
                    headers={key.lower(): value for key, value in self.headers.items()},
                )
                with lock:
                    given = answer(request)
                body = b"" if given.body is None else json.dumps(given.body).encode()
                self.send_response(given.status)
                for key, value in given.headers.items():
                    self.send_header(key, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the server's own
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
