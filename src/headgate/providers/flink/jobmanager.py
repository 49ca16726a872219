"""The JobManager's REST API: the jobs it knows, and what it does with them (Flink docs, "REST API")."""

from __future__ import annotations

import time
from typing import Any

from headgate.ports import PermanentFailure, TemporaryFailure
from headgate.providers.flink.rest import Rejected, Rest

_BEGINNING_SECONDS = 5.0
TERMINAL = frozenset({"FAILED", "CANCELED", "FINISHED"})


class NotDone(TemporaryFailure):
    """Something that takes its time is not done yet; it goes on."""


class JobManager:
    """A JobManager; what cannot change of a job is asked for once."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._parameters: dict[str, dict[str, str]] = {}

    def overview(self) -> dict[str, Any]:
        """TaskManagers, slots and jobs, counted; Flink's version."""
        found: dict[str, Any] = self._rest.ask("GET", "/overview")
        return found

    def jobs(self) -> list[dict[str, Any]]:
        """The jobs that it knows: those that run, and those that ended a while ago at most."""
        found: list[dict[str, Any]] = self._rest.ask("GET", "/jobs/overview")["jobs"]
        return found

    def parameters(self, job: str) -> dict[str, str]:
        """The job's own parameters, as they were given when it was submitted; none where they are not known.

        A job that is being submitted tells them a moment later, and one that failed then never does.
        """
        until = time.monotonic() + _BEGINNING_SECONDS
        while job not in self._parameters:
            said = self._find(f"/jobs/{job}/config") or {}
            found = (said.get("execution-config") or {}).get("user-config")
            if found is not None:
                self._parameters[job] = dict(found)
            elif self.job(job).get("state") != "INITIALIZING" or time.monotonic() > until:
                return {}
            else:
                time.sleep(0.05)
        return self._parameters[job]

    def setting(self, key: str) -> str:
        """A setting of the cluster; "" where it has none. A JobManager that starts anew may have others."""
        said = self._rest.ask("GET", "/jobmanager/config")
        return next((str(one["value"]) for one in said if one["key"] == key), "")

    @property
    def refresh_seconds(self) -> float:
        """So long it tells of a job what it looked up before (`web.refresh-interval`)."""
        return float((self._find("/config") or {}).get("refresh-interval", 0)) / 1000

    @property
    def checkpoint_folder(self) -> str:
        """Where checkpoints go; "" where it is not said."""
        return self.setting("execution.checkpointing.dir") or self.setting("state.checkpoints.dir")

    @property
    def savepoint_folder(self) -> str:
        """Where savepoints go; "" where it is not said."""
        return self.setting("execution.checkpointing.savepoint-dir") or self.setting("state.savepoints.dir")

    def job(self, job: str) -> dict[str, Any]:
        """Its state and vertices; empty where it is not known."""
        return self._find(f"/jobs/{job}") or {}

    def checkpoints(self, job: str) -> dict[str, Any]:
        """Its checkpoints counted, and the latest of each kind; empty where there are none."""
        return self._find(f"/jobs/{job}/checkpoints") or {}

    def failures(self, job: str) -> list[tuple[str, str]]:
        """Why it failed, the last time first: class and message of each cause."""
        said = self._find(f"/jobs/{job}/exceptions?maxExceptions=20") or {}
        entries = (said.get("exceptionHistory") or {}).get("entries") or []
        return [self._rest.caused(str(one.get("stacktrace") or one.get("exceptionName"))) for one in entries]

    def status(self, job: str) -> str:
        """Its state, looked up now; "" where it is not known."""
        return str((self._find(f"/jobs/{job}/status") or {}).get("status", ""))

    def cancel(self, job: str) -> None:
        """It is told to end at once, keeping its last checkpoint. Nothing happens where it ended, or is not known."""
        try:
            self._rest.ask("PATCH", f"/jobs/{job}?mode=cancel")
        except Rejected as rejected:
            if rejected.status not in (404, 409):
                raise PermanentFailure(f"the JobManager would not cancel the job: {rejected}") from None

    def stop(self, job: str, folder: str, patience: float) -> str:
        """It ends after a savepoint below that folder ("": the cluster's); the savepoint's path."""
        wanted = {"drain": False, **({"targetDirectory": folder} if folder else {})}
        return str(self._triggered(job, "stop", wanted, "savepoints", patience)["location"])

    def checkpoint(self, job: str, patience: float) -> None:
        """A checkpoint is taken now. `Rejected` where the job is not able to, or this Flink."""
        self._triggered(job, "checkpoints", {"checkpointType": "FULL"}, "checkpoints", patience)

    def ask(self, path: str) -> Any:
        """What it answers at a path; None where there is no such thing."""
        return self._find(path)

    def close(self) -> None:
        self._rest.close()

    def _triggered(
        self, job: str, verb: str, wanted: dict[str, Any], kind: str, patience: float
    ) -> dict[str, Any]:
        """What became of an operation that takes its time. `COMPLETED` alone is no success: it may hold a failure."""
        request = self._rest.ask("POST", f"/jobs/{job}/{verb}", wanted)["request-id"]
        until, pause = time.monotonic() + patience, 0.02
        while True:
            said = self._rest.ask("GET", f"/jobs/{job}/{kind}/{request}")
            operation = said.get("operation") or {}
            cause = operation.get("failure-cause")
            if cause:
                kind, message = self._rest.caused(str(cause.get("stack-trace") or cause.get("class")))
                raise Rejected(message, kind)
            if said["status"]["id"] == "COMPLETED":
                return dict(operation)
            if time.monotonic() > until:
                raise NotDone(f"a {kind[:-1]} of the job is not done after {patience:.0f} seconds")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)

    def _find(self, path: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._rest.ask("GET", path)
        except Rejected as rejected:
            if rejected.status == 404:
                return None
            raise TemporaryFailure(f"the JobManager: {rejected}") from None
        return found
