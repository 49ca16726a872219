"""A Conduktor Console in memory, over HTTP: it answers as Conduktor's references say (`/api/public`).

It is no Console: nobody sees anything in it, and no ACL is made. What it keeps to is what a client meets: which names it takes,
what must be there first, what cannot change, what two instances may not both own, what it adds to a document, what goes with
what is deleted, and whom it refuses.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from typing import Any

from contracts.fakes.http_server import Answer, LoopbackServer, Request

TOKEN = "token-of-nobody"
NAMES = r"[0-9a-z_.-]+"
APPLICATION, INSTANCE, ALERT = "Application", "ApplicationInstance", "Alert"
PATHS: dict[tuple[str, ...], tuple[str, str]] = {
    ("self-serve", "v1", "application"): (APPLICATION, "v1"),
    ("self-serve", "v1", "application-instance"): (INSTANCE, "v1"),
    ("monitoring", "v3", "alert"): (ALERT, "v3"),
}
OWNERS = ("group", "appInstance", "user")
METRICS = {"ConsumerGroupAlert": ("OffsetLag", "TimeLag"), "KafkaConnectAlert": ("FailedTaskCount",)}
OPERATORS = ("GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual", "NotEqual")

Key = tuple[str, ...]


class Refusal(Exception):
    def __init__(self, status: int, title: str, cause: str = "") -> None:
        super().__init__(title)
        self.answer = Answer(status, {"title": title, **({"cause": cause} if cause else {})})


@dataclass
class FakeConduktorConsole:
    """What Console holds, by kind and identity; alerts are told apart by their owners too.

    `allows` is False for the community edition, and for an application's own token. `older` spells results and versions as
    Consoles before did.
    """

    groups: set[str] = field(default_factory=lambda: {"team-shop", "team-desk"})
    clusters: set[str] = field(default_factory=lambda: {"main", "other"})
    allows: bool = True
    older: bool = False
    stored: dict[str, dict[Key, dict[str, Any]]] = field(
        default_factory=lambda: {APPLICATION: {}, INSTANCE: {}, ALERT: {}}
    )
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = LoopbackServer(self.answer)

    @property
    def url(self) -> str:
        return self.server.url

    def one(self, kind: str, name: str, owner: str = "") -> dict[str, Any]:
        """A document that is there, to look at or to change by hand."""
        return self.stored[kind][(name, "appInstance", owner) if owner else (name,)]

    def answer(self, request: Request) -> Answer:
        dry = request.query.get("dryMode") == ["true"]
        self.requests.append(str(request) + (" dry" if dry else ""))
        try:
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                raise Refusal(401, "Unauthorized")
            if not self.allows:
                raise Refusal(403, "Forbidden", "Not allowed by your plan")
            if request.parts[:2] != ("api", "public") or request.parts[2:5] not in PATHS:
                raise Refusal(404, "Not found")
            kind, version = PATHS[request.parts[2:5]]
            return self._answer(request, kind, version, dry)
        except Refusal as refusal:
            return refusal.answer

    def _answer(self, request: Request, kind: str, version: str, dry: bool) -> Answer:
        owner = tuple((key, request.query[key][0]) for key in OWNERS if key in request.query)
        match request.method, request.parts[5:]:
            case "GET", ():
                return Answer(200, [self._shown(one, version) for one in self.stored[kind].values()])
            case "GET", (name,):
                return Answer(200, self._shown(self._there(kind, self._key(kind, name, owner)), version))
            case "PUT", ():
                return self._put(kind, version, request.body, owner, dry)
            case "DELETE", (name,):
                return self._delete(kind, self._key(kind, name, owner))
        raise Refusal(404, "Not found")

    def put(self, document: dict[str, Any]) -> None:
        """A document is stored as Console stores it."""
        kind, metadata = document["kind"], document["metadata"]
        owner = tuple((key, metadata[key]) for key in OWNERS if kind == ALERT and key in metadata)
        self._put(kind, "v3" if kind == ALERT else "v1", document, owner, False)

    def _put(
        self, kind: str, version: str, document: dict[str, Any], owner: tuple[Key, ...], dry: bool
    ) -> Answer:
        if document.get("kind") != kind or document.get("apiVersion", "").rpartition("/")[2] != version:
            raise Refusal(400, "Invalid kind or apiVersion")
        metadata, spec = document["metadata"], document["spec"]
        name = metadata["name"]
        if not re.fullmatch(NAMES, name):
            raise Refusal(400, "Invalid name", f"{name} does not match {NAMES}")
        if any(key.startswith("conduktor.io/") for key in metadata.get("labels") or ()):
            raise Refusal(400, "Reserved label")
        key = self._key(kind, name, owner)
        before = self.stored[kind].get(key)
        made = {APPLICATION: self._application, INSTANCE: self._instance, ALERT: self._alert}[kind]
        metadata, spec = made(name, metadata, spec, before)
        after = {"kind": kind, "apiVersion": document["apiVersion"], "metadata": metadata, "spec": spec}
        result = "Created" if before is None else "NotChanged" if before == after else "Updated"
        if not dry:
            self.stored[kind][key] = copy.deepcopy(after)
        if self.older:
            result = {"NotChanged": "NOT_CHANGED"}.get(result, result.upper())
        return Answer(200, {"resource": after, "upsertResult": result})

    def _application(self, name: str, metadata: Any, spec: Any, before: Any) -> tuple[Any, Any]:
        if not spec.get("title"):
            raise Refusal(400, "An application has a title")
        if spec.get("owner") not in self.groups:
            raise Refusal(400, "Unknown group", str(spec.get("owner")))
        return metadata, {"policyRef": [], **spec}

    def _instance(self, name: str, metadata: Any, spec: Any, before: Any) -> tuple[Any, Any]:
        if (metadata.get("application"),) not in self.stored[APPLICATION]:
            raise Refusal(400, "Unknown application", str(metadata.get("application")))
        cluster = spec.get("cluster")
        if cluster not in self.clusters:
            raise Refusal(400, "Unknown cluster", str(cluster))
        if before is not None and before["spec"]["cluster"] != cluster:
            raise Refusal(400, "The cluster of an instance cannot change")
        owned = [{"ownershipMode": "ALL", **one} for one in spec.get("resources") or ()]
        for (other,), one in self.stored[INSTANCE].items():
            if other == name or one["spec"]["cluster"] != cluster:
                continue
            if spec.get("serviceAccount") and spec["serviceAccount"] == one["spec"].get("serviceAccount"):
                raise Refusal(409, "The service account is of another instance", other)
            if any(_overlap(mine, theirs) for mine in owned for theirs in one["spec"]["resources"]):
                raise Refusal(409, "The resource is of another instance", other)
        added = {"topicPolicyRef": [], "policyRef": [], "defaultCatalogVisibility": "PUBLIC"}
        managed = {"applicationManagedServiceAccount": False}
        labels = {**(metadata.get("labels") or {}), "conduktor.io/application": metadata["application"]}
        return {**metadata, "labels": labels}, {**added, **managed, **spec, "resources": owned}

    def _alert(self, name: str, metadata: Any, spec: Any, before: Any) -> tuple[Any, Any]:
        said = [key for key in OWNERS if key in metadata]
        if len(said) != 1:
            raise Refusal(400, "An alert has exactly one owner")
        if said == ["appInstance"] and (metadata["appInstance"],) not in self.stored[INSTANCE]:
            raise Refusal(400, "Unknown application instance", metadata["appInstance"])
        if spec.get("cluster") not in self.clusters:
            raise Refusal(400, "Unknown cluster", str(spec.get("cluster")))
        if (
            spec.get("metric") not in METRICS.get(spec.get("type"), ())
            or spec.get("operator") not in OPERATORS
        ):
            raise Refusal(400, "Invalid alert")
        if type(spec.get("threshold")) is not int:
            raise Refusal(400, "The threshold is an integer")
        return metadata, {"disable": False, **spec}

    def _delete(self, kind: str, key: Key) -> Answer:
        self._there(kind, key)
        if kind == APPLICATION:
            for one in self.stored[INSTANCE].values():
                if one["metadata"]["application"] == key[0]:
                    raise Refusal(409, "The application has an instance", one["metadata"]["name"])
        del self.stored[kind][key]
        if kind == INSTANCE:  # what an owner owns goes with it
            for alert in [one for one in self.stored[ALERT] if one[1:] == ("appInstance", key[0])]:
                del self.stored[ALERT][alert]
        return Answer(204)

    def _key(self, kind: str, name: str, owner: tuple[Key, ...]) -> Key:
        if kind != ALERT:
            return (name,)
        if len(owner) != 1:
            raise Refusal(400, "The owner of the alert is missing")
        return (name, *owner[0])

    def _there(self, kind: str, key: Key) -> dict[str, Any]:
        if key not in self.stored[kind]:
            raise Refusal(404, f"{kind} not found", "/".join(key))
        return self.stored[kind][key]

    def _shown(self, document: dict[str, Any], version: str) -> dict[str, Any]:
        return {**document, "apiVersion": version} if self.older else document


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether a thing is another, or begins with what stands for all that begin so."""
    if one["type"] != other["type"]:
        return False
    prefixes = [x["name"] for x in (one, other) if x["patternType"] == "PREFIXED"]
    alike = one["name"] == other["name"]
    return alike or any(one["name"].startswith(p) and other["name"].startswith(p) for p in prefixes)
