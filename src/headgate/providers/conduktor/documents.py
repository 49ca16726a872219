"""Accounts and interceptors: as they are declared, as the Gateway has them, and back.

The Gateway's only free text is an interceptor's comment. Behind it stands what was declared where a value is filled in,
since that may be a secret, and the Gateway tells it to everybody who may ask.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from headgate.ports import Connections, PermanentFailure, has_placeholder
from headgate.providers._http import CHANGED, HIDDEN, may_be_secret
from headgate.providers.conduktor.gateway import PASSTHROUGH, Document
from headgate.providers.conduktor.names import DocumentName

_LABEL = " headgate.declared="
_ACCOUNT, _INTERCEPTOR = "GatewayServiceAccount", "Interceptor"
_USER = "User:"
_IDENTITY = "identity-"
"""What the name of an account begins with whose principal the environment looks up: its identity's name follows."""

Path = tuple[str | int, ...]


def filled(fields: Mapping[str, Any], connections: Connections) -> dict[str, Any]:
    """A declared document as the Gateway is to have it."""
    declared = {key: fields[key] for key in ("kind", "apiVersion", "metadata", "spec")}
    document: dict[str, Any] = connections.fill(declared)
    spec = document["spec"]
    if document["kind"] == _ACCOUNT:
        spec["externalNames"] = [name.removeprefix(_USER) for name in spec.get("externalNames", ())]
    kept = {
        json.dumps(path): text
        for path, text in _texts(fields["spec"])
        if has_placeholder(text) or may_be_secret(str(path[-1]), text)
    }
    if kept and document["kind"] == _INTERCEPTOR:
        spec["comment"] = spec.get("comment", "") + _LABEL + json.dumps(kept, sort_keys=True)
    return document


def name_of(document: Document) -> DocumentName | None:
    """Which document one is; None for those in virtual clusters and for single accounts, which are none of ours."""
    metadata = document.get("metadata") or {}
    scope = metadata.get("scope") or {}
    clusters = {metadata.get("vCluster"), scope.get("vCluster")} - {None, PASSTHROUGH}
    everywhere = "scope" in metadata and not any(scope.values())
    if clusters or scope.get("username") or everywhere:
        return None
    return DocumentName(
        str(document.get("kind", "")), str(metadata.get("name", "")), scope.get("group") or ""
    )


def as_declared(
    cluster: str, name: DocumentName, document: Document, connections: Connections
) -> dict[str, Any]:
    """A document as the Gateway has it in the shape it was declared in, and without a secret."""
    metadata: dict[str, Any] = {"name": name.name}
    if name.group:
        metadata["scope"] = {"group": name.group}
    spec = _plain(document.get("spec") or {})
    if name.kind == _ACCOUNT:
        _spell_principals(cluster, name, spec, connections)
    else:
        spec = _unfilled(spec, connections)
    return {
        "cluster": cluster,
        "kind": name.kind,
        "apiVersion": document.get("apiVersion"),
        "metadata": metadata,
        "spec": spec,
    }


def _unfilled(spec: dict[str, Any], connections: Connections) -> dict[str, Any]:
    comment, _, label = str(spec.get("comment", "")).partition(_LABEL)
    if "comment" in spec:
        spec = {**spec, "comment": comment}
    kept = _label(label)

    def shown(path: Path, value: str) -> str:
        text = kept.get(path)
        if text is not None:
            return text if _means(text, value, connections) else CHANGED
        secret = may_be_secret(str(path[-1]), value) or connections.hide(value) != value
        return HIDDEN if secret else value

    found: dict[str, Any] = _mapped(spec, (), shown)
    return found


def _spell_principals(
    cluster: str, name: DocumentName, spec: dict[str, Any], connections: Connections
) -> None:
    if name.name.startswith(_IDENTITY):
        text = f"${{cluster.{cluster}.identities.{name.name.removeprefix(_IDENTITY)}.principal}}"
        spec["externalNames"] = [
            text if _means(text, _USER + said, connections) else said
            for said in spec.get("externalNames", ())
        ]


def _means(text: str, value: str, connections: Connections) -> bool:
    try:
        return bool(connections.fill(text) == value)
    except PermanentFailure:
        return False


def _label(text: str) -> dict[Path, str]:
    try:
        return {tuple(json.loads(path)): str(said) for path, said in json.loads(text).items()}
    except (ValueError, AttributeError, TypeError):
        return {}


def _texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, Sequence):
        for i, item in enumerate(value):
            yield from _texts(item, (*path, i))


def _mapped(value: Any, path: Path, change: Callable[[Path, str], str]) -> Any:
    if isinstance(value, str):
        return change(path, value)
    if isinstance(value, Mapping):
        return {key: _mapped(item, (*path, key), change) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_mapped(item, (*path, i), change) for i, item in enumerate(value)]
    return value


def _plain(value: Any) -> Any:
    """A value without the keys that say nothing."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    return [_plain(item) for item in value] if isinstance(value, list) else value
