"""The JSON Schema of the format, for editors, generated from the structs that load it."""

from __future__ import annotations

from typing import Any

import msgspec

from headgate.project import keys
from headgate.project.meanings import meaning_of

ID = "https://json-schema.org/draft/2020-12/schema"


def format_schema() -> dict[str, Any]:
    """One schema for every file of a project: `headgate.yml`, files of lists, and files of environments."""
    (project, lists, environment), components = msgspec.json.schema_components(
        [keys.ProjectFile, keys.Lists, keys.EnvironmentFile], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": ID,
        "title": "Headgate declarations",
        "description": "What a file of a Headgate project may say.",
        "anyOf": [project, lists, environment],
        "$defs": {name: _explained(name, for_editors(schema)) for name, schema in sorted(components.items())},
    }


def _explained(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """With what each key means."""
    struct = getattr(keys, name)
    properties = {
        key: {**said, "description": meaning_of(struct, key)} for key, said in schema["properties"].items()
    }
    return {**schema, "properties": properties}


def for_editors(schema: dict[str, Any]) -> dict[str, Any]:
    """Without `null` as a choice: a key that is not said is left out."""
    out: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            out[key] = {name: _without_null(for_editors(item)) for name, item in value.items()}
        elif key == "default" and value is None:
            continue
        elif isinstance(value, dict):
            out[key] = for_editors(value)
        else:
            out[key] = value
    return out


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    choices = [c for c in schema.get("anyOf", ()) if c != {"type": "null"}]
    if "anyOf" not in schema or len(choices) == len(schema["anyOf"]):
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest, **choices[0]} if len(choices) == 1 else {**rest, "anyOf": choices}
