"""Our converter for Connect, compiled and run as the stack does it: what it makes of a record, and what it refuses."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from headgate.local.artifacts import cached_in
from headgate.local.java import find_java
from real.conftest import Stack

pytestmark = [pytest.mark.real, pytest.mark.slow]
DRIVER = Path(__file__).parent / "Convert.java"
CASES = [
    ("id:BIGINT!", '{"id": 1, "more": 2}', "id=1:INT64"),
    ("a:TINYINT,b:SMALLINT,c:INT", '{"a": -128, "b": 32767, "c": 1}', "a=-128:INT8 b=32767:INT16 c=1:INT32"),
    ("a:STRING,b:INT", "{}", "a=null:STRING b=null:INT32"),
    ("a:STRING", '{"a": null}', "a=null:STRING"),
    ("a:STRING", "TOMBSTONE", "null"),
    ("a:STRING", '{"a": {"b": [1, 2.50]}}', 'a={"b":[1,2.50]}:STRING'),
    ("a:VARCHAR(2)", '{"a": "😀é"}', "a=😀é:STRING"),
    ("a:DECIMAL(10,2)", '{"a": 1.5}', "a=1.50:Decimal"),
    ("a:DECIMAL(10,2)", '{"a": 1.500}', "a=1.50:Decimal"),
    ("a:DECIMAL(10, 2),b:INT", '{"a": 1E+2, "b": 1}', "a=100.00:Decimal b=1:INT32"),
    ("a:DECIMAL(38,18)", '{"a": 0.1}', "a=0.100000000000000000:Decimal"),
    ("a:DOUBLE,b:FLOAT", '{"a": 0.1, "b": 2}', "a=0.1:FLOAT64 b=2.0:FLOAT32"),
    ("a:DOUBLE", '{"a": "NaN"}', "a=NaN:FLOAT64"),
    ("a:BOOLEAN", '{"a": true}', "a=true:BOOLEAN"),
    ("a:BYTES", '{"a": "AQI="}', "a=[1, 2]:BYTES"),
    ("a:DATE", '{"a": "2026-02-28"}', "a=2026-02-28T00:00:00Z:Date"),
    ("a:TIME(3)", '{"a": "03:04:05.123"}', "a=1970-01-01T03:04:05.123Z:Time"),
    ("a:TIMESTAMP(3)", '{"a": "2026-01-02 03:04:05.123"}', "a=2026-01-02T03:04:05.123Z:Timestamp"),
    ("a:TIMESTAMP(3)", '{"a": "2026-01-02T03:04:05"}', "a=2026-01-02T03:04:05Z:Timestamp"),
    ("a:TIMESTAMP(3)", '{"a": "1969-12-31 23:59:59.999"}', "a=1969-12-31T23:59:59.999Z:Timestamp"),
    ("a:TIMESTAMP(6)", '{"a": "1970-01-01 00:00:01.000002"}', "a=1000002:MicroTimestamp"),
    ("a:TIMESTAMP(9)", '{"a": "1970-01-01 00:00:01.000000002"}', "a=1000000002:NanoTimestamp"),
    ("a:TIMESTAMP_LTZ(3)", '{"a": "2026-01-02 03:04:05.123Z"}', "a=2026-01-02T03:04:05.123Z:ZonedTimestamp"),
    ("a:TIMESTAMP_LTZ(3)", '{"a": "2026-01-02T03:04:05+01:00"}', "a=2026-01-02T02:04:05Z:ZonedTimestamp"),
]
WORSE = [
    ("id:BIGINT!", "{}", "column `id` is missing and NOT NULL"),
    ("id:BIGINT!", '{"id": null}', "column `id` is null and NOT NULL"),
    ("id:BIGINT", '{"id": "5551234"}', "column `id` is not BIGINT: it is a text"),
    (
        "id:BIGINT",
        '{"id": 5551234.5}',
        "column `id` is not BIGINT: it is a number with a fraction or an exponent",
    ),
    ("id:BIGINT", '{"id": 9223372036854775808}', "column `id` is not BIGINT: out of its range"),
    ("id:TINYINT", '{"id": 128}', "column `id` is not TINYINT: out of its range"),
    ("a:STRING", '{"a": 5551234}', "column `a` is not STRING: it is a whole number"),
    ("a:VARCHAR(2)", '{"a": "5551234"}', "column `a` is not VARCHAR(2): it is longer"),
    (
        "a:DECIMAL(4,2)",
        '{"a": 1.005}',
        "column `a` is not DECIMAL(4, 2): it has more than 2 digits after the point",
    ),
    (
        "a:DECIMAL(4,2)",
        '{"a": 100}',
        "column `a` is not DECIMAL(4, 2): it has more than 2 digits before the point",
    ),
    ("a:FLOAT", '{"a": 1e300}', "column `a` is not FLOAT: out of its range"),
    ("a:BOOLEAN", '{"a": 1}', "column `a` is not BOOLEAN: it is a whole number"),
    ("a:BYTES", '{"a": "5551234?"}', "column `a` is not BYTES: it is not base64"),
    ("a:DATE", '{"a": "2026-02-30"}', "column `a` is not DATE: it is not as `2026-01-02`"),
    ("a:TIMESTAMP(3)", '{"a": "2026-01-02 03:04:05.123Z"}', "without a zone"),
    (
        "a:TIMESTAMP(3)",
        '{"a": "2026-01-02 03:04:05.1234"}',
        "its second has more than 3 digits after the point",
    ),
    ("a:TIMESTAMP_LTZ(3)", '{"a": "2026-01-02 03:04:05.123"}', "with its zone"),
    ("a:TIMESTAMP(9)", '{"a": "2999-01-02 03:04:05"}', "column `a` is not TIMESTAMP(9): out of its range"),
    ("a:STRING", "[5551234]", "the record is an array where an object is wanted"),
    ("a:STRING", '{"a": "5551234"', "not JSON"),
    ("a:STRING", '{"a": "5551234", "a": "2"}', "not JSON, or a member twice"),
    ("a:STRING", '{"a": "5551234"} 1', "not JSON"),
    ("a:STRING", "", "the record is nothing where an object is wanted"),
]
SPELLED = [
    ("a:ROW<b INT>", "{}", "column `a`: `ROW<b INT>` is nested"),
    ("a:ARRAY<INT>!,b:INT", "{}", "column `a`: `ARRAY<INT>!` is nested"),
    ("a:MONEY", "{}", "column `a`: `MONEY` is none of the Flink types"),
    ("a", "{}", "`a` is not a column"),
    ("a:INT,a:INT", "{}", "column `a` is there twice"),
]


@pytest.fixture(scope="module")
def converted(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """What came of every case."""
    artifacts, java = cached_in(os.environ), find_java(os.environ)
    classes = tmp_path_factory.mktemp("classes")
    path = ":".join(
        map(str, [classes, *artifacts.glob("kafka/*.jar"), *artifacts.glob("plugins/contract-json/*.jar")])
    )
    (compiler,) = artifacts.glob("compiler/*.jar")
    words = ["-source", "17", "-target", "17", "-nowarn", "-d", str(classes), "-cp", path, str(DRIVER)]
    subprocess.run([java, "-jar", str(compiler), *words], check=True, timeout=120)
    cases = [(columns, record) for columns, record, _ in (*CASES, *WORSE, *SPELLED)]
    done = subprocess.run(
        [java, "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-cp", path, "Convert"],
        input="".join(f"{columns}\t{record}\n" for columns, record in cases).encode(),
        capture_output=True,
        check=True,
        timeout=120,
    )
    said = done.stdout.decode().splitlines()
    assert len(said) == len(cases), done.stderr.decode()[-2000:]
    return dict(zip(cases, said, strict=True))


@pytest.mark.parametrize(("columns", "record", "read"), CASES)
def test_a_record_is_typed_by_the_columns_of_its_contract(
    converted: dict[tuple[str, str], str], columns: str, record: str, read: str
) -> None:
    assert converted[columns, record] == read


@pytest.mark.parametrize(("columns", "record", "why"), WORSE)
def test_what_breaks_the_contract_is_refused_and_no_value_is_shown(
    converted: dict[tuple[str, str], str], columns: str, record: str, why: str
) -> None:
    said = converted[columns, record]
    assert said.startswith("DataException: ") and why in said
    assert "555" not in said


@pytest.mark.parametrize(("columns", "record", "why"), SPELLED)
def test_columns_that_are_not_understood_are_refused_before_any_record(
    converted: dict[tuple[str, str], str], columns: str, record: str, why: str
) -> None:
    said = converted[columns, record]
    assert said.startswith("ConfigException: ") and why in said
