"""A Flink in memory, over HTTP: a SQL Gateway and a JobManager that answer as Flink 2.3 does to what the provider asks.

Jobs compute nothing. A job's operators follow from its query: what reads, what groups, what writes; a savepoint holds those
that keep state, and restoring one that has another place is refused as Flink refuses it. `crashes` are the traces that jobs
end with a moment after they run, by name; `loops` those that they fail with over and over; `waiting` names those that never
get a slot; `down` which of `gateway` and `jobmanager` answer 503.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contracts.fakes.http_server import Answer, LoopbackServer, Request

FOLDER = "s3://states"
TERMINAL = ("FAILED", "CANCELED", "FINISHED")


@dataclass
class FakeJob:
    """A job that the JobManager knows."""

    id: str
    name: str
    statement: str
    config: dict[str, str]
    started: int
    state: str = "RUNNING"
    trace: str = ""
    fails: int = 0
    checkpoints: int = 0
    declined: int = 0
    savepoint: str = ""
    looks: int = 0

    @property
    def operators(self) -> list[list[str]]:
        """Its chains: each chain's operators, the stateful first."""
        tail = ["Calc[3]"] if "HAVING" in self.statement else []
        tail += ["out[4]: Writer", "out[4]: Committer"]
        source = "Source: KafkaSource-default_catalog.default_database.orders"
        if "GROUP BY" not in self.statement:
            return [[source, *tail]]
        return [[source, "Calc[1]"], ["GroupAggregate[2]", *tail]]

    @property
    def ids(self) -> list[str]:
        """The ids of its operators that have something in a savepoint: they follow from their places alone."""
        chains = self.operators
        return [_hash(str(i)) for i in range(len(chains))] + [_hash(f"committer {len(chains[-1])}")]

    @property
    def label(self) -> dict[str, str]:
        said = self.config.get("pipeline.global-job-parameters", "")
        return dict(one.split(":", 1) for one in said.split(",") if one)

    def taken(self) -> dict[str, Any]:
        """Its checkpoints: the one that Flink asks for before any task runs fails, and never began."""
        began = ["COMPLETED"] * self.checkpoints + ["FAILED"] * self.declined
        counts = {"completed": self.checkpoints, "failed": self.declined + 1}
        history = [{"id": i, "status": status} for i, status in enumerate(began, 1)]
        return {"counts": counts, "latest": self.latest(), "history": history[-10:]}

    def latest(self) -> dict[str, Any]:
        """Its last checkpoint, its last savepoint, and what it was restored from."""
        path = f"{FOLDER}/ckpt/{self.id}/chk-{self.checkpoints}"
        restored = self.config.get("execution.state-recovery.path")
        kept = {"id": self.checkpoints, "external_path": path, "discarded": self.state == "FINISHED"}
        saved = {"id": self.checkpoints + 1, "external_path": self.savepoint, "discarded": False}
        return {
            "completed": {**kept, "end_to_end_duration": 5, "state_size": 100} if self.checkpoints else None,
            "savepoint": saved if self.savepoint else None,
            "restored": {"external_path": restored} if restored else None,
        }


@dataclass
class FakeFlink:
    """What the cluster holds."""

    jobs: dict[str, FakeJob] = field(default_factory=dict)
    states: dict[str, list[str]] = field(default_factory=dict)
    """The operators that each savepoint and checkpoint has something of, by its path."""
    crashes: dict[str, str] = field(default_factory=dict)
    loops: dict[str, str] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)
    """Jobs whose checkpoints are never done."""
    down: set[str] = field(default_factory=set)
    lag: dict[str, int] = field(default_factory=dict)
    slots: int = 1000
    version: str = "2.3.0"
    """The SQL Gateway's; the JobManager is of 2.3.0."""
    down_after: str = ""
    """The JobManager is down after a request that ends so."""
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._sessions: dict[str, dict[str, str]] = {}
        self._answers: dict[str, tuple[int, Any]] = {}
        self.gateway = LoopbackServer(lambda request: self._answered("gateway", request))
        self.manager = LoopbackServer(lambda request: self._answered("jobmanager", request))

    def live(self, name: str) -> list[FakeJob]:
        """The jobs of a name that have not ended."""
        return [job for job in self.jobs.values() if job.name == name and job.state not in TERMINAL]

    def add(self, name: str, statement: str = "INSERT INTO `out` SELECT 1", **config: str) -> FakeJob:
        """A job that is there, whoever submitted it."""
        id_ = config.get("$internal.pipeline.job-id") or _hash(str(next(self._numbers)))
        job = FakeJob(id_, name, statement, config, next(self._numbers))
        self.jobs[id_] = job
        return job

    def close(self) -> None:
        self.gateway.close()
        self.manager.close()

    def _answered(self, part: str, request: Request) -> Answer:
        self.requests.append(str(request))
        if part in self.down:
            return Answer(
                503, {"errors": ["Service temporarily unavailable due to an ongoing leader election."]}
            )
        answer = self._gateway(request) if part == "gateway" else self._manager(request)
        if self.down_after and str(request).endswith(self.down_after):
            self.down.add("jobmanager")
        return answer

    # The SQL Gateway

    def _gateway(self, request: Request) -> Answer:
        match request.method, request.parts:
            case "GET", ("api_versions",):
                return Answer(200, {"versions": ["V1", "V2", "V3", "V4"]})
            case "GET", ("v3", "info") | ("info",):
                return Answer(200, {"productName": "Apache Flink", "version": self.version})
            case "POST", ("v3", "sessions"):
                handle = f"session-{next(self._numbers)}"
                self._sessions[handle] = {}
                return Answer(200, {"sessionHandle": handle})
            case "DELETE", ("v3", "sessions", handle):
                self._sessions.pop(handle, None)
                return Answer(200, {"status": "CLOSED"})
            case "POST", ("v3", "sessions", handle, "statements"):
                if handle not in self._sessions:
                    return _refused(
                        f"org.apache.flink.SqlGatewayException: Session '{handle}' does not exist."
                    )
                operation = f"operation-{next(self._numbers)}"
                body = request.body
                self._answers[operation] = self._run(
                    handle, body["statement"], body.get("executionConfig") or {}
                )
                return Answer(200, {"operationHandle": operation})
            case "GET", ("v3", "sessions", _, "operations", operation, "result", _):
                status, body = self._answers[operation]
                return Answer(status, body)
        return Answer(404, {"errors": ["Not found."]})

    def _run(self, handle: str, statement: str, config: dict[str, str]) -> tuple[int, Any]:
        tables = self._sessions[handle]
        wrong = re.search(r"\b(nope\w*)\b", statement)
        if wrong is not None:
            line = statement[: wrong.start()].count("\n") + 1
            column = wrong.start() - statement.rfind("\n", 0, wrong.start())
            return _error(
                "org.apache.flink.table.api.ValidationException: SQL validation failed. From line "
                f"{line}, column {column} to line {line}, column {column + 3}: Column '{wrong[1]}' not found in any table"
            )
        if found := re.match(r"CREATE (?:TEMPORARY )?(TABLE|VIEW) `?(\w+)`?", statement):
            tables[found[2]] = statement
            return _rows(["OK"])
        if statement.startswith("DESCRIBE"):
            view = tables[statement.split("`")[1]]
            names = re.findall(r"`(\w+)`", view.partition("\nFROM (\n")[0].partition(" AS ")[2])
            return _rows(*([name, _type_of(tables, name), True, None, None, None] for name in names))
        if statement.startswith("EXPLAIN"):
            return _rows([_plan(statement)])
        return self._insert(statement, config)

    def _insert(self, statement: str, config: dict[str, str]) -> tuple[int, Any]:
        id_, name = config["$internal.pipeline.job-id"], config["pipeline.name"]
        if id_ in self.jobs:
            return _error(
                "org.apache.flink.runtime.client.DuplicateApplicationSubmissionException: "
                "Application has already been submitted."
            )
        path = config.get("execution.state-recovery.path", "")
        if path and path not in self.states:
            return _error(
                f"java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '{path}'"
            )
        job = self.add(name, statement, **config)
        lenient = config.get("execution.state-recovery.ignore-unclaimed-state") == "true"
        lost = [one for one in self.states.get(path, ()) if one not in job.ids]
        if lost and not lenient:
            job.state, job.config = "FAILED", {}
            return _error(
                f"java.lang.IllegalStateException: Failed to rollback to checkpoint/savepoint {path}. Cannot map "
                f"checkpoint/savepoint state for operator {lost[0]} to the new program"
            )
        if name in self.waiting:
            job.state = "CREATED"
        return _rows([id_], job=id_)

    # The JobManager

    def _manager(self, request: Request) -> Answer:
        match request.method, request.parts:
            case "GET", ("overview",):
                taken = len([job for job in self.jobs.values() if job.state not in TERMINAL])
                free = {"slots-total": self.slots, "slots-available": self.slots - taken, "taskmanagers": 1}
                return Answer(200, {**free, "flink-version": "2.3.0"})
            case "GET", ("jobmanager", "config"):
                settings = {
                    "execution.checkpointing.savepoint-dir": FOLDER,
                    "execution.checkpointing.dir": f"{FOLDER}/ckpt",
                    "web.tmpdir": "/tmp/flink-web-1",
                }
                return Answer(200, [{"key": key, "value": value} for key, value in settings.items()])
            case "GET", ("jobs", "overview"):
                return Answer(200, {"jobs": [self._overview(job) for job in self.jobs.values()]})
            case _, ("jobs", id_, *rest) if id_ in self.jobs:
                return self._job(request, self.jobs[id_], rest)
        return Answer(404, {"errors": ["org.apache.flink.runtime.rest.NotFoundException: Job not found."]})

    def _overview(self, job: FakeJob) -> dict[str, Any]:
        return {"jid": job.id, "name": job.name, "state": job.state, "start-time": job.started}

    def _job(self, request: Request, job: FakeJob, rest: list[str]) -> Answer:
        match request.method, rest:
            case "GET", []:
                return Answer(200, self._details(job))
            case "GET", ["status"]:
                now = job.state
                job.state = "CANCELED" if now == "CANCELLING" else now  # the next look finds it ended
                return Answer(200, {"status": now})
            case "GET", ["config"]:
                said = {"execution-config": {"user-config": job.label}} if job.config else {}
                return Answer(200, {"jid": job.id, **said})
            case "GET", ["exceptions"]:
                entries = [{"exceptionName": "x", "stacktrace": job.trace}] * job.fails
                return Answer(200, {"exceptionHistory": {"entries": entries}})
            case "GET", ["checkpoints"]:
                return Answer(200, job.taken())
            case "PATCH", []:
                job.state = job.state if job.state in TERMINAL else "CANCELLING"
                return Answer(202, {})
            case "POST", ["stop"]:
                return self._triggered(
                    job, lambda: self._stopped(job, request.body.get("targetDirectory", ""))
                )
            case "POST", ["checkpoints"]:
                return self._triggered(job, lambda: self._checkpointed(job))
            case "GET", ["savepoints" | "checkpoints", operation]:
                status, body = self._answers[operation]
                return Answer(status, body)
            case "GET", ["metrics"]:
                return Answer(200, [{"id": "numRestarts", "value": str(job.fails)}])
            case "GET", ["vertices", vertex, "subtasks", "metrics"]:
                return Answer(200, list(self._metrics(job, vertex, request.query)))
        return Answer(404, {"errors": ["Not found."]})

    def _details(self, job: FakeJob) -> dict[str, Any]:
        """What a job is at a look: one that crashes does so at the second."""
        job.looks += 1
        if job.looks > 1 and job.state not in TERMINAL and job.name in self.crashes:
            job.state, job.trace, job.fails = "FAILED", self.crashes[job.name], job.fails + 1
        if job.looks > 1 and job.state not in TERMINAL and job.name in self.loops:
            job.state, job.trace, job.fails = "RESTARTING", self.loops[job.name], job.fails + 1
        status = "RUNNING" if job.state == "RUNNING" else "SCHEDULED"
        vertices = [
            {"id": _hash(str(i)), "name": " -> ".join(chain), "status": status}
            for i, chain in enumerate(job.operators)
        ]
        return {"jid": job.id, "name": job.name, "state": job.state, "start-time": 0, "vertices": vertices}

    def _triggered(self, job: FakeJob, done: Any) -> Answer:
        operation = f"request-{next(self._numbers)}"
        if job.name in self.slow:
            self._answers[operation] = 200, {"status": {"id": "IN_PROGRESS"}, "operation": None}
        elif job.state != "RUNNING" or job.name in self.crashes or job.name in self.loops:
            cause = {
                "class": "x",
                "stack-trace": "java.lang.Exception: Checkpoint was declined (tasks not ready)",
            }
            self._answers[operation] = (
                200,
                {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": cause}},
            )
        else:
            self._answers[operation] = 200, {"status": {"id": "COMPLETED"}, "operation": done()}
        return Answer(202, {"request-id": operation})

    def _stopped(self, job: FakeJob, folder: str) -> dict[str, Any]:
        job.state, job.savepoint = "FINISHED", f"{folder}/savepoint-{job.id[:6]}-{next(self._numbers)}"
        self.states[job.savepoint] = job.ids
        return {"location": job.savepoint}

    def _checkpointed(self, job: FakeJob) -> dict[str, Any]:
        job.checkpoints += 1
        self.states[str(job.latest()["completed"]["external_path"])] = job.ids
        return {"checkpointId": job.checkpoints}

    def _metrics(self, job: FakeJob, vertex: str, query: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
        if vertex != _hash("0"):
            return
        source = "Source__KafkaSource-default_catalog_default_database_orders"
        values = {f"{source}.pendingRecords": self.lag.get(job.name, 0), f"{source}.numRecordsIn": 10}
        for name, value in values.items():
            if "get" not in query:
                yield {"id": name}
            elif name in query["get"][0].split(","):
                yield {"id": name, "sum": float(value), "max": float(value)}


def _plan(statement: str) -> str:
    """A plan in the shape of Flink's: what groups, what is kept of it before and after, what is read."""
    where = re.search(r"WHERE (.+?)(?:\n| GROUP|$)", statement)
    group = re.search(r"GROUP BY (\w+)", statement)
    lines = ["Sink(table=[default_catalog.default_database.out], fields=[customer, n], changelogMode=[NONE])"]
    if group is not None:
        calls = re.findall(r"(\w+\([^)]*\)) AS (\w+)", statement.rpartition("FROM (\n")[2])
        select = ", ".join([group[1], *(f"{call} AS {name}" for call, name in calls)])
        lines += [
            f"GroupAggregate(groupBy=[{group[1]}], select=[{select}], changelogMode=[I,UA])",
            f"Exchange(distribution=[hash[{group[1]}]], changelogMode=[I])",
        ]
    if where is not None:
        lines.append(f"Calc(select=[customer, amount], where=[({where[1]})], changelogMode=[I])")
    lines.append(
        "TableSourceScan(table=[[default_catalog, default_database, orders]], fields=[customer, amount], changelogMode=[I])"
    )
    tree = "\n".join(f"{'   ' * (i - 1)}+- {line}" if i else line for i, line in enumerate(lines))
    plain = re.sub(r", changelogMode=\[[A-Z,]*\]", "", tree)
    return f"== Optimized Physical Plan ==\n{tree}\n\n== Optimized Execution Plan ==\n{plain}\n"


def _type_of(tables: dict[str, str], name: str) -> str:
    """The type of a column, as the last table has it that was made."""
    table = [text for text in tables.values() if text.startswith("CREATE TABLE")][-1]
    found = re.search(rf"`{name}` ([A-Z]+(?:\([\d, ]+\))?)", table)
    return found[1] if found is not None else "STRING"


def _rows(*rows: list[Any], job: str = "") -> tuple[int, Any]:
    data = [{"kind": "INSERT", "fields": list(row)} for row in rows]
    page = {"resultType": "PAYLOAD", "results": {"columns": [], "rowFormat": "JSON", "data": data}}
    return 200, page | ({"jobID": job} if job else {})


def _error(cause: str) -> tuple[int, Any]:
    trace = (
        "<Exception on server side:\norg.apache.flink.table.gateway.service.utils.SqlExecutionException: Failed to "
        f"execute the operation.\n\tat some.Frame(Frame.java:1)\nCaused by: {cause}\n\tat some.Frame(Frame.java:2)\n\n"
        "End of exception on server side>"
    )
    return 500, {"errors": ["Internal server error.", trace]}


def _refused(cause: str) -> Answer:
    status, body = _error(cause)
    return Answer(status, body)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
