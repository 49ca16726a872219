"""A REST service of Flink's, asked over HTTP: what it answers as plain values, what it refuses as an exception."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from headgate.ports import TemporaryFailure

_CAUSE = re.compile(
    r"^(?:Caused by: )?([\w.$]+(?:Exception|Error)\w*)(?:: ((?:.|\n(?!\tat |\s*\.\.\. \d|Caused by: |[\w.$]+(?:Exception|Error)\b))*))?",
    re.MULTILINE,
)
_PLACE = re.compile(r"line (\d+), column (\d+)")
_WRAPPERS = (
    "CompletionException",
    "RestClientException",
    "ExecutionException",
    "SqlExecutionException",
    "SerializedThrowable",
)


class Rejected(Exception):
    """The service will not do it; `kind` is the name of its reason's class, without its package.

    `place` is the line and column of the statement that it names; zeros where it names none.
    """

    def __init__(
        self, message: str, kind: str = "", status: int = 0, place: tuple[int, int] = (0, 0)
    ) -> None:
        super().__init__(message)
        self.place = place
        self.kind = kind
        self.status = status


class Rest:
    """One service: `what` names it to people. Secrets are taken out of whatever it says."""

    def __init__(
        self,
        url: str,
        what: str,
        *,
        hide: Callable[[str], str],
        login: tuple[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.what = what
        self.hide = hide
        self._client = httpx.Client(
            auth=login, timeout=httpx.Timeout(60, connect=5), trust_env=False, transport=transport
        )

    def ask(self, method: str, path: str, json: Mapping[str, Any] | None = None) -> Any:
        """What it answers. TemporaryFailure where it cannot be reached, `Rejected` where it refuses."""
        try:
            answer = self._client.request(method, self.url + path, json=json)
            if answer.is_success:
                return answer.json() if answer.content else {}
        except (httpx.HTTPError, ValueError) as error:
            raise TemporaryFailure(f"{self.what} at {self.url} does not answer: {_why(error)}") from None
        if answer.status_code in (401, 403, 429, 502, 503, 504):
            raise TemporaryFailure(f"{self.what} at {self.url} answers {answer.status_code}")
        raise self._rejected(answer)

    def close(self) -> None:
        self._client.close()

    def _rejected(self, answer: httpx.Response) -> Rejected:
        try:
            errors = answer.json().get("errors") or [""]
        except (ValueError, AttributeError):
            errors = [answer.text[:300]]
        said = str(errors[-1])
        kind, message = root_cause(said)
        found = _PLACE.search(said)
        return Rejected(
            self.hide(message or f"{self.what} answers {answer.status_code}"),
            kind,
            answer.status_code,
            (int(found[1]), int(found[2])) if found else (0, 0),
        )


def root_cause(trace: str) -> tuple[str, str]:
    """The class (without its package) and message of a stack trace's last cause that says something."""
    found = [(m[1].rpartition(".")[2], (m[2] or "").strip()) for m in _CAUSE.finditer(trace)]
    said = [one for one in found if one[1] and one[0] not in _WRAPPERS] or found
    if not said:
        return "", trace.strip().partition("\n")[0]
    kind, message = said[-1]
    return kind, message or kind


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__
