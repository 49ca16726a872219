"""Bytes of records become the rows that Flink's formats make of them; what does not fit is told without a value."""

from __future__ import annotations

import datetime as dt
import io
import json
import struct
from decimal import Decimal
from math import inf
from typing import Any

import fastavro
import httpx
import pytest

from headgate.observe.decoding import Malformed, decoder
from headgate.observe.encoding import key_encoder, value_encoder
from headgate.observe.registry import NoSuchSchema, Registry
from headgate.ports import PermanentFailure, TemporaryFailure
from headgate.resources.wire import Wire
from headgate.schema.avro import record
from headgate.schema.types import parse_type

COLUMNS = (
    ("id", "STRING NOT NULL"),
    ("n", "BIGINT"),
    ("price", "DECIMAL(10, 2)"),
    ("at", "TIMESTAMP(3)"),
    ("day", "DATE"),
    ("tags", "ARRAY<STRING>"),
    ("ok", "BOOLEAN"),
)
ROW = {
    "id": "a",
    "n": 7,
    "price": Decimal("12.30"),
    "at": dt.datetime(2026, 1, 5, 9, 0, 0, 125000),
    "day": dt.date(2026, 1, 5),
    "tags": ["x", "y"],
    "ok": True,
}
SCHEMA = record("Row", "shop", [(name, parse_type(text)) for name, text in COLUMNS])


class Schemas(Registry):
    """A registry that holds these schemas and is asked over no network; it counts how often."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__({"url": "http://registry"})
        self.asked: list[str] = []

        def answer(request: httpx.Request) -> httpx.Response:
            self.asked.append(request.url.path)
            found = answers.get(request.url.path)
            return httpx.Response(404) if found is None else httpx.Response(200, json=found)

        self._client = httpx.Client(transport=httpx.MockTransport(answer))


def schemas(*held: tuple[int, Any]) -> Schemas:
    return Schemas({f"/schemas/ids/{id_}": {"schema": json.dumps(schema)} for id_, schema in held})


def wire(**said: Any) -> Wire:
    return Wire(**{"cluster": "c", "topic": "t", "columns": COLUMNS, **said})


@pytest.mark.parametrize("iso", [False, True])
def test_what_is_written_as_json_is_read_as_it_was(iso: bool) -> None:
    said = wire(iso=iso)
    assert decoder(said, None)(None, value_encoder(said, None)(ROW)) == ("+I", ROW)


def test_what_is_written_as_avro_is_read_as_it_was() -> None:
    said = wire(format="avro", schema=SCHEMA)
    assert decoder(said, schemas((9, SCHEMA)))(None, value_encoder(said, 9)(ROW)) == ("+I", ROW)


def test_a_schema_is_asked_for_once() -> None:
    said, registry = wire(format="avro", schema=SCHEMA), schemas((9, SCHEMA))
    decode, data = decoder(said, registry), value_encoder(said, 9)(ROW)
    for _ in range(3):
        decode(None, data)
    assert registry.asked == ["/schemas/ids/9"]


def test_a_field_that_the_writer_did_not_have_is_null() -> None:
    older = {**SCHEMA, "fields": SCHEMA["fields"][:2]}
    said = wire(format="avro", schema=older, columns=COLUMNS[:2])
    data = value_encoder(said, 3)(ROW)
    _, row = decoder(wire(format="avro", schema=SCHEMA), schemas((3, older)))(None, data) or ("", {})
    assert (row["id"], row["n"], row["price"]) == ("a", 7, None)


def test_a_time_that_is_declared_as_a_number_stays_one() -> None:
    at = {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
    schema = {"type": "record", "name": "R", "fields": [at]}
    data = b"\x00" + struct.pack(">I", 1) + _bare(schema, {"at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)})
    said = wire(format="avro", columns=(("at", "BIGINT"),))
    assert decoder(said, schemas((1, schema)))(None, data) == ("+I", {"at": 1_767_225_600_000})


def test_schemas_that_others_refer_to_are_read_with_them() -> None:
    money = {"type": "record", "name": "Money", "namespace": "x", "fields": [{"name": "n", "type": "long"}]}
    order = {"type": "record", "name": "Order", "fields": [{"name": "total", "type": "x.Money"}]}
    reference = {"name": "x.Money", "subject": "money", "version": 2}
    registry = Schemas(
        {
            "/schemas/ids/5": {"schema": json.dumps(order), "references": [reference]},
            "/subjects/money/versions/2": {"schema": json.dumps(money)},
        }
    )
    said = wire(format="avro", columns=(("total", "ROW<n BIGINT>"),))
    inlined = {**order, "fields": [{"name": "total", "type": money}]}
    data = b"\x00" + struct.pack(">I", 5) + _bare(inlined, {"total": {"n": 3}})
    assert decoder(said, registry)(None, data) == ("+I", {"total": {"n": 3}})


def _bare(schema: Any, value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("STRING", "é"),
        ("INT", -5),
        ("BIGINT", 1 << 40),
        ("DOUBLE", 0.5),
        ("BOOLEAN", True),
        ("BYTES", b"\xff"),
    ],
)
def test_raw_keys_are_read_by_their_type(type_: str, value: Any) -> None:
    said = wire(
        columns=(("k", f"{type_} NOT NULL"), ("v", "STRING")), key=("k",), key_format="raw", upserts=True
    )
    key = key_encoder(said, None)({"k": value})
    assert decoder(said, None)(key, None) == ("-D", {"k": value, "v": None})


@pytest.mark.parametrize("format_", ["raw", "json"])
def test_a_record_without_a_value_deletes_the_row_of_its_key(format_: str) -> None:
    said = wire(key=("id",), key_format=format_, upserts=True)
    op, row = decoder(said, None)(key_encoder(said, None)(ROW), None) or ("", {})
    assert op == "-D" and row["id"] == "a" and row["n"] is None


def test_in_a_stream_that_appends_a_record_without_a_value_is_none() -> None:
    assert decoder(wire(key=("id",), key_format="raw"), None)(b"a", None) is None


def test_json_behind_a_schema_id_is_read() -> None:
    said = wire(columns=(("n", "INT"),))
    assert decoder(said, None)(None, b"\x00\x00\x00\x00\x07" + b'{"n": 1}') == ("+I", {"n": 1})


def test_a_float_has_what_thirty_two_bits_hold() -> None:
    _, row = decoder(wire(columns=(("f", "FLOAT"),)), None)(None, b'{"f": 0.1}') or ("", {})
    assert row["f"] == struct.unpack(">f", struct.pack(">f", 0.1))[0] != 0.1


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"secret-4711", "it is not JSON"),
        (b'["secret-4711"]', "it is no JSON object"),
        (b'{"id": NaN}', "it is not JSON"),
        (b'{"id": "a", "n": "secret-4711"}', "`n` is no BIGINT"),
        (b'{"n": 1}', "`id` is null, and STRING NOT NULL"),
    ],
)
def test_what_is_said_of_a_malformed_record_shows_none_of_it(data: bytes, what: str) -> None:
    with pytest.raises(Malformed) as found:
        decoder(wire(), None)(None, data)
    assert found.value.what == what and "4711" not in found.value.what


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"{}", "it does not begin with the id of a schema"),
        (b"\x00\x00\x00\x00\x63abc", "the registry has no schema 99"),
        (b"\x00\x00\x00\x00\x09\x02", "it is not what its schema says"),
    ],
)
def test_bytes_that_are_no_avro_are_malformed(data: bytes, what: str) -> None:
    with pytest.raises(Malformed) as found:
        decoder(wire(format="avro", schema=SCHEMA), schemas((9, SCHEMA)))(None, data)
    assert found.value.what == what


@pytest.mark.parametrize(
    ("said", "named"), [({"format": "protobuf"}, "Protobuf"), ({"format": "avro"}, "no schema registry")]
)
def test_a_format_that_is_not_read_is_refused_by_name_before_any_record(said: Any, named: str) -> None:
    with pytest.raises(PermanentFailure, match=named):
        decoder(wire(**said), None)


def test_a_schema_of_another_format_is_named() -> None:
    registry = Schemas({"/schemas/ids/4": {"schema": "syntax", "schemaType": "PROTOBUF"}})
    with pytest.raises(NoSuchSchema, match="schema 4 is of the format PROTOBUF"):
        registry.avro(4)


def test_a_registry_that_does_not_answer_is_no_malformed_record() -> None:
    registry = Schemas({})
    registry._client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(503)))
    with pytest.raises(TemporaryFailure, match="answers 503"):
        registry.avro(1)


def test_of_a_key_that_does_not_fit_it_is_said_that_it_is_the_key() -> None:
    said = wire(columns=(("id", "STRING"),), key=("id",), key_format="json", upserts=True)
    with pytest.raises(Malformed, match="of its key, it is not JSON"):
        decoder(said, None)(b"{", b"{}")


def test_a_number_beyond_32_bits_is_an_infinite_float_as_in_java() -> None:
    said = wire(columns=(("f", "FLOAT"), ("g", "FLOAT")))
    assert decoder(said, None)(None, b'{"f": 1e300, "g": -1e300}') == ("+I", {"f": inf, "g": -inf})


def test_a_moment_that_is_no_number_does_not_fit() -> None:
    schema = {"type": "record", "name": "R", "fields": [{"name": "at", "type": "double"}]}
    said = wire(format="avro", columns=(("at", "TIMESTAMP(3)"),))
    with pytest.raises(Malformed, match="`at`"):
        decoder(said, schemas((1, schema)))(None, struct.pack(">bI", 0, 1) + struct.pack("<d", float("nan")))


@pytest.mark.parametrize("body", ["<html>", "[1]"])
def test_what_is_no_registry_is_said(body: str) -> None:
    registry = schemas()
    registry._client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, text=body)))
    with pytest.raises(TemporaryFailure, match="no schema registry"):
        registry.avro(1)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "http://r", "username": "me", "password": "p"}, "Basic bWU6cA=="),
        ({"url": "http://me:p@r"}, "Basic bWU6cA=="),
        ({"url": "http://r", "token": "t"}, "Bearer t"),
        ({"url": "http://r"}, None),
    ],
)
def test_a_registry_is_asked_as_the_environment_says(settings: dict[str, str], said: str | None) -> None:
    with Registry(settings) as registry:
        request = registry._client.build_request("GET", "http://r/x")
        if registry._client.auth is not None:
            request = next(registry._client.auth.auth_flow(request))
        assert request.headers.get("Authorization") == said
        assert "p@" not in registry._url


def test_certificates_that_cannot_be_read_are_named() -> None:
    with pytest.raises(PermanentFailure, match=r"`ca_file`.*/nowhere.pem"):
        Registry({"url": "https://r", "ca_file": "/nowhere.pem"})
