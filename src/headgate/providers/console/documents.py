"""Documents: as they are declared, as Console has them, and back.

Of each document some keys are declared here. The others are of the people who look after Console, and stay as they are: what
policies hold for an application, where an alert is sent to, whether it is muted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headgate.ports import Connections
from headgate.providers.console.api import Document
from headgate.providers.console.names import ALERT, APPLICATION, INSTANCE, DocumentName

_DECLARED = {
    APPLICATION: ("title", "description", "owner"),
    # With an account of its own Console would give ACLs, or let others give them: it is never to have one.
    INSTANCE: ("cluster", "serviceAccount", "applicationManagedServiceAccount", "resources"),
    ALERT: (
        "cluster", "type", "consumerGroupName", "metric", "operator", "threshold", "displayName", "description",
    ),
}  # fmt: skip
_METADATA = {APPLICATION: ("name",), INSTANCE: ("application", "name"), ALERT: ("name", "appInstance")}
_API = {APPLICATION: "self-serve/v1", INSTANCE: "self-serve/v1", ALERT: "v3"}
_RESERVED = "conduktor.io/"
"""What the labels begin with that Console itself writes, and takes from nobody."""


def filled(declared: Mapping[str, Any], live: Document | None, connections: Connections) -> dict[str, Any]:
    """A declared document as Console is to have it, with what others have said in the one that is there."""
    kind = str(declared["kind"])
    there: Document = live or {}
    spec = {key: value for key, value in (there.get("spec") or {}).items() if key not in _DECLARED[kind]}
    labels = {k: v for k, v in _labels(there).items() if not k.startswith(_RESERVED)}
    document: dict[str, Any] = connections.fill(
        {key: declared[key] for key in ("kind", "apiVersion", "metadata", "spec")}
    )
    document["spec"] = {**spec, **document["spec"]}
    if labels:
        document["metadata"]["labels"] = labels
    return document


def as_declared(
    cluster: str, name: DocumentName, document: Document, connections: Connections
) -> dict[str, Any]:
    """A document as Console has it in the shape it was declared in: with what is declared of such, and without the rest."""
    spec, metadata = document.get("spec") or {}, document.get("metadata") or {}
    api = str(document.get("apiVersion", ""))
    shown = {key: spec[key] for key in _DECLARED[name.kind] if spec.get(key) not in (None, "")}
    if "cluster" in shown:
        shown["cluster"] = _spelled(cluster, str(shown["cluster"]), connections)
    if name.kind == INSTANCE:
        shown["resources"] = [_owned(one) for one in spec.get("resources") or ()]
        shown["applicationManagedServiceAccount"] = bool(spec.get("applicationManagedServiceAccount"))
    return {
        "cluster": cluster,
        "kind": name.kind,
        # What stands before the number is free text, and each version of Console has its own.
        "apiVersion": _API[name.kind] if _number(api) == _number(_API[name.kind]) else api,
        "metadata": {key: metadata[key] for key in _METADATA[name.kind] if key in metadata},
        "spec": _hidden(shown, connections),
    }


def _spelled(cluster: str, said: str, connections: Connections) -> str:
    """What Console calls a cluster, as it is declared: looked up in the environment, where that says one."""
    known = connections.clusters[cluster].console or {}
    return f"${{cluster.{cluster}.console.cluster}}" if known.get("cluster") == said else said


def _owned(resource: Mapping[str, Any]) -> dict[str, Any]:
    """A thing that an instance owns, without what it says by default."""
    said = {key: value for key, value in resource.items() if value is not None}
    if said.get("ownershipMode") == "ALL":
        del said["ownershipMode"]
    return said


def _labels(document: Document) -> Mapping[str, Any]:
    return (document.get("metadata") or {}).get("labels") or {}


def _number(api: str) -> str:
    return api.rpartition("/")[2]


def _hidden(value: Any, connections: Connections) -> Any:
    """A value in which no text repeats a secret."""
    if isinstance(value, str):
        return connections.hide(value)
    if isinstance(value, Mapping):
        return {key: _hidden(item, connections) for key, item in value.items()}
    return [_hidden(item, connections) for item in value] if isinstance(value, list) else value
