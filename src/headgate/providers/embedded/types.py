"""Flink's types and values as DuckDB spells them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from headgate.schema.types import DataType, parse_type

_SAME = {
    "BOOLEAN": "BOOLEAN", "TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INT": "INTEGER", "BIGINT": "BIGINT",
    "FLOAT": "FLOAT", "DOUBLE": "DOUBLE", "CHAR": "VARCHAR", "STRING": "VARCHAR", "BINARY": "BLOB", "BYTES": "BLOB",
    "DATE": "DATE", "TIME": "TIME", "TIMESTAMP": "TIMESTAMP", "TIMESTAMP_LTZ": "TIMESTAMP", "INTERVAL": "INTERVAL",
    "VARIANT": "JSON",
}  # fmt: skip


def quoted(name: str) -> str:
    """A name as an identifier.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


@lru_cache(maxsize=4096)
def stored_type(text: str) -> str:
    """The DuckDB type that holds values of a Flink type. Times with a zone are held as UTC without one.

    >>> stored_type("ROW<a INT, b ARRAY<TIMESTAMP_LTZ(3)>>")
    'STRUCT("a" INTEGER, "b" TIMESTAMP[])'
    """
    return _stored(parse_type(text))


def _stored(type_: DataType) -> str:
    match type_.name:
        case "DECIMAL":
            return f"DECIMAL({type_.precision}, {type_.scale})"
        case "ARRAY":
            return f"{_stored(type_.element) if type_.element else 'VARCHAR'}[]"
        case "MAP" | "MULTISET":
            key, value = (
                (type_.key, type_.element) if type_.name == "MAP" else (type_.element, DataType("INT"))
            )
            return f"MAP({_stored(key) if key else 'VARCHAR'}, {_stored(value) if value else 'VARCHAR'})"
        case "ROW":
            return "STRUCT(" + ", ".join(f"{quoted(f.name)} {_stored(f.type)}" for f in type_.fields) + ")"
    return _SAME.get(type_.name, "VARCHAR")


def literal(value: Any, type_: DataType) -> str:
    """A value as SQL text. Where null or an empty collection stands alone, the caller casts."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return "'" + value.replace("'", "''") + "'" if "\0" not in value else _with_nul(value)
        case float():
            return f"'{value!r}'::DOUBLE"
        case Decimal():
            return format(value, "f")
        case dt.datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case dt.date():
            return f"DATE '{value.isoformat()}'"
        case dt.time():
            return f"TIME '{value.isoformat()}'"
        case bytes() | bytearray():
            return "'" + "".join(f"\\x{byte:02X}" for byte in value) + "'::BLOB"
        case list() | tuple():
            element = type_.element or DataType("UNKNOWN")
            return "[" + ", ".join(literal(v, element) for v in value) + "]"
        case Mapping() if type_.name == "ROW":
            types = {f.name: f.type for f in type_.fields}
            return (
                "{"
                + ", ".join(f"{literal(k, type_)}: {literal(v, types[k])}" for k, v in value.items())
                + "}"
            )
        case Mapping():
            unknown = DataType("UNKNOWN")
            key = (type_.key if type_.name == "MAP" else type_.element) or unknown
            item = (type_.element if type_.name == "MAP" else DataType("INT")) or unknown
            return (
                "MAP {" + ", ".join(f"{literal(k, key)}: {literal(v, item)}" for k, v in value.items()) + "}"
            )
    raise TypeError(f"no literal of {type(value).__name__}")


def _with_nul(value: str) -> str:
    # DuckDB's parser ends at a NUL character, so text with one is put together.
    return (
        "(" + " || chr(0) || ".join("'" + part.replace("'", "''") + "'" for part in value.split("\0")) + ")"
    )
