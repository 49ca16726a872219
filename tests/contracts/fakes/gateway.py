"""A Conduktor Gateway in memory, over HTTP: it answers as Conduktor's references say (`gateway/v2`, Gateway 3.9 and later).

It is no Gateway: nothing is masked here. What it keeps to is what a client meets: which names and scopes it takes, what must
be there first, what it stores of a document and adds to it, what its dry mode looks at and what not, how it refuses.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from contracts.fakes.http_server import Answer, LoopbackServer, Request

USER, PASSWORD = "admin", "conduktor-of-nobody"
MASK = "io.conduktor.gateway.interceptor.FieldLevelDataMaskingPlugin"
PLUGINS = (MASK, "io.conduktor.gateway.interceptor.VirtualSqlTopicPlugin")
NAMES = {
    "service-account": r"[a-zA-Z0-9_-]{3,64}",
    "group": r"[a-zA-Z0-9_-]{1,100}",
    "interceptor": r"[a-zA-Z0-9_.-]+",
}
KINDS = {"service-account": "GatewayServiceAccount", "group": "GatewayGroup", "interceptor": "Interceptor"}
PASSTHROUGH = "passthrough"

Key = tuple[str, ...]


class Refusal(Exception):
    def __init__(self, status: int, title: str, cause: str = "") -> None:
        super().__init__(title)
        self.answer = Answer(status, {"title": title, **({"cause": cause} if cause else {})})


@dataclass
class FakeConduktorGateway:
    """What the Gateway holds, by kind and identity. `older` spells results as Gateways before 3.9 do.

    `before_look` is another writer: it is called before each look at a group.
    """

    older: bool = False
    stored: dict[str, dict[Key, dict[str, Any]]] = field(default_factory=lambda: {path: {} for path in KINDS})
    before_look: Callable[[], None] = lambda: None
    unlicensed: bool = False
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = LoopbackServer(self.answer)

    @property
    def url(self) -> str:
        return self.server.url

    def group(self, name: str) -> list[str] | None:
        """The names of a group's members."""
        found = self.stored["group"].get((name,))
        return None if found is None else [one["name"] for one in found["spec"]["members"]]

    def answer(self, request: Request) -> Answer:
        dry = request.query.get("dryMode") == ["true"]
        self.requests.append(str(request) + (" dry" if dry else ""))
        try:
            if request.headers.get("authorization") != _basic(USER, PASSWORD):
                raise Refusal(401, "Unauthorized")
            return self._answer(request, dry)
        except Refusal as refusal:
            return refusal.answer

    def _answer(self, request: Request, dry: bool) -> Answer:
        match request.method, request.parts:
            case "GET", ("gateway", "v2", "plugin"):
                return Answer(200, [{"plugin": one, "pluginId": one} for one in PLUGINS])
            case "GET", ("gateway", "v2", path) if path in KINDS:
                return Answer(200, list(self.stored[path].values()))
            case "GET", ("gateway", "v2", "group", name):
                self.before_look()
                return Answer(200, self._there("group", (name,)))
            case "PUT", ("gateway", "v2", path) if path in KINDS:
                return self.put(path, request.body, dry)
            case "DELETE", ("gateway", "v2", "service-account"):
                return self._delete("service-account", self._account(request.body))
            case "DELETE", ("gateway", "v2", "group", name):
                return self._delete("group", (name,))
            case "DELETE", ("gateway", "v2", "interceptor", name):
                if request.body is None:
                    raise Refusal(400, "The scope is missing")
                return self._delete("interceptor", (name, *_scope(request.body)))
        raise Refusal(404, "Not found")

    def put(self, path: str, document: dict[str, Any], dry: bool = False) -> Answer:
        """A document is stored as the Gateway stores it."""
        if document.get("kind") != KINDS[path] or document.get("apiVersion") != "gateway/v2":
            raise Refusal(400, "Invalid kind or apiVersion")
        name = document["metadata"]["name"]
        if not re.fullmatch(NAMES[path], name):
            raise Refusal(400, "Invalid name", f"{name} does not match {NAMES[path]}")
        key, document = getattr(self, "_" + path.replace("-", "_"))(name, document, dry)
        before = self.stored[path].get(key)
        result = "Created" if before is None else "NotChanged" if before == document else "Updated"
        if not dry:
            self.stored[path][key] = document
        if self.older:
            result = {"NotChanged": "NOT_CHANGED"}.get(result, result.upper())
        return Answer(200, {"resource": document, "upsertResult": result})

    def _service_account(self, name: str, document: dict[str, Any], dry: bool) -> tuple[Key, dict[str, Any]]:
        spec = document["spec"]
        if spec["type"] == "EXTERNAL":
            names = spec.get("externalNames") or []
            if len(names) != 1:
                raise Refusal(400, "An external service account has exactly one external name")
            others = (
                one for key, one in self.stored["service-account"].items() if key != (PASSTHROUGH, name)
            )
            if any(one["spec"].get("externalNames") == names for one in others):
                raise Refusal(409, "The external name is taken", f"{names[0]} is of another service account")
        metadata = {"name": name, "vCluster": document["metadata"].get("vCluster", PASSTHROUGH)}
        return (metadata["vCluster"], name), {**document, "metadata": metadata}

    def _group(self, name: str, document: dict[str, Any], dry: bool) -> tuple[Key, dict[str, Any]]:
        spec = document["spec"]
        members = [{"vCluster": PASSTHROUGH, **one} for one in spec.get("members") or []]
        for one in members:
            self._there("service-account", (one["vCluster"], one["name"]))
        spec = {"members": members, "externalGroups": spec.get("externalGroups") or []}
        return (name,), {**document, "spec": spec}

    def _interceptor(self, name: str, document: dict[str, Any], dry: bool) -> tuple[Key, dict[str, Any]]:
        scope = document["metadata"].get("scope")
        said = scope if scope is not None else {"vCluster": PASSTHROUGH}
        if said.get("group") and said.get("username"):
            raise Refusal(400, "A scope has a group or a username")
        if said.get("group"):
            self._there("group", (said["group"],))
        spec = document["spec"]
        if not isinstance(spec.get("priority"), int) or not isinstance(spec.get("config"), dict):
            raise Refusal(400, "An interceptor needs a priority and a config")
        if not dry:  # its dry mode checks neither
            if self.unlicensed:
                raise Refusal(403, "This interceptor is not covered by the license")
            if spec.get("pluginClass") not in PLUGINS:
                raise Refusal(400, "Invalid plugin class", str(spec.get("pluginClass")))
            if spec["pluginClass"] == MASK and "policies" not in spec["config"]:
                raise Refusal(400, "Invalid config", "policies is missing")
        whole = {part: said.get(part) for part in ("vCluster", "group", "username")}
        return (name, *_scope(said)), {**document, "metadata": {"name": name, "scope": whole}}

    def _delete(self, path: str, key: Key) -> Answer:
        self._there(path, key)
        if path == "service-account":
            for group in self.stored["group"].values():
                if key in [(one["vCluster"], one["name"]) for one in group["spec"]["members"]]:
                    raise Refusal(
                        409, "The service account is in use", f"by group {group['metadata']['name']}"
                    )
        if path == "group":
            for one in self.stored["interceptor"].values():
                if one["metadata"]["scope"]["group"] == key[0]:
                    raise Refusal(409, "The group is in use", f"by interceptor {one['metadata']['name']}")
        del self.stored[path][key]
        return Answer(204)

    def _there(self, path: str, key: Key) -> dict[str, Any]:
        if key not in self.stored[path]:
            raise Refusal(404, f"{KINDS[path]} not found", "/".join(key))
        return self.stored[path][key]

    def _account(self, body: dict[str, Any] | None) -> Key:
        if body is None:
            raise Refusal(400, "The name is missing")
        return body.get("vCluster", PASSTHROUGH), body["name"]


def _scope(scope: dict[str, Any]) -> Key:
    return tuple(scope.get(part) or "" for part in ("vCluster", "group", "username"))


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
