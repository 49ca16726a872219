"""A job submitted, and watched until it is known to run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from headgate.ports import Connections, PermanentFailure, TemporaryFailure
from headgate.providers.flink.fingerprint import fingerprint
from headgate.providers.flink.gateway import Gateway
from headgate.providers.flink.jobmanager import TERMINAL, JobManager, NotDone
from headgate.providers.flink.jobs import Thing, stateful_parts
from headgate.providers.flink.labels import KEY, REMOVED, Label, Parts, job_id
from headgate.providers.flink.redact import redacted
from headgate.providers.flink.rest import Rejected
from headgate.providers.flink.script import read_script
from headgate.providers.flink.versions import release

_DUPLICATE = "Duplicate"
"""What the names of Flink's exceptions begin with that refuse an id it has seen (`DuplicateJobSubmissionException` in 1.x)."""

_MOVED = "Cannot map checkpoint/savepoint state for operator"


class Moved(Exception):
    """A savepoint holds state of an operator that the job does not have in that place."""


class NotRunning(Exception):
    """A job does not come to run; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long things may take, in seconds."""

    run: float = 120.0
    checkpoint: float = 60.0
    savepoint: float = 600.0
    answer: float = 20.0
    between: float = 0.1
    moment: float = 1.0
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a job begins: at a savepoint or retained checkpoint, else where its script says, or at `mode`.

    With `keeping`, state is left behind that no operator asks for; these parts must be in their places.
    """

    path: str = ""
    mode: str = ""
    keeping: Parts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flink:
    """One cluster: its SQL Gateway, its JobManager, and who we are to it."""

    gateway: Gateway
    manager: JobManager
    connections: Connections
    patience: Patience

    @property
    def owner(self) -> str:
        return f"{self.connections.project}/{self.connections.environment}"

    def submit(self, name: str, label: Label, thing: Thing, start: Start) -> str:
        """The job runs or will; its id. A second submission of the same to what there is now finds the first one."""
        assert label.fields is not None
        script = read_script(str(label.fields["sql"])).filled(self.connections.fill)
        if start.mode:
            script = script.starting(start.mode)
        settings = {str(k): str(v) for k, v in label.fields.get("settings", {}).items()}
        job = self._free_id(label, thing)
        own = {
            "pipeline.name": name,
            **self._carried(replace(label, origin=start.path, keeping=start.keeping or {}), job),
            **_recovery(start),
        }
        with self.gateway.session(settings) as session:
            try:
                for statement in script.declarations:
                    session.run(statement)
                session.run(script.insert, settings | own)
            except Rejected as rejected:
                if _MOVED in str(rejected) and start.keeping is None:
                    raise Moved(str(rejected)) from None
                if not rejected.kind.startswith(_DUPLICATE):
                    raise PermanentFailure(f"Flink refuses the job: {rejected}") from None
        return job

    def state(self, fields: Mapping[str, Any]) -> list[str]:
        """What the state of a job with these fields depends on, as Flink plans it now. `Rejected` where it will not."""
        script = read_script(str(fields["sql"]))
        filled = script.filled(self.connections.fill)
        with self.gateway.session({str(k): str(v) for k, v in fields.get("settings", {}).items()}) as session:
            for statement in filled.declarations:
                session.run(statement)
            plan = session.run(f"EXPLAIN {filled.insert}").text
        return fingerprint(plan, script, self.gateway.flink)

    def mark_removed(self, name: str, label: Label, thing: Thing) -> None:
        """A job that does nothing takes its place, so that nobody goes on from where it stood."""
        job = self._free_id(label, thing)
        config = {"pipeline.name": name + REMOVED, **self._carried(label, job)}
        with self.gateway.session({}) as session:
            try:
                session.run("CREATE TABLE nothing (x INT) WITH ('connector' = 'blackhole')")
                session.run("INSERT INTO nothing VALUES (1)", config)
            except Rejected as rejected:
                if not rejected.kind.startswith(_DUPLICATE):
                    raise PermanentFailure(f"Flink would not note the removal: {rejected}") from None
        self.manager.cancel(job)

    def cancel(self, job: str) -> None:
        """It has ended, keeping its last checkpoint; TemporaryFailure where it takes too long."""
        self.manager.cancel(job)
        until = time.monotonic() + self.patience.run
        while self.manager.status(job) not in ("", *TERMINAL):
            if time.monotonic() > until:
                raise TemporaryFailure(f"the job does not end within {self.patience.run:.0f} seconds")
            self.patience.sleep(self.patience.between)

    def stateful(self, job: str) -> Parts:
        """The parts of a job that may keep state, as soon as they are known."""
        until = time.monotonic() + self.patience.run
        while (said := self.manager.job(job)).get("state") == "INITIALIZING" and time.monotonic() < until:
            self.patience.sleep(self.patience.between)
        return stateful_parts(said)

    def await_running(self, job: str, sql: str, *, known: bool = False) -> None:
        """It runs, has completed a checkpoint since, and ran on for a moment; `NotRunning` where it will not.

        That every vertex is RUNNING shows nothing yet: a record that cannot be read fails a job a moment later. One that
        was `known` before is fine if it runs, and what it failed with before does not count.
        """
        until = time.monotonic() + self.patience.run
        failed_before: int | None = None
        forgiven = len(self.manager.failures(job)) if known else 0
        while True:
            said = self.manager.job(job)
            if said.get("state") == "FINISHED":
                return
            failures = self.manager.failures(job)
            if said.get("state") in ("FAILED", "CANCELED") or len(failures) - forgiven > 1:
                raise NotRunning(self._why(failures, sql))
            runs = _runs(said)
            if runs and (known or len(failures) == failed_before):
                return
            if not runs and time.monotonic() > until:
                raise NotRunning(self._why(failures, sql) or self._waiting(said))
            if runs and self._checkpointed(job, until):
                failed_before = len(failures)
                self.patience.sleep(max(self.patience.moment, self.manager.refresh_seconds))
            else:
                self.patience.sleep(self.patience.between)

    def _checkpointed(self, job: str, until: float) -> bool:
        """Whether it has taken a checkpoint, or has run so long that one is a matter of how much there is to read."""
        try:
            self.manager.checkpoint(job, self.patience.checkpoint)
        except (Rejected, NotDone):
            return time.monotonic() > until or bool(
                (self.manager.checkpoints(job).get("counts") or {}).get("completed")
            )
        return True

    def _waiting(self, said: Mapping[str, Any]) -> str:
        counts = self.manager.overview()
        if not counts.get("slots-available"):
            return f"no free slot among the {counts.get('slots-total', 0)} of {counts.get('taskmanagers', 0)} TaskManagers"
        return f"it is {said.get('state', 'not known')} after {self.patience.run:.0f} seconds"

    def why(self, job: str, sql: str) -> str:
        """Why a job failed last, without the records that made it; "" where it never did."""
        return self._why(self.manager.failures(job), sql)

    def _why(self, failures: list[tuple[str, str]], sql: str) -> str:
        if not failures:
            return ""
        kind, message = failures[0]
        return self.connections.hide(f"{kind}: {redacted(message, sql)}")

    def _free_id(self, label: Label, thing: Thing) -> str:
        life = self.manager.setting("web.tmpdir")  # new with each start of a JobManager
        tries = range(len(thing.used) + 1)
        return next(one for n in tries if (one := job_id(label, life, n)) not in thing.used)

    def _carried(self, label: Label, job: str) -> dict[str, str]:
        return {
            "$internal.pipeline.job-id": job,
            "pipeline.global-job-parameters": f"{KEY}:{label.written()}",
            "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        }

    def slots_needed(self, fields: Mapping[str, Any]) -> int:
        """How many slots a job takes: as many as its parallelism."""
        said = fields.get("settings", {}).get("parallelism.default")
        return int(said or self.manager.setting("parallelism.default") or 1)

    def check_room(self, fields: Mapping[str, Any], freed: int = 0) -> None:
        """TemporaryFailure where the cluster has no slots for a job: Flink would retry it and give it up.

        PermanentFailure where its SQL Gateway is of another release than it: jobs are handed over as Java objects.
        """
        counts = self.manager.overview()
        theirs = release(str(counts.get("flink-version", "")))
        if theirs != self.gateway.flink:
            raise PermanentFailure(
                f"the SQL Gateway is of Flink {self.gateway.flink}, the JobManager of {theirs}: both must be of one release"
            )
        free, needed = int(counts["slots-available"]) + freed, self.slots_needed(fields)
        if not counts["taskmanagers"]:
            raise TemporaryFailure("no TaskManager is there to run the job")
        if free < needed:
            raise TemporaryFailure(
                f"the job needs {needed} slots, and {free} of {counts['slots-total']} are free"
            )

    def close(self) -> None:
        self.gateway.close()
        self.manager.close()


def _recovery(start: Start) -> dict[str, str]:
    if not start.path:
        return {}
    return {
        "execution.state-recovery.path": start.path,
        "execution.state-recovery.claim-mode": "NO_CLAIM",
        "execution.state-recovery.ignore-unclaimed-state": "false" if start.keeping is None else "true",
    }


def _runs(said: Mapping[str, Any]) -> bool:
    vertices = said.get("vertices") or ()
    return bool(vertices) and all(v["status"] in ("RUNNING", "FINISHED") for v in vertices)
