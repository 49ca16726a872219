"""Where rows of streams come from, and what tests tell of rows that are made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiling import said, world
from headgate.addresses import Address
from headgate.compile.target import World
from headgate.diagnostics import Diagnostic
from headgate.graph.model import Graph
from headgate.ports import Feed, GeneratedRows, SampleText
from headgate.workflows.hints import hints_of, written
from headgate.workflows.samples import Samples
from headgate.workflows.test_order import order_of, wanted_tests

SOURCES = """
sources:
  - name: orders
    key: id
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: customer, data_type: string}
      - {name: status, data_type: string}
      - {name: cents, data_type: bigint}
models:
  - name: customers
    materialized: topic
    key: customer_id
    columns: [{name: customer_id, data_type: string}, {name: country, data_type: string}]
  - name: clean
    materialized: virtual_topic
    key: id
    sql: SELECT id, customer AS who, status, cents FROM {{ source("orders") }} WHERE status IN ('A', 'B')
  - name: doubled
    sql: SELECT id, who, cents * 2 AS cents FROM {{ ref("clean") }}
"""
TESTS = """
tests:
  - name: clean_quality
    model: clean
    type: sample
    assertions:
      - allowed_values: {column: status, values: [A, B]}
      - range: {column: cents, min: 1, max: 9}
      - pattern: {column: id, regex: "^o[0-9]{3}$"}
      - foreign_key: {column: who, ref_model: customers, ref_key: customer_id}
  - name: doubled_quality
    model: doubled
    type: sample
    assertions: [{range: {column: cents, min: 2, max: 18}}]
"""
FILES = {"project.yml": SOURCES, "tests.yml": TESTS}


@pytest.fixture(scope="module")
def shop() -> World:
    return world(FILES)


def address(graph: Graph, name: str) -> Address:
    return next(a for a in graph.order if a.name == name)


def test_a_column_is_followed_to_the_stream_that_others_write(shop: World) -> None:
    clean, doubled = address(shop.graph, "clean"), address(shop.graph, "doubled")
    assert str(written(shop.graph, clean.column("who"))) == "source.orders.customer"
    assert str(written(shop.graph, doubled.column("who"))) == "source.orders.customer"
    assert written(shop.graph, doubled.column("cents")) is None
    assert written(shop.graph, clean.column("nothing")) is None


def test_tests_tell_how_values_look_where_they_come_from(shop: World) -> None:
    hints = hints_of(shop, frozenset())
    assert hints.columns == {
        "orders": {
            "status": {"choices": ["A", "B"]},
            "cents": {"min": 1, "max": 9},
            "id": {"pattern": "^o[0-9]{3}$"},
        }
    }
    assert hints.parents == {"orders": {"customer": ("customers", "customer_id")}}


def test_a_parent_without_a_sample_takes_the_values_of_a_child_with_one(shop: World) -> None:
    assert hints_of(shop, frozenset({"orders"})).parents == {
        "customers": {"customer_id": ("orders", "customer")}
    }
    both = frozenset({"orders", "customers"})
    assert hints_of(shop, both).parents == {"orders": {"customer": ("customers", "customer_id")}}


def test_a_filter_tells_of_columns_that_no_test_speaks_of() -> None:
    hints = hints_of(world({"project.yml": SOURCES}), frozenset())
    assert hints.columns == {"orders": {"status": {"choices": ["A", "B"]}}}
    negated = SOURCES.replace("status IN ('A', 'B')", "NOT status = 'A' AND (cents = 5 OR status = 'C')")
    assert hints_of(world({"project.yml": negated}), frozenset()).columns == {
        "orders": {"status": {"choices": ["C"]}}
    }


def feeds(shop: World, root: Path, named: Path | None = None) -> tuple[dict[str, Feed], list[Diagnostic]]:
    samples = Samples(root, named, [])
    return {f.name: f for f in samples.feeds(shop)}, samples.found


def test_rows_come_from_the_named_folder_then_the_declared_sample_then_samples_then_nowhere(
    tmp_path: Path,
) -> None:
    declared = SOURCES.replace("  - name: customers", "  - name: customers\n    sample: {rows_file: c.csv}")
    made_of = world({"project.yml": declared, "c.csv": "customer_id\n", "samples/orders.jsonl": "{}\n"})
    named = tmp_path / "named"
    for file, text in (
        ("c.csv", "customer_id\n"),
        ("samples/orders.jsonl", "{}\n"),
        ("samples/customers.jsonl", ""),
    ):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    named.mkdir()
    found, wrong = feeds(made_of, tmp_path)
    assert found["customers"].rows == SampleText("c.csv", "customer_id\n", "csv")
    assert found["orders"].rows == SampleText("samples/orders.jsonl", "{}\n", "jsonl")
    (named / "customers.jsonl").write_text('{"customer_id": "c"}\n')
    (named / "orders.csv").write_text("id\n")
    found, more = feeds(made_of, tmp_path, named)
    assert found["customers"].rows == SampleText("named/customers.jsonl", '{"customer_id": "c"}\n', "jsonl")
    assert found["orders"].rows == SampleText("named/orders.csv", "id\n", "csv")
    assert not wrong and not more


def test_made_up_rows_are_a_hundred_with_a_seed_of_project_and_name(shop: World, tmp_path: Path) -> None:
    found, _ = feeds(shop, tmp_path)
    rows = found["orders"].rows
    assert isinstance(rows, GeneratedRows) and rows.count == 100
    again = feeds(shop, tmp_path)[0]["orders"].rows
    other = found["customers"].rows
    assert isinstance(other, GeneratedRows) and rows == again and rows.seed != other.seed


GENERATED = """
sources:
  - name: clicks
    columns: [{name: page, data_type: string}, {name: n, data_type: int}]
    sample:
      generate: {rate: RATE, rows: 7, seed: 3, columns: {n: {min: 1, max: 2}, page: {HINT: [a, b]}}}
"""


def test_a_generator_does_what_it_is_told(tmp_path: Path) -> None:
    text = GENERATED.replace("RATE", "50/second").replace("HINT", "choices")
    found, wrong = feeds(world({"s.yml": text}), tmp_path)
    assert not wrong
    assert found["clicks"].rows == GeneratedRows(
        count=7, seed=3, interval_ms=20, columns={"n": {"min": 1, "max": 2}, "page": {"choices": ["a", "b"]}}
    )


def test_what_a_generator_does_not_understand_is_said_at_its_place(tmp_path: Path) -> None:
    text = GENERATED.replace("RATE", "often").replace("HINT", "choises")
    files = {"s.yml": text}
    _, wrong = feeds(world(files), tmp_path)
    assert said(files, wrong) == [
        "HGP051 s.yml:6 `choises` says nothing about made-up values",
        "HGP054 s.yml:6 `often` is no rate of records",
    ]
    assert [d.help for d in wrong] == [
        "did you mean `choices`?",
        "write a number of records and a unit of time: `50/second`",
    ]


def test_a_sample_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "orders.jsonl").write_bytes(b"\xff\xfe")
    _, wrong = feeds(world(FILES), tmp_path)
    assert said(FILES, wrong) == [
        "HGD022 project.yml:3 the sample `samples/orders.jsonl` cannot be read: it is not UTF-8"
    ]


LATER = """
models:
  - name: reader
    sql: SELECT id FROM {{ ref("clean") }}
  - name: parent
    sql: SELECT customer_id AS key FROM {{ ref("customers") }}
tests:
  - name: early
    model: clean
    type: sample
    assertions: [{foreign_key: {column: who, ref_model: parent, ref_key: key}}]
"""


def test_what_a_test_reads_is_made_before_what_the_test_gates() -> None:
    made_of = world({"project.yml": SOURCES, "later.yml": LATER})
    tests = wanted_tests(made_of, made_of.graph.order, frozenset())
    ((test, read),) = tests.items()
    assert test.name == "early" and {a.name for a in read} == {"clean", "parent"}
    order = [a.name for a in order_of(made_of, tests)]
    assert order.index("parent") < order.index("reader")
    assert sorted(order) == sorted(a.name for a in made_of.graph.order)


def test_a_test_that_reads_what_it_gates_changes_no_order() -> None:
    text = LATER.replace("ref_model: parent, ref_key: key", "ref_model: reader, ref_key: id")
    made_of = world({"project.yml": SOURCES, "later.yml": text})
    tests = wanted_tests(made_of, made_of.graph.order, frozenset())
    assert tuple(order_of(made_of, tests)) == made_of.graph.order
