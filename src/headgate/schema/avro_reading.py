"""Columns of a registered Avro schema, by the types that Flink's `avro-confluent` format reads them as.

Source: Avro 1.12 specification, "Schema Declaration", "Logical Types" and "Schema Resolution"; Flink 2.3 docs, "Avro Format".
The way back from a type to a schema is `avro`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headgate.schema.seen import NoColumns, SeenColumn, SeenColumns
from headgate.schema.types import DataType, Field

_PLAIN = {
    "boolean": DataType("BOOLEAN"),
    "int": DataType("INT"),
    "long": DataType("BIGINT"),
    "float": DataType("FLOAT"),
    "double": DataType("DOUBLE"),
    "bytes": DataType("BYTES"),
    "string": DataType("STRING"),
}
_LOGICAL = {
    ("int", "date"): DataType("DATE"),
    ("int", "time-millis"): DataType("TIME", precision=3),
    ("long", "timestamp-millis"): DataType("TIMESTAMP", precision=3),
    ("long", "local-timestamp-millis"): DataType("TIMESTAMP", precision=3),
}
_NAMED = ("record", "error", "enum", "fixed")
_MOST_DIGITS = 38
_MOST_TYPES = 5_000
"""Types of one column, where each use of a name counts: a few that hold each other could be too many to write."""


class _Unreadable(ValueError):
    """A type that Flink's format does not read."""


def columns_of(schema: Any, others: Sequence[Any] = ()) -> SeenColumns:
    """The columns of a record's schema; `others` are schemas that it refers to. NoColumns where it is no record."""
    names = _Names({})
    for other in others:
        names.learn(other, "")
    names.learn(schema, "")
    if not isinstance(schema, Mapping) or schema.get("type") not in ("record", "error"):
        raise NoColumns(f"its values are {_word(schema)}, and no records")
    seen: list[SeenColumn] = []
    left_out: list[tuple[str, str]] = []
    space = _space_of(schema, "")
    for one in _fields(schema):
        remarks: list[str] = []
        try:
            type_ = _Reader(names.known, space, (_full(schema, ""),)).type(one["type"], remarks)
        except _Unreadable as why:
            left_out.append((str(one["name"]), str(why)))
        else:
            doc = str(one.get("doc") or "")
            seen.append(SeenColumn(str(one["name"]), type_, doc, "; ".join(dict.fromkeys(remarks))))
    if not seen and not left_out:
        raise NoColumns("its records have no fields")
    return SeenColumns(tuple(seen), tuple(left_out))


@dataclass(frozen=True, slots=True)
class _Names:
    """Every named type by its full name; a name without dots is of the namespace around it."""

    known: dict[str, tuple[Any, str]]

    def learn(self, schema: Any, space: str) -> None:
        if isinstance(schema, list):
            for one in schema:
                self.learn(one, space)
        elif isinstance(schema, Mapping):
            kind = schema.get("type")
            if kind in _NAMED and "name" in schema:
                self.known.setdefault(_full(schema, space), (schema, space))
                space = _space_of(schema, space)
            inner = [one.get("type") for one in _fields(schema)]
            for one in (*inner, schema.get("items"), schema.get("values"), kind):
                if isinstance(one, (list, Mapping)):
                    self.learn(one, space)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Types of one namespace; `above` are the records that the one at hand stands in, `met` counts types."""

    known: Mapping[str, tuple[Any, str]]
    space: str
    above: tuple[str, ...] = ()
    met: list[None] = field(default_factory=list)

    def within(self, space: str, above: tuple[str, ...]) -> _Reader:
        return _Reader(self.known, space, above, self.met)

    def type(self, schema: Any, remarks: list[str]) -> DataType:
        """A type, NOT NULL unless it is a union with null; _Unreadable where there is none."""
        self.met.append(None)
        if len(self.met) > _MOST_TYPES:
            raise _Unreadable("too many types within each other")
        if isinstance(schema, list):
            some = [one for one in schema if one != "null"]
            if len(some) != 1:
                raise _Unreadable("a union of several types")
            return self.type(some[0], remarks).as_nullable(len(some) < len(schema))
        if isinstance(schema, str):
            return self._by_name(schema, remarks)
        if not isinstance(schema, Mapping):
            raise _Unreadable("no Avro type")
        return self._complex(schema, remarks).as_nullable(False)

    def _by_name(self, name: str, remarks: list[str]) -> DataType:
        if name in _PLAIN:
            return _PLAIN[name].as_nullable(False)
        if name == "null":
            raise _Unreadable("null and nothing else")
        for full in (f"{self.space}.{name}" if self.space and "." not in name else name, name):
            if full in self.known:
                schema, space = self.known[full]
                return self.within(space, self.above).type(schema, remarks)
        raise _Unreadable(f"`{name}`, which the schema does not say")

    def _complex(self, schema: Mapping[str, Any], remarks: list[str]) -> DataType:
        kind, logical = schema.get("type"), schema.get("logicalType")
        if isinstance(kind, (list, Mapping)):
            return self.type(kind, remarks)
        if logical == "decimal" and kind == "bytes":
            return _decimal(schema)
        if (kind, logical) in _LOGICAL:
            return _LOGICAL[str(kind), str(logical)]
        match kind:
            case "record" | "error":
                return self._row(schema, remarks)
            case "array":
                return DataType("ARRAY", element=self.type(schema.get("items"), remarks))
            case "map":
                key = DataType("STRING", nullable=False)
                return DataType("MAP", key=key, element=self.type(schema.get("values"), remarks))
            case "enum" | "fixed":
                # A reader's `string` or `bytes` does not resolve against them (Avro specification, "Schema Resolution").
                raise _Unreadable(f"an Avro {kind}")
            case str() if kind in _PLAIN:
                if logical is not None and logical != "uuid":
                    remarks.append(
                        f"`{logical}` as a plain number" if kind in ("int", "long") else f"`{logical}`"
                    )
                return _PLAIN[kind]
            case str():
                return self._by_name(kind, remarks)
        raise _Unreadable("no Avro type")

    def _row(self, schema: Mapping[str, Any], remarks: list[str]) -> DataType:
        name = _full(schema, self.space)
        if name in self.above:
            raise _Unreadable(f"a record `{name}` within itself")
        inner = self.within(_space_of(schema, self.space), (*self.above, name))
        fields = tuple(Field(str(one["name"]), inner.type(one["type"], remarks)) for one in _fields(schema))
        if not fields:
            raise _Unreadable("a record without fields")
        return DataType("ROW", fields=fields)


def _decimal(schema: Mapping[str, Any]) -> DataType:
    precision, scale = schema.get("precision"), schema.get("scale", 0)
    if not isinstance(precision, int) or not isinstance(scale, int):
        raise _Unreadable("a decimal without a precision")
    if not 1 <= precision <= _MOST_DIGITS or not 0 <= scale <= precision:
        raise _Unreadable(f"a decimal of {precision} digits, {scale} of them behind the point")
    return DataType("DECIMAL", precision=precision, scale=scale)


def _fields(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    said = schema.get("fields")
    every = said if isinstance(said, list) else []
    return [one for one in every if isinstance(one, Mapping) and "name" in one and "type" in one]


def _full(schema: Mapping[str, Any], space: str) -> str:
    name = str(schema.get("name", ""))
    space = _space_of(schema, space)
    return name if "." in name or not space else f"{space}.{name}"


def _space_of(schema: Mapping[str, Any], space: str) -> str:
    name = str(schema.get("name", ""))
    return name.rpartition(".")[0] if "." in name else str(schema.get("namespace", space) or "")


def _word(schema: Any) -> str:
    said = schema.get("type", schema) if isinstance(schema, Mapping) else schema
    return (
        f"`{said}`" if isinstance(said, str) else "of several types" if isinstance(said, list) else "unknown"
    )
