"""JSON Schemas as tables of keys."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def keys_table(schema: Json, anchors: set[str]) -> str:
    """The keys of an object: what they take, whether they must be said, what they mean. `anchors` are headings to link to."""
    required = set(schema.get("required", ()))
    said = sorted(
        schema.get("properties", {}).items(), key=lambda item: (item[0] not in required, item[0] == "meta")
    )
    told = any("description" in one for _, one in said)
    rows = ["| key | takes | |" if told else "| key | takes |", "| --- | --- |" + (" --- |" if told else "")]
    for key, one in said:
        must = " (required)" if key in required else ""
        meaning = str(one.get("description", "")).replace("|", "\\|")
        rows.append(f"| `{key}`{must} | {takes(one, anchors)} |" + (f" {meaning} |" if told else ""))
    return "\n".join(rows) + "\n"


def takes(said: Json, anchors: set[str]) -> str:
    """What a value may be, in a few words."""
    if "$ref" in said:
        name = said["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})" if name in anchors else name
    if "anyOf" in said:
        return " or ".join(dict.fromkeys(takes(one, anchors) for one in said["anyOf"]))
    if "const" in said:
        return f"`{said['const']}`"
    if "enum" in said:
        return ", ".join(f"`{value}`" for value in said["enum"])
    kind = said.get("type")
    if isinstance(kind, list):
        return " or ".join(_word(one) for one in kind)
    if kind == "array":
        return f"list of {takes(said.get('items', {}), anchors)}"
    if kind == "object" and isinstance(said.get("additionalProperties"), dict):
        return f"map to {takes(said['additionalProperties'], anchors)}"
    if "m(inutes)?" in str(said.get("pattern")) or "minutes?" in str(said.get("pattern")):
        return "duration"
    return _word(str(kind or "anything"))


def _word(kind: str) -> str:
    return {"string": "text", "object": "map", "boolean": "`true` or `false`", "integer": "whole number"}.get(
        kind, kind
    )
