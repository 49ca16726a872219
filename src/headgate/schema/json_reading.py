"""Columns of a registered JSON Schema, by the types that Flink's `json` format reads them as.

Source: JSON Schema draft 2020-12 (and draft 7's `definitions`); Flink 2.3 docs, "JSON Format". A member that is not required
may be missing, which reads as null. What the schema leaves open is a STRING, which Flink makes of any value. The way back
from a type to a schema is `json_schema`; a `flinkType` that it left is the type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headgate.schema.seen import NoColumns, SeenColumn, SeenColumns
from headgate.schema.types import DataType, Field, TypeSyntaxError, parse_type

_PLAIN = {"string": "STRING", "boolean": "BOOLEAN", "number": "DOUBLE", "integer": "BIGINT"}
_OF_VALUES = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
_OTHERS = "registered schemas"
_INT = 2**31
_DEEPEST = 20
_MOST_TYPES = 5_000
"""Types of one schema, where each use of a `$ref` counts: a few that hold each other could be without end."""
_ANYTHING = "any value, as text"


def columns_of(schema: Any, others: Mapping[str, Any] | None = None) -> SeenColumns:
    """The columns of an object's schema. NoColumns where it is no object's, or says no members.

    `others` are the registered schemas that it refers to, by what stands in a `$ref` for them.
    """
    whole = _Whole(_joined(schema, others or {}))
    top = whole.resolved(whole.document)
    members = top.get("properties")
    if not isinstance(members, Mapping) or not members:
        raise NoColumns("it says no members of an object")
    required = _required(top)
    seen = []
    for name, member in members.items():
        remarks: list[str] = []
        type_ = whole.type(member, remarks, 0)
        type_ = type_.as_nullable(type_.nullable or str(name) not in required)
        doc = whole.resolved(member).get("description")
        seen.append(
            SeenColumn(
                str(name), type_, doc if isinstance(doc, str) else "", "; ".join(dict.fromkeys(remarks))
            )
        )
    return SeenColumns(tuple(seen))


class _Whole:
    """A schema document, in which a `$ref` may point to any part of it."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self._left = _MOST_TYPES

    def resolved(self, schema: Any) -> Mapping[str, Any]:
        """The schema that a `$ref` leads to; what leads nowhere says nothing."""
        for _ in range(_DEEPEST):
            if not isinstance(schema, Mapping):
                return {}
            pointer = schema.get("$ref")
            if not isinstance(pointer, str):
                return schema
            schema = self._at(pointer)
        return {}

    def _at(self, pointer: str) -> Any:
        if not pointer.startswith("#/"):
            return None
        found = self.document
        for step in pointer[2:].split("/"):
            step = step.replace("~1", "/").replace("~0", "~")
            found = found.get(step) if isinstance(found, Mapping) else None
        return found

    def type(self, schema: Any, remarks: list[str], depth: int) -> DataType:
        """The type of a value; nullable where null is one of its values."""
        said = self.resolved(schema)
        words = said.get("type", _types_of(said))
        kinds = [words] if isinstance(words, str) else list(words) if isinstance(words, list) else []
        nullable = "null" in kinds or (not kinds and "flinkType" not in said)
        left = [kind for kind in kinds if kind != "null"]
        return self._not_null(said, left, remarks, depth).as_nullable(nullable)

    def _not_null(
        self, said: Mapping[str, Any], kinds: list[Any], remarks: list[str], depth: int
    ) -> DataType:
        self._left -= 1
        known = _known(said.get("flinkType"))
        if known is not None:
            return known
        choices = [one for one in self._choices(said) if self.resolved(one).get("type") != "null"]
        if not kinds and len(choices) == 1 and depth < _DEEPEST:
            return self.type(choices[0], remarks, depth + 1)
        if len(kinds) != 1 or depth >= _DEEPEST or self._left < 0:
            remarks.append(_ANYTHING)
            return DataType("STRING")
        match kinds[0]:
            case "integer" if _within_int(said):
                return DataType("INT")
            case "object":
                return self._object(said, remarks, depth)
            case "array":
                items = said.get("items")
                return DataType("ARRAY", element=self.type(items, remarks, depth + 1))
            case "string" if said.get("format"):
                remarks.append(f"format {said['format']}")
        return DataType(_PLAIN.get(str(kinds[0]), "STRING"))

    def _object(self, said: Mapping[str, Any], remarks: list[str], depth: int) -> DataType:
        members, rest = said.get("properties"), said.get("additionalProperties")
        if isinstance(members, Mapping) and members:
            required = _required(said)
            fields = []
            for name, member in members.items():
                type_ = self.type(member, remarks, depth + 1)
                fields.append(
                    Field(str(name), type_.as_nullable(type_.nullable or str(name) not in required))
                )
            return DataType("ROW", fields=tuple(fields))
        if isinstance(rest, Mapping):
            key = DataType("STRING", nullable=False)
            return DataType("MAP", key=key, element=self.type(rest, remarks, depth + 1))
        remarks.append("an object of unknown members, as text")
        return DataType("STRING")

    @staticmethod
    def _choices(said: Mapping[str, Any]) -> list[Any]:
        for word in ("oneOf", "anyOf"):
            if isinstance(said.get(word), list):
                return list(said[word])
        return []


def _joined(schema: Any, others: Mapping[str, Any]) -> Any:
    """One document of a schema and the others, where each pointer leads to a part of itself."""
    if not others or not isinstance(schema, Mapping):
        return schema
    return {**_pointing(schema, ""), _OTHERS: {name: _pointing(one, name) for name, one in others.items()}}


def _pointing(schema: Any, document: str) -> Any:
    """A part of a document, its pointers those of the joined one."""
    if isinstance(schema, list):
        return [_pointing(one, document) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    part = {key: _pointing(one, document) for key, one in schema.items()}
    if isinstance(part.get("$ref"), str):
        name, _, path = part["$ref"].partition("#")
        name = name or document
        escaped = name.replace("~", "~0").replace("/", "~1")
        part["$ref"] = f"#/{_OTHERS}/{escaped}{path}" if name else f"#{path}"
    return part


def _types_of(said: Mapping[str, Any]) -> list[str]:
    """The types of the values that a schema lists; none where one is no plain value."""
    values = said.get("enum", [said["const"]] if "const" in said else [])
    if not isinstance(values, list) or not all(type(value) in _OF_VALUES for value in values):
        return []
    return list(dict.fromkeys(_OF_VALUES[type(value)] for value in values))


def _known(text: Any) -> DataType | None:
    if not isinstance(text, str):
        return None
    try:
        return parse_type(text)
    except TypeSyntaxError:
        return None


def _required(said: Mapping[str, Any]) -> frozenset[str]:
    required = said.get("required")
    return frozenset(map(str, required)) if isinstance(required, list) else frozenset()


def _within_int(said: Mapping[str, Any]) -> bool:
    low, high = said.get("minimum"), said.get("maximum")
    return isinstance(low, int) and isinstance(high, int) and low >= -_INT and high < _INT
