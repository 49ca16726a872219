"""A Connect worker in memory, over HTTP: it answers as Kafka Connect 4.3 does to what the provider asks.

Connectors run nothing. `dies` are the traces with which tasks end, by a connector's name; `refuses` what a class finds wrong
with settings; `rebalances` how many requests are refused as while the workers divide their work; tasks of the `unassigned`
are nobody's. For `slow` looks after a change, a task runs by what its configuration was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contracts.fakes.http_server import Answer, LoopbackServer, Request

FILE_SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"
PLUGINS = {
    FILE_SINK: "sink",
    "org.apache.kafka.connect.storage.StringConverter": "converter",
    "org.apache.kafka.connect.json.JsonConverter": "converter",
}
REBALANCING = "Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)"
EXPECTED = "Request cannot be completed because a rebalance is expected"
NEEDED = ("connector.class", "topics", "name")


@dataclass
class FakeConnector:
    config: dict[str, str]
    held: str = ""
    before: dict[str, str] | None = None
    """What its task goes by while it is held: Connect gives a task its new configuration when it goes on."""
    trace: str = ""
    looks: int = 0
    """How often its status was looked at since it was started: a task that dies does so at the second look."""

    @property
    def running(self) -> dict[str, str]:
        return self.config if self.before is None else self.before


@dataclass
class FakeConnectWorker:
    """What the worker holds."""

    connectors: dict[str, FakeConnector] = field(default_factory=dict)
    dies: dict[str, str] = field(default_factory=dict)
    refuses: dict[str, str] = field(default_factory=dict)
    offsets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rebalances: int = 0
    slow: int = 0
    unassigned: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = LoopbackServer(self.answer)

    @property
    def url(self) -> str:
        return self.server.url

    def changes(self) -> list[str]:
        """What was asked for that changes something."""
        return [r for r in self.requests if not r.startswith("GET") and not r.endswith("/validate")]

    def answer(self, request: Request) -> Answer:
        self.requests.append(str(request))
        if self.rebalances:
            self.rebalances -= 1
            return _error(500, EXPECTED) if request.method == "GET" else _error(409, REBALANCING)
        match request.method, request.parts:
            case "GET", ("connectors",):
                return Answer(200, {n: self._expanded(n, request.query) for n in self.connectors})
            case "GET", ("connector-plugins",):
                return Answer(200, [{"class": c, "type": t, "version": "4.3.1"} for c, t in PLUGINS.items()])
            case "PUT", ("connector-plugins", class_, "config", "validate"):
                return self._validated(class_, request.body)
            case "PUT", ("connectors", name, "config"):
                return self._put(name, request.body)
            case method, ("connectors", name, *rest):
                if name not in self.connectors:
                    return _error(404, f"Connector {name} not found")
                return self._of(method, name, tuple(rest), request)
        return _error(404, "HTTP 404 Not Found")

    def _of(self, method: str, name: str, rest: tuple[str, ...], request: Request) -> Answer:
        one = self.connectors[name]
        match method, rest:
            case "GET", ("config",):
                return Answer(200, one.config)
            case "GET", ("status",):
                return Answer(200, self._status(name))
            case "GET", ("tasks",):
                return Answer(200, [{"id": {"connector": name, "task": 0}, "config": self._task(one)}])
            case "GET", ("offsets",):
                return Answer(200, {"offsets": self.offsets.get(name, [])})
            case "DELETE", ():
                del self.connectors[name]
                return Answer(204)
            case "PUT", ("pause",):
                one.held = "PAUSED"
                return Answer(202)
            case "PUT", ("resume",):
                one.held, one.before = "", None
                return Answer(202)
            case "POST", ("restart",):
                assert request.query == {"includeTasks": ["true"], "onlyFailed": ["true"]}
                one.trace, one.looks = "", 0
                return Answer(202, self._status(name))
        return _error(405, "HTTP 405 Method Not Allowed")

    def _task(self, one: FakeConnector) -> dict[str, str]:
        config = one.running
        if not one.held:
            self.slow = max(0, self.slow - 1)
            one.before = one.before if self.slow else None
        return config

    def _put(self, name: str, config: dict[str, Any]) -> Answer:
        if not all(isinstance(value, str) for value in config.values()):
            return _error(400, "Connector configuration values must be strings")
        if config.get("connector.class") not in PLUGINS:
            class_ = config.get("connector.class")
            return _error(
                400, f"Failed to find any class that implements Connector and which name matches {class_}"
            )
        created = name not in self.connectors
        held = "" if created else self.connectors[name].held
        before = None if created or not (held or self.slow) else self.connectors[name].running
        self.connectors[name] = FakeConnector({**config, "name": name}, held, before)
        return Answer(201 if created else 200, {"name": name, "config": config, "tasks": []})

    def _validated(self, class_: str, config: dict[str, str]) -> Answer:
        missing = {key: "Missing required configuration" for key in NEEDED if key not in config}
        wrong = missing | {key: why for key, why in self.refuses.items() if key in config}
        values = [
            {
                "definition": {"name": key},
                "value": {"name": key, "errors": [wrong[key]] if key in wrong else []},
            }
            for key in {**dict.fromkeys(NEEDED), **config}
        ]
        return Answer(200, {"name": class_, "error_count": len(wrong), "configs": values})

    def _expanded(self, name: str, query: dict[str, list[str]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "info" in query.get("expand", []):
            found["info"] = {"name": name, "config": self.connectors[name].config, "tasks": []}
        if "status" in query.get("expand", []):
            found["status"] = self._status(name)
        return found

    def _status(self, name: str) -> dict[str, Any]:
        one = self.connectors[name]
        one.looks += 1
        if name in self.dies and one.looks > 1:
            one.trace = self.dies[name]
        state = one.held or (
            "FAILED" if one.trace else "UNASSIGNED" if name in self.unassigned else "RUNNING"
        )
        task: dict[str, Any] = {"id": 0, "state": state, "worker_id": "127.0.0.1:8083"}
        if one.trace:
            task["trace"] = one.trace
        return {
            "name": name,
            "connector": {"state": one.held or "RUNNING", "worker_id": "127.0.0.1:8083"},
            "tasks": [task],
            "type": "sink",
        }


def _error(status: int, message: str) -> Answer:
    return Answer(status, {"error_code": status, "message": message})
