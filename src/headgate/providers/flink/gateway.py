"""The SQL Gateway: one throw-away session for each thing that is asked of it (Flink docs, "REST Endpoint")."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from headgate.ports import PermanentFailure, TemporaryFailure
from headgate.providers.flink.rest import Rejected, Rest
from headgate.providers.flink.versions import release

_VERSIONS = ("v3", "v2", "v1")
_PATIENCE_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a statement's answer, and the job that it started."""

    rows: tuple[tuple[Any, ...], ...]
    job: str = ""

    @property
    def text(self) -> str:
        """The answer of a statement that says one text."""
        return str(self.rows[0][0]) if self.rows else ""


class Gateway:
    """A SQL Gateway; its version is asked for once."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._prefix = ""
        self._flink = ""

    @property
    def flink(self) -> str:
        """Flink's release there: `2.3`. PermanentFailure where it is too old."""
        if not self._flink:
            said = str(self._ask("GET", "/info").get("version", ""))
            try:
                self._flink = release(said)
            except PermanentFailure as failure:
                raise PermanentFailure(f"the SQL Gateway cannot be used: {failure}") from None
        return self._flink

    @contextmanager
    def session(self, properties: Mapping[str, str]) -> Iterator[Session]:
        """A session with these settings, whose tables nobody else sees and that leaves nothing; its jobs go on."""
        opened = self._ask("POST", "/sessions", {"sessionName": "headgate", "properties": dict(properties)})
        path = f"/sessions/{opened['sessionHandle']}"
        try:
            yield Session(self, path)
        finally:
            with suppress(TemporaryFailure, Rejected):
                self._ask("DELETE", path)

    def close(self) -> None:
        self._rest.close()

    def _ask(self, method: str, path: str, json: Mapping[str, Any] | None = None) -> Any:
        if not self._prefix:
            offered = {str(v).lower() for v in self._rest.ask("GET", "/api_versions").get("versions", ())}
            self._prefix = next((f"/{version}" for version in _VERSIONS if version in offered), "/v1")
        return self._rest.ask(method, self._prefix + path, json)


class Session:
    """An open session."""

    def __init__(self, gateway: Gateway, path: str) -> None:
        self._gateway = gateway
        self._path = path

    def run(self, statement: str, config: Mapping[str, str] | None = None) -> Answer:
        """What a statement answers, run with settings for it alone. `Rejected` where Flink refuses it."""
        asked = self._gateway._ask(
            "POST",
            f"{self._path}/statements",
            {"statement": statement, "executionConfig": dict(config or {})},
        )
        base = f"{self._path}/operations/{asked['operationHandle']}/result"
        rows: list[tuple[Any, ...]] = []
        job, token, pause, until = "", 0, 0.01, time.monotonic() + _PATIENCE_SECONDS
        while True:
            page = self._gateway._ask("GET", f"{base}/{token}")
            job = page.get("jobID") or job
            if page["resultType"] == "NOT_READY":
                if time.monotonic() > until:
                    raise TemporaryFailure(
                        f"the SQL Gateway has no answer after {_PATIENCE_SECONDS:.0f} seconds"
                    )
                time.sleep(pause)
                pause = min(pause * 1.5, 0.2)
                continue
            rows += [tuple(row["fields"]) for row in (page.get("results") or {}).get("data", ())]
            token += 1
            if page["resultType"] == "EOS" or not page.get("nextResultUri"):
                return Answer(tuple(rows), job)

    def settings(self) -> Mapping[str, str]:
        """The settings in force, the gateway's own included."""
        found: Mapping[str, str] = self._gateway._ask("GET", self._path)["properties"]
        return found
