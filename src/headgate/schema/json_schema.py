"""JSON Schemas of streams, for the values that Flink's `json` format reads and writes.

Source: Flink 2.3 docs, "JSON Format"; JSON Schema draft 7, the newest that Apicurio's registry 2.6 compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headgate.schema.types import DataType

DRAFT = "http://json-schema.org/draft-07/schema#"
_INTEGER_BITS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}


def record(
    title: str, columns: Sequence[tuple[str, DataType]], *, timestamps: str = "sql", doc: str = ""
) -> dict[str, Any]:
    """The schema of an object with these members and no others. Those that are not null are required; the rest may be left
    out.

    Were others allowed, a member that is added could have been there before as anything: registries call that no
    backward compatible change (Confluent docs, "Schema Evolution and Compatibility", JSON Schema's content models).
    """
    schema: dict[str, Any] = {"$schema": DRAFT, "title": title, "type": "object"}
    if doc:
        schema["description"] = doc
    schema["properties"] = {name: json_type(type_, timestamps) for name, type_ in columns}
    required = [name for name, type_ in columns if not type_.nullable]
    if required:
        schema["required"] = required
    return {**schema, "additionalProperties": False}


def json_type(type_: DataType, timestamps: str = "sql") -> dict[str, Any]:
    """The schema of one value; the Flink type stands beside it, as `flinkType`."""
    schema = _not_null(type_, timestamps)
    if type_.nullable and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    return {**schema, "flinkType": type_.text}


def _not_null(type_: DataType, timestamps: str) -> dict[str, Any]:
    match type_.name:
        case "BOOLEAN":
            return {"type": "boolean"}
        case "TINYINT" | "SMALLINT" | "INT" | "BIGINT":
            bits = _INTEGER_BITS[type_.name]
            return {"type": "integer", "minimum": -(2 ** (bits - 1)), "maximum": 2 ** (bits - 1) - 1}
        case "FLOAT" | "DOUBLE" | "DECIMAL":
            return {"type": "number"}
        case "CHAR":
            return {"type": "string", "minLength": type_.length, "maxLength": type_.length}
        case "STRING":
            return {"type": "string", **({"maxLength": type_.length} if type_.length else {})}
        case "BINARY" | "BYTES":
            return {"type": "string", "contentEncoding": "base64"}
        case "DATE":
            return {"type": "string", "format": "date"}
        case "TIME":
            return {"type": "string", "format": "time"}
        case "TIMESTAMP" | "TIMESTAMP_LTZ":
            return _timestamp(type_, timestamps)
        case "ARRAY" if type_.element is not None:
            return {"type": "array", "items": json_type(type_.element, timestamps)}
        case "MAP" | "MULTISET" if type_.element is not None:
            return {"type": "object", "additionalProperties": json_type(type_.element, timestamps)}
        case "ROW":
            return {
                "type": "object",
                "properties": {f.name: json_type(f.type, timestamps) for f in type_.fields},
                "additionalProperties": False,
            }
    return {}


def _timestamp(type_: DataType, timestamps: str) -> dict[str, Any]:
    if timestamps == "epoch_millis":
        return {"type": "integer"}
    between = " " if timestamps == "sql" else "T"
    zone = "Z" if type_.name == "TIMESTAMP_LTZ" else ""
    return {
        "type": "string",
        "pattern": rf"^\d{{4}}-\d{{2}}-\d{{2}}{between}\d{{2}}:\d{{2}}:\d{{2}}(\.\d{{1,9}})?{zone}$",
    }
