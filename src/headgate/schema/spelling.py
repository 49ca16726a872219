"""Two spellings of one schema: registries and libraries write the same thing in different ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NAMED = ("record", "error", "enum", "fixed")


def same_schema(one: Any, other: Any) -> bool:
    """Whether two schemas say the same: order of members, and in Avro short forms and inherited namespaces, aside.

    >>> same_schema({"type": "record", "name": "n.R", "fields": [{"name": "a", "type": {"type": "string"}}]},
    ...             {"name": "R", "namespace": "n", "type": "record", "fields": [{"type": "string", "name": "a"}]})
    True
    >>> same_schema("string", "int")
    False
    """
    return bool(one == other or _avro(one, "") == _avro(other, ""))


def _avro(schema: Any, namespace: str) -> Any:
    """An Avro schema with every name in full and no needless braces (Avro 1.12 specification, "Names")."""
    if isinstance(schema, list):
        return [_avro(branch, namespace) for branch in schema]
    if not isinstance(schema, Mapping) or not isinstance(schema.get("type"), (str, list, Mapping)):
        return schema
    kind = schema["type"]
    if set(schema) == {"type"}:
        return _avro(kind, namespace)
    found = dict(schema)
    if kind in _NAMED and isinstance(schema.get("name"), str):
        *spaces, name = schema["name"].split(".")
        namespace = ".".join(spaces) or found.pop("namespace", namespace) or ""
        found.pop("namespace", None)
        found["name"] = f"{namespace}.{name}" if namespace else name
    for part in ("type", "items", "values"):
        if part in found and not isinstance(found[part], str):
            found[part] = _avro(found[part], namespace)
    if isinstance(found.get("fields"), list):
        found["fields"] = [_avro_field(field, namespace) for field in found["fields"]]
    return found


def _avro_field(field: Any, namespace: str) -> Any:
    if not isinstance(field, Mapping) or "type" not in field:
        return field
    return {**field, "type": _avro(field["type"], namespace)}
