"""Tests as declared: each thing that is wrong with one, at its place."""

from __future__ import annotations

import pytest

from checked import loaded
from headgate.assertions import assertion_kinds, check_assertions
from headgate.diagnostics import Diagnostic, Severity, line_and_column

STREAMS = """
sources:
  - name: orders
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: status, data_type: string}
      - {name: amount, data_type: bigint}
      - {name: price, data_type: "decimal(10, 2)"}
      - {name: at, data_type: timestamp(3)}
    event_time: {column: at}
  - name: customers
    key: id
    changelog: upsert
    columns: [{name: id, data_type: string}, {name: level, data_type: int}]
  - name: unknown
    schema: {subject: x-value}
"""


def found(assertion: str, about: str = "source: orders", more: str = "") -> list[Diagnostic]:
    text = f"{STREAMS}tests:\n  - name: t\n    {about}\n{more}    assertions:\n      - {assertion}\n"
    graph, before = loaded({"project.yml": text})
    assert graph is not None
    assert all(d.code.id.startswith("HGR") for d in before), before
    for d in (result := list(check_assertions(graph))):
        line = line_and_column(text, d.span.start)[0]
        assert line > text[: text.index("tests:")].count("\n"), "a finding stands at the test"
        assert d.node == "test.t" or d.severity is Severity.INFO
    return result


def said(assertion: str, about: str = "source: orders", more: str = "") -> list[str]:
    return [f"{d.code.id} {d.message}" for d in found(assertion, about, more)]


@pytest.mark.parametrize(
    "assertion",
    [
        "not_null: {column: id}",
        "not_null: {columns: [id, status]}",
        "unique_key: {key: id}",
        "unique_key: {key: [id, status], window: 15 minutes}",
        "unique: {key: id}",
        "allowed_values: {column: status, values: [NEW, PAID]}",
        "accepted_values: {column: amount, values: [1, 2]}",
        "range: {column: amount, min: 0}",
        "range: {column: price, min: 0.01, max: 99999999.99}",
        'range: {column: at, min: "2026-01-01", max: "2026-12-31 23:59:59"}',
        "pattern: {column: status, regex: '^[A-Z]+$'}",
        "pattern: {column: status, regex: '\\p{Lu}++'}",
        "foreign_key: {column: id, ref_source: customers, window: 1 hour}",
        "relationships: {column: amount, ref_source: customers, ref_key: level}",
        "max_lag: {column: at, seconds: 300}",
        "max_lag: {column: at, seconds: 0.5}",
        "max_latency: {from: at, to: at, max: 1 minute}",
        "ordered: {column: at, key: id}",
        "null_rate: {column: status, max: 5%, window: 1 hour}",
        "distribution: {column: status, shares: {NEW: {min: 0.1, max: 50%}}}",
        "distribution: {column: amount, window: 1 hour, quantiles: {p50: {max: 100}, p99.9: {max: 1000}}}",
        "conforms",
        "conforms: {}",
        'sql: "SELECT * FROM {{ this() }} WHERE amount < 0"',
        'sql: {sql: "SELECT * FROM {{ this() }} WHERE amount < 0"}',
    ],
)
def test_what_means_something_is_no_finding(assertion: str) -> None:
    assert said(assertion) == []


@pytest.mark.parametrize(
    ("assertion", "code", "at"),
    [
        ("not_nul: {column: id}", "HGT030", "not_nul"),
        ("not_null: {colum: id}", "HGP051", "colum"),
        ("not_null: {}", "HGP053", "{}"),
        ("not_null: {column: id, columns: [id]}", "HGP054", "[id]"),
        ("not_null: {columns: [id, nothing]}", "HGT031", "nothing"),
        ("not_null: {column: 3}", "HGP052", "3"),
        ("unique_key: {key: ids}", "HGT031", "ids"),
        ("unique_key: {key: id, window: soon}", "HGP055", "soon"),
        ("unique_key: {window: 1 hour}", "HGP053", "{window: 1 hour}"),
        ("allowed_values: {column: status, values: []}", "HGP054", "[]"),
        ("allowed_values: {column: status, values: [1]}", "HGT032", "1"),
        ("allowed_values: {column: amount, values: [1, many]}", "HGT032", "many"),
        ("allowed_values: {column: status, values: [NEW, null]}", "HGT032", "null"),
        ("range: {column: amount}", "HGP053", "{column: amount}"),
        ("range: {column: status, min: 1}", "HGT032", "status"),
        ("range: {column: at, max: tomorrow}", "HGT032", "tomorrow"),
        ("pattern: {column: status, regex: '['}", "HGT032", "'['"),
        ("pattern: {column: amount, regex: a}", "HGT032", "amount"),
        ("foreign_key: {column: id}", "HGP053", "{column: id}"),
        ("foreign_key: {column: id, ref_source: customers, ref_key: key}", "HGT031", "key"),
        ("foreign_key: {column: amount, ref_source: customers, ref_key: id}", "HGT032", "amount"),
        ("max_lag: {column: status, seconds: 3}", "HGT032", "status"),
        ("max_lag: {column: at, seconds: -3}", "HGP054", "-3"),
        ("max_latency: {from: at, to: amount, max: 1 minute}", "HGT032", "amount"),
        ("ordered: {column: status}", "HGT032", "status"),
        ("null_rate: {column: status, max: 2}", "HGP054", "2"),
        ("distribution: {column: status, shares: {NEW: {}}}", "HGP053", "{}"),
        ("distribution: {column: amount, quantiles: {half: {max: 1}}}", "HGP054", "half"),
        ("distribution: {column: amount, shares: {NEW: {min: 1}}}", "HGT032", "NEW"),
        ("throughput: {window: 1 minute, min: 5, max: 3}", "HGT032", "3"),
        ('sql: "SELECT statsu FROM {{ this() }}"', "HGQ010", "statsu"),
    ],
)
def test_what_means_nothing_is_a_finding_at_its_place(assertion: str, code: str, at: str) -> None:
    findings = [d for d in found(assertion) if d.severity is Severity.ERROR]
    assert [d.code.id for d in findings] == [code]
    text = f"{STREAMS}tests:\n  - name: t\n    source: orders\n    assertions:\n      - {assertion}\n"
    assert text[findings[0].span.start : findings[0].span.end] == at
    assert findings[0].help


def test_a_close_name_is_suggested() -> None:
    (finding,) = found("alowed_values: {column: status, values: [A]}")
    assert finding.help == "did you mean `allowed_values`?"


def test_the_tested_stream_is_no_table_by_that_name_alone() -> None:
    (finding,) = found('sql: "SELECT id FROM this"')
    assert (finding.code.id, finding.help) == ("HGQ011", "write {{ this }} for the tested stream")
    assert found('sql: "SELECT id FROM {{ this }}"') == []


def test_several_mistakes_of_one_assertion_are_all_told() -> None:
    assert len(said("range: {column: nothing, mim: 1}")) == 1  # the struct first: the rest would be guesses
    assert len(said("foreign_key: {column: nothing, ref_source: customers, ref_key: none}")) == 2


def test_a_key_is_unique_by_what_an_upsert_stream_is() -> None:
    (finding,) = said("unique_key: {key: id}", "source: customers")
    assert finding.startswith("HGT032 `customers` has one row a key")


def test_a_window_wants_an_event_time() -> None:
    (finding,) = said("null_rate: {column: level, max: 0.1, window: 1 hour}", "source: customers")
    assert finding == "HGT032 `window` needs an event time, and `customers` has none"


def test_columns_that_nobody_knows_are_no_finding() -> None:
    assert said("not_null: {column: whatever}", "source: unknown") == []


def test_a_test_without_records_asserts_what_needs_none() -> None:
    assert said("conforms: {}", more="    type: schema\n") == []
    (finding,) = said("not_null: {column: id}", more="    type: schema\n")
    assert finding.startswith("HGT032 `not_null` needs records")


def test_what_only_a_running_system_can_judge_is_told_once_a_kind() -> None:
    text = f"""{STREAMS}tests:
  - name: t
    source: orders
    assertions:
      - freshness: {{max_age: 1 minute}}
      - freshness: {{max_age: 2 minutes}}
      - throughput: {{window: 1 minute, min: 5}}
"""
    graph, _ = loaded({"project.yml": text})
    assert graph is not None
    told = list(check_assertions(graph))
    assert [(d.code.id, d.severity) for d in told] == [("HGC901", Severity.INFO)] * 2
    assert [d.message.endswith("(2 declared)") for d in told] == [True, False]


def test_a_test_of_what_is_not_there_is_said_by_loading_alone() -> None:
    graph, before = loaded({"project.yml": f"{STREAMS}tests:\n  - name: t\n    source: orderz\n    assertions: [conforms]\n"})  # fmt: skip
    assert graph is not None
    assert [d.code.id for d in before] == ["HGR001"]
    assert list(check_assertions(graph)) == []


def test_every_kind_of_the_format_is_there() -> None:
    assert set(assertion_kinds()) == {
        "allowed_values", "conforms", "distribution", "foreign_key", "freshness", "max_lag", "max_latency", "not_null",
        "null_rate", "ordered", "pattern", "range", "sql", "throughput", "unique_key",
    }  # fmt: skip


UNIT = """
models:
  - name: paid
    materialized: flink_stream
    key: id
    sql: SELECT id, amount, `at` FROM {{ ref("new") }}
  - name: new
    materialized: ephemeral
    sql: SELECT id, amount, `at` FROM {{ source("orders") }} WHERE status = 'NEW'
unit_tests:
  - name: u
    model: paid
"""


def unit(text: str, **files: str) -> list[str]:
    whole = f"{STREAMS}{UNIT}{text}"
    graph, before = loaded({"project.yml": whole, **files})
    assert graph is not None and before == [], before
    return [f"{d.code.id} {whole[d.span.start : d.span.end]}" for d in check_assertions(graph)]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ("given: [{input: ref('new'), rows: [{id: a, amount: 1}]}]", []),
        ("given: [{input: source('orders'), rows: [{id: a, _timestamp: '2026-01-01 00:00:00'}]}]", []),
        ("given: [{input: source('customers'), rows: []}]", ["HGT033 source('customers')"]),
        ("given: [{input: ref('new'), rows: [{ids: a}, {ids: b}]}]", ["HGT031 ids"]),
        ("given: [{input: ref('new'), rows: [{amount: a}, {amount: b}]}]", ["HGT033 a", "HGT033 b"]),
        ("given: [{input: ref('new'), format: csv, rows: \"id, amount\\na, 1\"}]", []),
        ("given: [{input: ref('new'), format: csv, rows: \"id, amounts\\na, 1\"}]", ["HGT031 rows"]),
    ],
)
def test_given_rows_are_those_of_streams_that_the_model_reads(given: str, wrong: list[str]) -> None:
    assert unit(f"    {given}\n    expect: {{rows: [{{id: a}}]}}\n") == wrong


def test_expected_rows_are_the_models() -> None:
    assert unit("    given: []\n    expect: {rows: [{id: a, status: NEW}]}\n") == ["HGT031 status"]
    assert unit("    given: []\n    expect: [{amount: x}]\n") == ["HGT033 x"]
    assert unit("    given: []\n    expect_changelog: [{_op: +I, amount: x}]\n") == ["HGT033 x"]


def test_a_fixture_is_read_from_its_file() -> None:
    wrong = {"tests/fixtures/new.csv": "id, amount\na, many\n"}
    given = "    given: [{input: ref('new'), fixture: new}]\n    expect: {rows: []}\n"
    assert unit(given, **wrong) == ["HGT033 new"]
    assert unit(given, **{"tests/fixtures/new.csv": "id, amount\na, 5\n"}) == []
