"""Avro schemas of streams, as Flink's `avro-confluent` format reads and writes them.

Source: Flink 2.3 docs, "Confluent Avro Format" and "Data Type Mapping"; Avro 1.12 specification. A nullable type is a union of
null and the type, with default null; `timestamp(3)` is `timestamp-millis`. What the format cannot carry is `Unsupported`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from headgate.schema.types import DataType

_PLAIN = {
    "BOOLEAN": "boolean",
    "TINYINT": "int",
    "SMALLINT": "int",
    "INT": "int",
    "BIGINT": "long",
    "FLOAT": "float",
    "DOUBLE": "double",
    "CHAR": "string",
    "STRING": "string",
    "BINARY": "bytes",
    "BYTES": "bytes",
}


class Unsupported(ValueError):
    """A type that the format cannot carry; the message says which."""


def record(
    name: str, namespace: str, columns: Sequence[tuple[str, DataType]], doc: str = ""
) -> dict[str, Any]:
    """The schema of a record with these columns, in this order."""
    schema: dict[str, Any] = {"type": "record", "name": name, "namespace": namespace}
    if doc:
        schema["doc"] = doc
    schema["fields"] = [_field(column, type_, column) for column, type_ in columns]
    return schema


def _field(name: str, type_: DataType, path: str) -> dict[str, Any]:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise Unsupported(f"`{name}` is no name in Avro: letters, digits and `_` only")
    field: dict[str, Any] = {"name": name, "type": avro_type(type_, path)}
    if type_.nullable:
        field["default"] = None
    return field


def avro_type(type_: DataType, path: str = "record") -> Any:
    """The Avro type of a column; `path` names records inside it, as Flink does (`record_<path>`)."""
    plain = _not_null(type_, path)
    return ["null", plain] if type_.nullable else plain


def _not_null(type_: DataType, path: str) -> Any:
    if type_.name in _PLAIN:
        return _PLAIN[type_.name]
    match type_.name:
        case "DECIMAL":
            return {
                "type": "bytes",
                "logicalType": "decimal",
                "precision": type_.precision,
                "scale": type_.scale,
            }
        case "DATE":
            return {"type": "int", "logicalType": "date"}
        case "TIME":
            return {"type": "int", "logicalType": "time-millis"}
        case "TIMESTAMP" if type_.precision <= 3:
            return {"type": "long", "logicalType": "timestamp-millis"}
        case "ARRAY" if type_.element is not None:
            return {"type": "array", "items": avro_type(type_.element, path)}
        case "MAP" if type_.element is not None and type_.key is not None and type_.key.is_text:
            return {"type": "map", "values": avro_type(type_.element, path)}
        case "ROW":
            return {
                "type": "record",
                "name": f"record_{path}",
                "fields": [_field(f.name, f.type, f"{path}_{f.name}") for f in type_.fields],
            }
    raise Unsupported(f"Avro cannot carry {type_.text} here")


def pascal_case(name: str) -> str:
    """`fraud_events.enriched` as `FraudEventsEnriched`: a record's name."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name) if part)
