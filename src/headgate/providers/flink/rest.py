"""Flink's REST services: what they answer, and the reason in the stack traces that they refuse with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from headgate.providers import _http
from headgate.providers._http import Service

_CAUSE = re.compile(
    r"^(?:Caused by: )?([\w.$]+(?:Exception|Error)\w*)"
    r"(?:: ((?:.|\n(?!\tat |\s*\.\.\. \d|Caused by: |[\w.$]+(?:Exception|Error)\b))*))?",
    re.MULTILINE,
)
_PLACE = re.compile(r"line (\d+), column (\d+)")
_WRAPPERS = frozenset(
    {
        "CompletionException",
        "ExecutionException",
        "RestClientException",
        "SerializedThrowable",
        "SqlExecutionException",
    }
)


class Rejected(Exception):
    """The service will not do it; `kind` is the name of its reason's class, without its package.

    `place` is the line and column of the statement that it names; zeros where it names none.
    """

    def __init__(
        self, message: str, kind: str = "", status: int = 0, place: tuple[int, int] = (0, 0)
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.place = place


class Rest:
    """One of Flink's services. Secrets are taken out of whatever it says."""

    def __init__(self, service: Service, hide: Callable[[str], str]) -> None:
        self._service = service
        self._hide = hide

    def ask(self, method: str, path: str, json: Mapping[str, Any] | None = None) -> Any:
        """What it answers. TemporaryFailure where it cannot be asked now, `Rejected` where it refuses."""
        try:
            return self._service.ask(method, path, json)
        except _http.Rejected as rejected:
            if rejected.status in (401, 403):
                raise
            trace = _trace(rejected.body)
            kind, message = root_cause(trace)
            found = _PLACE.search(trace)
            place = (int(found[1]), int(found[2])) if found else (0, 0)
            raise Rejected(self._hide(message) or str(rejected), kind, rejected.status, place) from None

    def caused(self, trace: str) -> tuple[str, str]:
        """The class and message of a stack trace's last cause that says something."""
        kind, message = root_cause(trace)
        return kind, self._hide(message)

    def close(self) -> None:
        self._service.close()


def reason_of(body: Any) -> str:
    """What an answer says that went wrong: the last cause in its stack trace that says something."""
    return root_cause(_trace(body))[1]


def _trace(body: Any) -> str:
    errors = body.get("errors") if isinstance(body, Mapping) else None
    return str(errors[-1]) if errors else str(body or "")


def root_cause(trace: str) -> tuple[str, str]:
    """The class (without its package) and message of a stack trace's last cause that says something."""
    found = [(m[1].rpartition(".")[2], (m[2] or "").strip()) for m in _CAUSE.finditer(trace)]
    said = [one for one in found if one[1] and one[0] not in _WRAPPERS] or found
    if not said:
        return "", trace.strip().partition("\n")[0]
    kind, message = said[-1]
    return kind, message or kind
