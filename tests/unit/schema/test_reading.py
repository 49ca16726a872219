"""What registered schemas tell of columns: the types Flink reads them as, and what it does not read."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.schema import avro, avro_reading, json_reading, json_schema
from headgate.schema.seen import NoColumns, SeenColumns
from headgate.schema.types import parse_type
from imported import record

ROUND = (
    "boolean not null", "int", "bigint not null", "float", "double", "string", "bytes", "decimal(12, 2)", "date",
    "time(3)", "timestamp(3) not null", "array<string>", "map<string not null, bigint>", "row<a int, b row<c string>>",
    "array<row<x double not null>>",
)  # fmt: skip


def types(seen: SeenColumns) -> dict[str, str]:
    return {column.name: str(column.type) for column in seen.columns}


@pytest.mark.parametrize("text", ROUND)
def test_an_avro_schema_that_was_made_of_a_type_is_read_as_it(text: str) -> None:
    type_ = parse_type(text)
    schema = avro.record("R", "x", [("c", type_)])
    (column,) = avro_reading.columns_of(schema).columns
    assert column.type == type_


@pytest.mark.parametrize("text", [*ROUND, "timestamp_ltz(3)", "smallint", "varchar(10)", "char(2) not null"])
@pytest.mark.parametrize("timestamps", ["sql", "iso", "epoch_millis"])
def test_a_json_schema_that_was_made_of_a_type_is_read_as_it(text: str, timestamps: str) -> None:
    type_ = parse_type(text)
    (column,) = json_reading.columns_of(
        json_schema.record("R", [("c", type_)], timestamps=timestamps)
    ).columns
    assert column.type == type_


@pytest.mark.parametrize(
    ("schema", "type_", "remark"),
    [
        (
            {"type": "long", "logicalType": "timestamp-micros"},
            "BIGINT NOT NULL",
            "`timestamp-micros` as a plain number",
        ),
        ({"type": "long", "logicalType": "local-timestamp-millis"}, "TIMESTAMP(3) NOT NULL", ""),
        ({"type": "string", "logicalType": "uuid"}, "STRING NOT NULL", ""),
        ({"type": {"type": "string", "avro.java.string": "String"}}, "STRING NOT NULL", ""),
        (["int", "null"], "INT", ""),
        (["string"], "STRING NOT NULL", ""),
    ],
)
def test_an_avro_type_is_what_flink_reads_it_as(schema: Any, type_: str, remark: str) -> None:
    (column,) = avro_reading.columns_of(record(("c", schema))).columns
    assert (str(column.type), column.remark) == (type_, remark)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "enum", "name": "E", "symbols": ["A"]}, "an Avro enum"),
        ({"type": "fixed", "name": "F", "size": 4}, "an Avro fixed"),
        (["int", "string"], "a union of several types"),
        (["null", "R"], "a record `R` within itself"),
        ("other.Thing", "`other.Thing`, which the schema does not say"),
        ({"type": "bytes", "logicalType": "decimal"}, "a decimal without a precision"),
        ({"type": "record", "name": "E", "fields": []}, "a record without fields"),
        (17, "no Avro type"),
    ],
)
def test_what_flink_does_not_read_of_avro_is_left_out_with_the_reason(schema: Any, why: str) -> None:
    seen = avro_reading.columns_of(record(("id", "string"), ("c", schema)))
    assert (types(seen), seen.left_out) == ({"id": "STRING NOT NULL"}, (("c", why),))


def test_a_type_that_was_named_once_is_known_by_its_name() -> None:
    place = {
        "type": "record",
        "name": "Place",
        "namespace": "geo",
        "fields": [{"name": "lat", "type": "double"}],
    }
    seen = avro_reading.columns_of(
        {**record(("a", place), ("b", ["null", "geo.Place"]), ("c", "far.Away")), "namespace": "shop"},
        [{"type": "record", "name": "far.Away", "fields": [{"name": "n", "type": "int"}]}],
    )
    assert types(seen) == {
        "a": "ROW<lat DOUBLE NOT NULL> NOT NULL",
        "b": "ROW<lat DOUBLE NOT NULL>",
        "c": "ROW<n INT NOT NULL> NOT NULL",
    }


@pytest.mark.parametrize("schema", ["string", {"type": "long"}, ["null", "int"], None, record()])
def test_an_avro_schema_without_columns_says_so(schema: Any) -> None:
    with pytest.raises(NoColumns):
        avro_reading.columns_of(schema)


def test_a_json_schema_of_somebody_else_is_read_as_far_as_it_says_something() -> None:
    seen = json_reading.columns_of(
        {
            "type": "object",
            "required": ["id", "tags"],
            "properties": {
                "id": {"type": "string"},
                "count": {"type": "integer"},
                "small": {"type": "integer", "minimum": 0, "maximum": 100},
                "price": {"type": ["number", "null"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "at": {"type": "string", "format": "date-time"},
                "place": {"$ref": "#/definitions/Place"},
                "maybe": {"oneOf": [{"type": "null"}, {"type": "boolean"}]},
                "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
                "more": {"type": "object", "additionalProperties": {"type": "integer"}},
                "open": {"type": "object"},
                "any": True,
            },
            "definitions": {
                "Place": {"type": "object", "required": ["lat"], "properties": {"lat": {"type": "number"}}}
            },
        }
    )
    assert types(seen) == {
        "id": "STRING NOT NULL",
        "count": "BIGINT",
        "small": "INT",
        "price": "DOUBLE",
        "tags": "ARRAY<STRING NOT NULL> NOT NULL",
        "at": "STRING",
        "place": "ROW<lat DOUBLE NOT NULL>",
        "maybe": "BOOLEAN",
        "either": "STRING",
        "more": "MAP<STRING NOT NULL, BIGINT NOT NULL>",
        "open": "STRING",
        "any": "STRING",
    }
    remarks = {column.name: column.remark for column in seen.columns if column.remark}
    assert remarks == {
        "at": "format date-time",
        "either": "any value, as text",
        "open": "an object of unknown members, as text",
        "any": "any value, as text",
    }


@pytest.mark.parametrize(
    "schema", [{"type": "string"}, {"$ref": "#/nowhere"}, {"$ref": "#"}, 4, {"properties": {}}]
)
def test_a_json_schema_without_columns_says_so(schema: Any) -> None:
    with pytest.raises(NoColumns):
        json_reading.columns_of(schema)


def test_a_json_schema_within_itself_comes_to_an_end() -> None:
    schema = {"type": "object", "properties": {"child": {"$ref": "#"}, "id": {"type": "string"}}}
    assert "id" in types(json_reading.columns_of(schema))


def test_schemas_that_hold_each_other_many_times_over_come_to_an_end() -> None:
    level: dict[str, Any] = {"type": "record", "name": "L0", "fields": [{"name": "x", "type": "int"}]}
    for depth in range(1, 20):
        name = level["name"]
        fields = [{"name": "a", "type": level}, {"name": "b", "type": name}, {"name": "c", "type": name}]
        level = {"type": "record", "name": f"L{depth}", "fields": fields}
    assert avro_reading.columns_of(record(("id", "int"), ("c", level))).left_out == (
        ("c", "too many types within each other"),
    )
    both = {"a": {"$ref": "#"}, "b": {"$ref": "#"}, "c": {"$ref": "#"}}
    assert list(types(json_reading.columns_of({"type": "object", "properties": both}))) == ["a", "b", "c"]


def test_what_a_json_schema_refers_to_is_read_where_it_is_registered() -> None:
    address = {"type": "object", "properties": {"zip": {"$ref": "#/$defs/Zip"}, "in": {"$ref": "land.json"}}}
    others = {
        "http://x/address.json": {**address, "$defs": {"Zip": {"type": "integer"}}},
        "land.json": {"$defs": {"Land": {"enum": ["AT", "CH", None]}}, "$ref": "#/$defs/Land"},
    }
    members = {"home": {"$ref": "http://x/address.json"}, "gone": {"$ref": "gone.json"}}
    seen = json_reading.columns_of({"type": "object", "properties": members}, others)
    assert types(seen) == {"home": "ROW<zip BIGINT, in STRING>", "gone": "STRING"}
    assert [column.remark for column in seen.columns] == ["", "any value, as text"]


@pytest.mark.parametrize(
    ("said", "type_"),
    [
        ({"enum": ["a", "b"]}, "STRING NOT NULL"),
        ({"enum": [1, 2, None]}, "BIGINT"),
        ({"const": True}, "BOOLEAN NOT NULL"),
        ({"enum": ["a", 1]}, "STRING NOT NULL"),
        ({"enum": [{"x": 1}]}, "STRING"),
    ],
)
def test_values_that_a_json_schema_lists_have_a_type(said: Any, type_: str) -> None:
    schema = {"type": "object", "properties": {"c": said}, "required": ["c"]}
    assert types(json_reading.columns_of(schema)) == {"c": type_}


def test_a_field_that_is_always_null_is_left_out_as_such() -> None:
    seen = avro_reading.columns_of(record(("id", "string"), ("nothing", "null")))
    assert seen.left_out == (("nothing", "null and nothing else"),)
