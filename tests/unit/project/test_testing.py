"""Tests and unit tests as declared."""

from __future__ import annotations

import pytest

from headgate.project.declarations import Test as DeclaredTest
from loading import ORDERS, lines, sound

MODEL = "models:\n  - {name: m, sql: 'SELECT id FROM {{ source(\"orders\") }}'}\n"


def declared(keys: str) -> DeclaredTest:
    text = f"tests:\n  - {{name: t, model: m, {keys}}}\n"
    (test,) = sound({"a.yml": ORDERS, "m.yml": MODEL, "t.yml": text}).tests.values()
    return test


def test_assertions_have_their_own_names_and_raw_parameters() -> None:
    test = declared(
        "assertions: [{accepted_values: {column: id, values: [a]}}, conforms, {conforms: null}], type: sample, tags: x"
    )
    assert [(a.kind, a.parameters) for a in test.assertions] == [
        ("allowed_values", {"column": "id", "values": ["a"]}),
        ("conforms", {}),
        ("conforms", {}),
    ]
    assert (test.type, test.severity, test.tags) == ("sample", "error", ("x",))


def test_what_happens_on_failure() -> None:
    test = declared(
        "assertions: [conforms], on_failure: {severity: warn, threshold: '0.1%', count: 5, actions: [{pause_model: true, block_deploy: true}, {dead_letter: {topic: x}}]}"
    )
    assert (
        test.severity == "warn" and test.threshold_share == pytest.approx(0.001) and test.threshold_count == 5
    )
    assert [(a.kind, a.value) for a in test.actions] == [
        ("pause_model", True),
        ("block_deploy", True),
        ("dead_letter", {"topic": "x"}),
    ]


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("model: m, source: orders, assertions: []", "HGP054"),
        ("assertions: []", "HGP054"),
        ("model: m, assertions: [{a: {}, b: {}}]", "HGP054"),
        ("model: m, assertions: [], on_failure: {threshold: 5}", "HGP054"),
        ("model: m, assertions: [], on_failure: {actions: [{explode: true}]}", "HGP054"),
        ("model: m", "HGP053"),
        ("model: m, type: batch, assertions: []", "HGP054"),
    ],
)
def test_faults_of_tests_are_said_once(keys: str, code: str) -> None:
    text = f"tests:\n  - {{name: t, {keys}}}\n"
    assert lines({"a.yml": ORDERS, "m.yml": MODEL, "t.yml": text}) == [f"{code} t.yml:2"]


def test_unit_tests_keep_rows_fixtures_and_overrides() -> None:
    text = """unit_tests:
  - name: u
    model: m
    given:
      - {input: source("orders"), rows: [{id: a}]}
      - {input: 'ref("m")', fixture: fixtures/m.csv}
      - {input: 'ref("m")', rows: "SELECT {{ var('n', 1) }} AS id", format: sql}
      - {input: 'ref("m")', fixture: other}
    expect: {rows: [{id: a}], late: 2}
    overrides: {vars: {n: 5}}
"""
    files = {
        "a.yml": ORDERS,
        "m.yml": MODEL,
        "u.yml": text,
        "fixtures/m.csv": "id\na\n",
        "tests/fixtures/other.sql": "SELECT 1 AS id",
    }
    (unit,) = sound(files).unit_tests.values()
    assert [(g.input.name, g.format, g.rows, g.fixture) for g in unit.given] == [
        ("orders", "dict", [{"id": "a"}], ""),
        ("m", "csv", None, "fixtures/m.csv"),
        ("m", "sql", "SELECT 1 AS id", ""),
        ("m", "sql", None, "tests/fixtures/other.sql"),
    ]
    assert unit.expect is not None and unit.expect.rows == [{"id": "a"}] and unit.late == 2
    assert unit.overrides == {"vars": {"n": 5}}


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("model: m", "HGP053"),
        ("model: m, expect: {fixture: x.csv}", "HGP072"),
        ("model: m, expect: {rows: [], fixture: a.yml}", "HGP054"),
        ("model: m, expect: {format: csv}", "HGP054"),
        ("model: m, given: [{input: m, rows: []}], expect: {rows: []}", "HGR007"),
    ],
)
def test_faults_of_unit_tests_are_said(keys: str, code: str) -> None:
    found = lines({"a.yml": ORDERS, "m.yml": MODEL, "u.yml": f"unit_tests:\n  - {{name: u, {keys}}}\n"})
    assert found == [f"{code} u.yml:2"]


def test_how_many_are_late_may_be_all_that_is_expected() -> None:
    text = "unit_tests:\n  - {name: u, model: m, expect: {late: 1}}\n"
    (unit,) = sound({"a.yml": ORDERS, "m.yml": MODEL, "u.yml": text}).unit_tests.values()
    assert unit.expect is None and unit.late == 1
