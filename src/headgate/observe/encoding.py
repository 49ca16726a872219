"""Rows as the bytes of Kafka records, as Flink's formats write them.

Source: Flink 2.3 docs, "Confluent Avro Format", "JSON Format", "Raw Format"; the Confluent wire format (a zero byte, the
schema's id in four bytes, then the record).
"""

from __future__ import annotations

import datetime as dt
import io
import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

import fastavro

from headgate.observe.values import shown
from headgate.resources.wire import Wire
from headgate.schema.types import DataType, parse_type

Row = Mapping[str, Any]
Encode = Callable[[Row], bytes | None]

NUMBERS = {"TINYINT": ">b", "SMALLINT": ">h", "INT": ">i", "BIGINT": ">q", "FLOAT": ">f", "DOUBLE": ">d"}


def value_encoder(wire: Wire, schema_id: int | None) -> Encode:
    """Makes the value of a record from a row; `schema_id` is the registry's for the value's schema, where it has one."""
    columns = [(name, parse_type(text)) for name, text in wire.columns]
    if wire.format == "avro":
        assert wire.schema is not None and schema_id is not None
        return _avro(wire.schema, schema_id, [name for name, _ in columns])
    return _json(columns, wire.iso)


def key_encoder(wire: Wire, schema_id: int | None) -> Encode:
    """Makes the key of a record from its row: None where the stream has no key."""
    types = dict(wire.columns)
    columns = [(name, parse_type(types[name])) for name in wire.key if name in types]
    if not columns:
        return lambda row: None
    if wire.key_format == "avro":
        assert wire.key_schema is not None and schema_id is not None
        return _avro(wire.key_schema, schema_id, [name for name, _ in columns])
    if wire.key_format == "json":
        return _json(columns, wire.iso)
    name, type_ = columns[0]
    return lambda row: raw(row.get(name), type_)


def raw(value: Any, type_: DataType) -> bytes | None:
    """A single value as the `raw` format writes it: text in UTF-8, numbers big-endian."""
    if value is None:
        return None
    if type_.name in NUMBERS:
        return struct.pack(NUMBERS[type_.name], value)
    if type_.name == "BOOLEAN":
        return b"\x01" if value else b"\x00"
    return value if isinstance(value, bytes) else str(value).encode()


def _avro(schema: Mapping[str, Any], schema_id: int, names: list[str]) -> Encode:
    parsed = fastavro.parse_schema(dict(schema))
    head = struct.pack(">bI", 0, schema_id)

    def encode(row: Row) -> bytes:
        out = io.BytesIO()
        out.write(head)
        fastavro.schemaless_writer(out, parsed, {name: _in_utc(row.get(name)) for name in names})
        return out.getvalue()

    return encode


def _in_utc(value: Any) -> Any:
    """Times without a zone are UTC; fastavro would take them for this machine's."""
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        return value.replace(tzinfo=dt.UTC)
    if isinstance(value, Mapping):
        return {key: _in_utc(item) for key, item in value.items()}
    return [_in_utc(item) for item in value] if isinstance(value, list) else value


def _json(columns: list[tuple[str, DataType]], iso: bool) -> Encode:
    def encode(row: Row) -> bytes:
        values = {name: shown(row.get(name), type_) for name, type_ in columns}
        if iso:
            values = {name: _iso(values[name], type_) for name, type_ in columns}
        return json.dumps(values, ensure_ascii=False).encode()

    return encode


def _iso(value: Any, type_: DataType) -> Any:
    """A value as it is shown, its times spelt as ISO 8601 has them."""
    match value:
        case str() if type_.name in ("TIMESTAMP", "TIMESTAMP_LTZ"):
            return value.replace(" ", "T")
        case list() if type_.element is not None:
            return [_iso(item, type_.element) for item in value]
        case dict() if type_.fields:
            return {field.name: _iso(value.get(field.name), field.type) for field in type_.fields}
        case dict() if type_.element is not None:
            return {key: _iso(item, type_.element) for key, item in value.items()}
    return value
