"""The bytes of Kafka records as rows, as Flink's formats read them; the same values as the embedded engine's.

Source: Flink 2.3 docs, "Confluent Avro Format", "JSON Format", "Raw Format", "Upsert Kafka SQL Connector"; the Confluent wire
format (a zero byte, the schema's id in four bytes, then the record).
"""

from __future__ import annotations

import io
import json
import math
import struct
from collections.abc import Callable, Mapping
from typing import Any

import fastavro
from fastavro.read import SchemaResolutionError

from headgate.observe.encoding import NUMBERS
from headgate.observe.registry import NoSuchSchema, Registry
from headgate.ports import PermanentFailure
from headgate.resources.wire import Wire
from headgate.schema.types import DataType, parse_type
from headgate.schema.values import Misfit, read_value

Values = dict[str, Any]
Decode = Callable[[bytes], Mapping[str, Any]]
Columns = Mapping[str, DataType]

UPSERT, DELETE = "+I", "-D"
_HEAD = struct.calcsize(">bI")
_WHOLE = ("TINYINT", "SMALLINT", "INT", "BIGINT")


class Malformed(Exception):
    """A record does not fit its stream. `what` says why without a value of it; the message may show one."""

    def __init__(self, what: str, why: str = "") -> None:
        super().__init__(why or what)
        self.what = what


def decoder(
    wire: Wire, registry: Registry | None
) -> Callable[[bytes | None, bytes | None], tuple[str, Values] | None]:
    """Makes of a record's key and value its kind and its columns: None where Flink makes no row of it.

    It raises Malformed for a record that does not fit. PermanentFailure at once for a format that is not read.
    """
    columns = {name: parse_type(text) for name, text in wire.columns}
    value = _part(wire, wire.format, columns, registry, "value")
    keyed = {name: columns[name] for name in wire.key if name in columns}
    key = _part(wire, wire.key_format, keyed, registry, "key") if wire.upserts else None

    def decode(key_bytes: bytes | None, value_bytes: bytes | None) -> tuple[str, Values] | None:
        if key is None:
            # A record without a value is no row of a stream that only appends.
            return None if value_bytes is None else (UPSERT, _row(value(value_bytes), columns, wire))
        if key_bytes is None:
            raise Malformed("it has no key")
        try:
            found = _row(key(key_bytes), keyed, wire)
        except Malformed as error:
            raise Malformed(f"of its key, {error.what}", f"of its key, {error}") from None
        if value_bytes is None:
            return DELETE, {**dict.fromkeys(columns), **found}
        return UPSERT, _row({**found, **value(value_bytes)}, columns, wire)

    return decode


def _part(wire: Wire, format_: str, columns: Columns, registry: Registry | None, part: str) -> Decode:
    match format_:
        case "json":
            return _json
        case "avro" if registry is not None:
            return _avro(columns, registry)
        case "raw":
            ((name, type_),) = columns.items()
            return lambda data: {name: unraw(data, type_)}
    if format_ == "avro":
        raise PermanentFailure(
            f"the {part}s of {wire.topic} are Avro, and its cluster has no schema registry here"
        )
    named = "Protobuf" if format_ == "protobuf" else f"`{format_}`"
    raise PermanentFailure(f"the {part}s of {wire.topic} are {named}, which is not read yet")


def unraw(data: bytes, type_: DataType) -> Any:
    """A single value as the `raw` format has it: text in UTF-8, numbers big-endian."""
    try:
        if type_.name in NUMBERS:
            return struct.unpack(NUMBERS[type_.name], data)[0]
        if type_.name == "BOOLEAN":
            return data != b"\x00"
        return data if type_.is_binary else data.decode()
    except (struct.error, UnicodeDecodeError):
        raise Malformed(f"{len(data)} byte(s) are no {type_.text}") from None


def _json(data: bytes) -> Mapping[str, Any]:
    if data[:1] == b"\x00":
        data = data[_HEAD:]
    try:
        found = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Malformed("it is not JSON") from None
    if not isinstance(found, dict):
        raise Malformed("it is no JSON object")
    return found


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _avro(columns: Columns, registry: Registry) -> Decode:
    plain: dict[int, Any] = {}

    def schema_of(id_: int) -> Any:
        if id_ not in plain:
            plain[id_] = _as_declared(registry.avro(id_), columns)
        return plain[id_]

    def decode(data: bytes) -> Mapping[str, Any]:
        if len(data) < _HEAD or data[0] != 0:
            raise Malformed("it does not begin with the id of a schema")
        try:
            schema = schema_of(struct.unpack_from(">I", data, 1)[0])
            found = fastavro.schemaless_reader(io.BytesIO(data[_HEAD:]), schema, None)
        except NoSuchSchema as missing:
            raise Malformed(str(missing)) from None
        except (ValueError, EOFError, IndexError, TypeError, OverflowError, SchemaResolutionError):
            raise Malformed("it is not what its schema says") from None
        if isinstance(found, dict):
            return found
        if len(columns) == 1:
            # A key of one column may be a bare value, as Kafka's own serializers write it.
            return {next(iter(columns)): found}
        raise Malformed("it is no record")

    return decode


def _as_declared(schema: Any, columns: Columns) -> Any:
    """The schema, without the logical types of fields that are declared as whole numbers: Flink reads those as they are."""
    if not isinstance(schema, dict) or schema.get("type") != "record":
        return schema
    bare = {name for name, type_ in columns.items() if type_.name in _WHOLE}
    fields = [{**f, "type": _bare(f["type"])} if f["name"] in bare else f for f in schema["fields"]]
    return {**schema, "fields": fields}


def _bare(type_: Any) -> Any:
    if isinstance(type_, list):
        return [_bare(one) for one in type_]
    return type_["type"] if isinstance(type_, dict) and "logicalType" in type_ else type_


def _row(found: Mapping[str, Any], columns: Columns, wire: Wire) -> Values:
    timestamps = "any" if wire.format == "avro" else ("iso" if wire.iso else "sql")
    row: Values = {}
    for name, type_ in columns.items():
        raw = found.get(name)
        try:
            row[name] = settled(read_value(raw, type_, timestamps), type_)
        except Misfit as misfit:
            raise Malformed(f"`{name}` is no {type_.text}", f"`{name}`: {misfit}") from None
        needed = not type_.nullable or (wire.upserts and name in wire.key)
        if needed and row[name] is None:
            raise Malformed(f"`{name}` is null, and {type_.text} NOT NULL")
    return row


def settled(value: Any, type_: DataType) -> Any:
    """A value as its type holds it: a FLOAT has 32 bits."""
    if value is None:
        return None
    match type_.name:
        case "FLOAT":
            return _float(value)
        case "ARRAY" if type_.element is not None:
            return [settled(item, type_.element) for item in value]
        case "ROW":
            return {field.name: settled(value.get(field.name), field.type) for field in type_.fields}
    return value


def _float(value: float) -> float:
    """The nearest of 32 bits; beyond them it is infinite, as Java's cast of a double has it."""
    try:
        nearest: float = struct.unpack(">f", struct.pack(">f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return nearest
