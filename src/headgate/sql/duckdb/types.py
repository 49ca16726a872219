"""Flink's types and literals as DuckDB spells them."""

from __future__ import annotations

from headgate.schema.types import DataType

_ROOTS = {
    "BOOLEAN": "BOOLEAN",
    "TINYINT": "TINYINT",
    "SMALLINT": "SMALLINT",
    "INT": "INTEGER",
    "BIGINT": "BIGINT",
    "FLOAT": "FLOAT",
    "DOUBLE": "DOUBLE",
    "CHAR": "VARCHAR",
    "STRING": "VARCHAR",
    "BINARY": "BLOB",
    "BYTES": "BLOB",
    "DATE": "DATE",
    "TIME": "TIME",
    "TIMESTAMP": "TIMESTAMP",
    # An instant is kept as its UTC time: fetching DuckDB's own type would need a time zone library.
    "TIMESTAMP_LTZ": "TIMESTAMP",
    "INTERVAL": "INTERVAL",
    "NULL": "INTEGER",
}


def duckdb_type(type_: DataType) -> str:
    """The DuckDB type that holds the values of a Flink type; "" where none does.

    >>> from headgate.schema.types import parse_type
    >>> duckdb_type(parse_type("map<string, array<decimal(10, 2)>>"))
    'MAP(VARCHAR, DECIMAL(10, 2)[])'
    """
    match type_.name:
        case "DECIMAL":
            return f"DECIMAL({type_.precision}, {type_.scale})"
        case "ARRAY" if type_.element is not None:
            inner = duckdb_type(type_.element)
            return f"{inner}[]" if inner else ""
        case "MULTISET" if type_.element is not None:
            inner = duckdb_type(type_.element)
            return f"MAP({inner}, INTEGER)" if inner else ""
        case "MAP" if type_.element is not None and type_.key is not None:
            key, value = duckdb_type(type_.key), duckdb_type(type_.element)
            return f"MAP({key}, {value})" if key and value else ""
        case "ROW":
            fields = [(field.name, duckdb_type(field.type)) for field in type_.fields]
            if not fields or not all(inner for _, inner in fields):
                return ""
            return f"STRUCT({', '.join(f'{quoted(name)} {inner}' for name, inner in fields)})"
    return _ROOTS.get(type_.name, "")


def quoted(name: str) -> str:
    """A name as an identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"
