"""Whether data written by one version of a schema can be read by another.

Source: Avro 1.12 specification, "Schema Resolution"; Confluent's compatibility levels (Schema Registry docs, "Schema
Evolution and Compatibility").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

_PROMOTIONS = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
    "bytes": {"string"},
}


def avro_faults(reader: Any, writer: Any, path: str = "") -> Iterator[str]:
    """Why a reader with one Avro schema could not read what was written with another; nothing where it could."""
    if isinstance(writer, list):
        for branch in writer:
            yield from avro_faults(reader, branch, path)
        return
    if isinstance(reader, list):
        if not any(not list(avro_faults(branch, writer, path)) for branch in reader):
            yield f"{path or 'the value'}: {_name(writer)} is none of {', '.join(_name(b) for b in reader)}"
        return
    kind, written = _name(reader), _name(writer)
    if kind == written:
        yield from _same_kind(kind, reader, writer, path)
    elif kind not in _PROMOTIONS.get(written, ()):
        yield f"{path or 'the value'}: {written} cannot be read as {kind}"


def _same_kind(kind: str, reader: Any, writer: Any, path: str) -> Iterator[str]:
    if kind == "record":
        yield from _records(reader, writer, path)
    elif kind == "array":
        yield from avro_faults(reader["items"], writer["items"], f"{path}[]")
    elif kind == "map":
        yield from avro_faults(reader["values"], writer["values"], f"{path}{{}}")
    elif kind == "enum":
        lost = [s for s in writer["symbols"] if s not in reader["symbols"]]
        if lost and "default" not in reader:
            yield f"{path}: the symbols {', '.join(lost)} are gone"
    elif kind == "fixed" and reader["size"] != writer["size"]:
        yield f"{path}: the size changed"
    if isinstance(reader, dict) and isinstance(writer, dict):
        yield from _logical(reader, writer, path)


def _logical(reader: dict[str, Any], writer: dict[str, Any], path: str) -> Iterator[str]:
    if reader.get("logicalType") != writer.get("logicalType"):
        yield f"{path}: {writer.get('logicalType') or 'a plain value'} is read as {reader.get('logicalType') or 'a plain value'}"
    elif reader.get("logicalType") == "decimal" and reader.get("scale", 0) != writer.get("scale", 0):
        yield f"{path}: the scale of the decimal changed"
    elif reader.get("logicalType") == "decimal" and reader["precision"] < writer["precision"]:
        yield f"{path}: the decimal has fewer digits"


def _records(reader: dict[str, Any], writer: dict[str, Any], path: str) -> Iterator[str]:
    written = {field["name"]: field for field in writer["fields"]}
    for field in reader["fields"]:
        inner = f"{path}.{field['name']}".lstrip(".")
        found = next((written[n] for n in (field["name"], *field.get("aliases", ())) if n in written), None)
        if found is not None:
            yield from avro_faults(field["type"], found["type"], inner)
        elif "default" not in field:
            yield f"{inner}: it is not written, and has no default"


def _name(schema: Any) -> str:
    if isinstance(schema, dict):
        return str(schema["type"])
    return str(schema)


def json_faults(reader: Any, writer: Any, path: str = "") -> Iterator[str]:
    """Why a value that fits one JSON Schema of ours may not fit another: types, required members, members."""
    kinds, written = _kinds(reader), _kinds(writer)
    lost = written - kinds - ({"integer"} if "number" in kinds else set())
    if kinds and lost:
        yield f"{path or 'the value'}: {', '.join(sorted(lost))} is no longer allowed"
        return
    old, new = writer.get("properties", {}), reader.get("properties", {})
    for name in reader.get("required", ()):
        if name not in writer.get("required", ()):
            yield f"{path}.{name}: it is required now".lstrip(".")
    if reader.get("additionalProperties") is False:
        for name in sorted(set(old) - set(new)):
            yield f"{path}.{name}: it is gone, and no other member is allowed".lstrip(".")
    for name in sorted(set(old) & set(new)):
        yield from json_faults(new[name], old[name], f"{path}.{name}".lstrip("."))
    for member in ("items", "additionalProperties"):
        if isinstance(reader.get(member), dict) and isinstance(writer.get(member), dict):
            yield from json_faults(reader[member], writer[member], f"{path}[]")
    for bound, narrower in (("maxLength", min), ("maximum", min), ("minimum", max), ("minLength", max)):
        if bound in reader and (
            bound not in writer or narrower(reader[bound], writer[bound]) != writer[bound]
        ):
            yield f"{path}: {bound} is {reader[bound]} now"


def _kinds(schema: Any) -> set[str]:
    kinds = schema.get("type", ())
    return {kinds} if isinstance(kinds, str) else set(kinds)


def faults(format_: str, level: str, new: Any, earlier: Sequence[Any]) -> list[str]:
    """What makes a new version break the compatibility that was promised; `earlier` is oldest first.

    `level` is none, backward, forward or full, each but the first also `_transitive`; "" promises backward, as
    registries do.
    """
    level = level or "backward"
    if level == "none" or not earlier:
        return []
    check = avro_faults if format_ == "avro" else json_faults
    against = earlier if level.endswith("_transitive") else earlier[-1:]
    found: list[str] = []
    for old in against:
        if level.startswith(("backward", "full")):
            found += check(new, old)
        if level.startswith(("forward", "full")):
            found += check(old, new)
    return list(dict.fromkeys(found))
