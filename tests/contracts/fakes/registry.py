"""A schema registry in memory, behind the HTTP of Confluent's API; as Confluent's own, or as Apicurio 2.6 answers it.

Apicurio differs in what was seen of it: no `/schemas`, a listing that ends at a thousand subjects, NONE for a subject that
says no level (the registry's own is enforced all the same), and no level for a subject without a version.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

import httpx

from headgate.schema.compatibility import faults

GLOBAL = "BACKWARD"
CONFLUENT_URL = "http://registry.test"
APICURIO_URL = "http://registry.test/apis/ccompat/v7"


@dataclass
class FakeRegistry:
    """What the registry holds. `requests` are what was asked, in order."""

    apicurio: bool = False
    subjects: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    deleted: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    levels: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    password: str = ""

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    @property
    def url(self) -> str:
        return APICURIO_URL if self.apicurio else CONFLUENT_URL

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.password and not request.headers.get("authorization"):
            return _no(401, 401, "Unauthorized")
        raw = request.url.raw_path.decode()
        self.requests.append(f"{request.method} {raw}")
        path, _, query = raw.partition("?")
        parts = [unquote(part) for part in path.removeprefix("/apis/ccompat/v7").split("/") if part]
        asked = {key: values[0] for key, values in parse_qs(query).items()}
        body: Any = json.loads(request.content) if request.content else None
        match request.method, parts:
            case "GET", ["apis", "registry", "v2", "search", "artifacts"]:
                return self._page(int(asked["offset"]), int(asked["limit"]))
            case "GET", ["subjects"]:
                return _ok(sorted(self.subjects)[: 1000 if self.apicurio else None])
            case "GET", ["schemas"] if not self.apicurio:
                return _ok([versions[-1] for _, versions in sorted(self.subjects.items())])
            case "GET", ["subjects", name, "versions", *number]:
                return self._versions(name, *number)
            case "POST", ["subjects", name, "versions"]:
                return self._register(name, body)
            case "POST", ["compatibility", "subjects", name, "versions", *number]:
                broken = self._broken(name, body, self._level(name))
                return _ok({"is_compatible": not broken, "messages": broken})
            case "POST", ["subjects", name]:
                return self._find(name, body)
            case "DELETE", ["subjects", name, "versions", number]:
                return self._delete_version(name, int(number))
            case "DELETE", ["subjects", name]:
                return self._delete(name)
            case _, ["config", name]:
                return self._config(request.method, name, body)
        return _no(404, 0, f"RESTEASY003210: Could not find resource for full path: {path}")

    def _page(self, offset: int, limit: int) -> httpx.Response:
        names = sorted(self.subjects)[offset : offset + limit]
        return _ok({"artifacts": [{"id": name} for name in names], "count": len(self.subjects)})

    def _versions(self, name: str, number: str = "") -> httpx.Response:
        versions = self.subjects.get(name)
        if not versions:
            return _no(404, 40401, f"Subject '{name}' not found.")
        if not number:
            return _ok([one["version"] for one in versions])
        found = (
            versions[-1] if number == "latest" else next(v for v in versions if v["version"] == int(number))
        )
        return _ok(found)

    def _register(self, name: str, body: dict[str, Any]) -> httpx.Response:
        if body["schemaType"] != "PROTOBUF" and not isinstance(json.loads(body["schema"]), (dict, list)):
            return _no(422, 42201, "Invalid schema")
        broken = self._broken(name, body, self._level(name))
        if broken:
            return _no(409, 409, f"Schema being registered is incompatible: {broken}")
        versions = self.subjects.setdefault(name, [])
        if not any(one["schema"] == body["schema"] for one in versions):
            earlier = [*versions, *self.deleted.get(name, ())]
            number = max((one["version"] for one in earlier), default=0) + 1
            versions.append({**body, "subject": name, "version": number})
        return _ok({"id": 1})

    def _find(self, name: str, body: dict[str, Any]) -> httpx.Response:
        same = [one for one in self.subjects.get(name, ()) if one["schema"] == body["schema"]]
        return _ok(same[0]) if same else _no(404, 40403, "Schema not found")

    def _delete_version(self, name: str, number: int) -> httpx.Response:
        self.subjects[name] = [one for one in self.subjects[name] if one["version"] != number]
        return _ok(number)

    def _broken(self, name: str, body: dict[str, Any], level: str) -> list[str]:
        type_ = body["schemaType"].lower()
        earlier = [json.loads(one["schema"]) for one in self.subjects.get(name, [])]
        return faults(type_, level.lower(), json.loads(body["schema"]), earlier)

    def _level(self, name: str) -> str:
        return self.levels.get(name, GLOBAL)

    def _config(self, method: str, name: str, body: dict[str, Any]) -> httpx.Response:
        if self.apicurio and name not in {*self.subjects, *self.deleted}:
            return _no(404, 40401, f"No artifact with ID '{name}' in group 'null' was found.")
        if method == "PUT":
            self.levels[name] = body["compatibility"]
        elif name not in self.levels:
            return _ok({"compatibilityLevel": "NONE"}) if self.apicurio else _no(404, 40408, "not configured")
        elif method == "DELETE":
            del self.levels[name]
        return _ok({"compatibilityLevel": self.levels.get(name, GLOBAL)})

    def _delete(self, name: str) -> httpx.Response:
        if name not in self.subjects:
            return _no(404, 40401, f"Subject '{name}' not found.")
        versions = self.subjects.pop(name)
        self.deleted[name] = [*self.deleted.get(name, ()), *versions]
        return _ok([one["version"] for one in versions])


def _ok(value: Any) -> httpx.Response:
    return httpx.Response(200, json=value)


def _no(status: int, code: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"error_code": code, "message": message})
