"""Unit tests as they run: what is given, what is compared, what is said of the rest."""

from __future__ import annotations

import textwrap

import pytest

from headgate.providers.embedded import open_engine
from headgate.verify.unit_tests import UnitTestOutcome, run_unit_tests
from streams import world_of

PROJECT = """
vars: {least: 0}
sources:
  - name: events
    columns:
      - {name: id, data_type: string}
      - {name: customer, data_type: string}
      - {name: cents, data_type: bigint}
      - {name: rate, data_type: double}
      - {name: status, data_type: string}
      - {name: at, data_type: timestamp(3)}
      - {name: day, data_type: date, expression: "CAST(`at` AS DATE)"}
    event_time: {column: at, max_out_of_orderness: 5 seconds}
  - name: customers
    key: id
    changelog: upsert
    columns: [{name: id, data_type: string}, {name: level, data_type: int}]
models:
  - name: clean
    materialized: virtual_topic
    sql: |
      SELECT id, customer, cents, rate, `at`, `day` FROM {{ source("events") }}
      WHERE status = 'PAID' AND cents >= {{ var("least") }}
  - name: five
    materialized: flink_stream
    key: customer
    sql: |
      SELECT customer, TUMBLE_START(`at`, INTERVAL '5' MINUTE) AS window_start, SUM(cents) AS total
      FROM {{ ref("clean") }} GROUP BY customer, TUMBLE(`at`, INTERVAL '5' MINUTE)
  - name: totals
    materialized: flink_stream
    key: customer
    sql: SELECT customer, SUM(cents) AS total, SUM(rate) AS rates FROM {{ ref("clean") }} GROUP BY customer
  - name: lasting
    materialized: flink_stream
    key: customer
    flink: {state_ttl: 1 day}
    sql: SELECT customer, SUM(cents) AS total FROM {{ ref("clean") }} GROUP BY customer
  - name: levels
    materialized: flink_stream
    key: id
    sql: SELECT e.id, c.level FROM {{ ref("clean") }} AS e JOIN {{ source("customers") }} AS c ON e.customer = c.id
  - name: rich
    materialized: flink_stream
    key: customer
    sql: SELECT customer, SUM(cents) AS total FROM {{ ref("clean") }} GROUP BY customer HAVING SUM(cents) > 3
  - name: made_of_nothing
    materialized: topic
    columns: [{name: id, data_type: string}]
"""


def outcomes(tests: str, **files: str) -> list[UnitTestOutcome]:
    project, _, rest = PROJECT.partition("sources:")
    made = world_of(
        f"sources:{rest}unit_tests:\n{textwrap.indent(textwrap.dedent(tests), '  ')}",
        **{"headgate.yml": f"name: shop\n{project}", **files},
    )
    with open_engine(None) as engine:
        return list(run_unit_tests(made, made.project.unit_tests.values(), engine))


def outcome(tests: str, **files: str) -> UnitTestOutcome:
    (only,) = outcomes(tests, **files)
    return only


def test_the_given_rows_of_an_inlined_stream_stand_for_it() -> None:
    found = outcome("""
        - name: t
          model: five
          given:
            - input: ref("clean")
              rows:
                - {customer: a, cents: 1, at: "2026-01-01 00:00:01"}
                - {customer: a, cents: 2, at: "2026-01-01 00:04:01"}
                - {customer: a, cents: 4, at: "2026-01-01 00:06:01"}
                - {customer: a, cents: 8, at: "2026-01-01 00:00:05"}
          expect:
            rows: [{customer: a, window_start: "2026-01-01 00:00:00", total: 3}, {customer: a, window_start: "2026-01-01 00:05:00", total: 4}]
            late: 1
    """)
    assert (found.status, found.missing, found.unexpected) == ("pass", (), ())


def test_an_inlined_stream_that_is_not_given_is_made_of_what_is() -> None:
    found = outcome("""
        - name: t
          model: totals
          given:
            - input: source("events")
              rows: [{customer: a, cents: 1, status: PAID}, {customer: a, cents: 5, status: NEW}]
          expect: {rows: [{customer: a, total: 1}]}
    """)
    assert found.status == "pass"


def test_an_input_that_is_not_given_is_empty() -> None:
    assert outcome("- {name: t, model: totals, given: [], expect: {rows: []}}").status == "pass"
    found = outcome("- {name: t, model: totals, given: [], expect: {rows: [{customer: a}]}}")
    assert (found.status, found.missing) == ("fail", ({"customer": "a"},))


def test_rows_are_compared_as_a_multiset_of_the_columns_that_are_named() -> None:
    given = """
        - name: t
          model: clean
          given:
            - input: source("events")
              rows: [{id: a, status: PAID, cents: 1}, {id: b, status: PAID, cents: 1}, {id: b, status: PAID, cents: 2}]
          expect: {rows: %s}
    """
    assert outcome(given % "[{id: b}, {id: a}, {id: b}]").status == "pass"
    found = outcome(given % "[{id: b}, {id: a}]")
    assert (found.missing, found.unexpected) == ((), ({"id": "b"},))
    found = outcome(given % "[{id: a}, {id: a}, {id: b}, {id: c}]")
    assert (found.missing, found.unexpected) == (({"id": "a"}, {"id": "c"}), ({"id": "b"},))
    assert found.message == "other rows than expected"
    assert outcome(given % "[{id: a, cents: 1}, {id: b, cents: 1}, {id: b}]").status == "fail"


def test_a_column_that_is_not_given_is_null() -> None:
    found = outcome("""
        - name: t
          model: clean
          given: [{input: source("events"), rows: [{status: PAID, cents: 0}]}]
          expect: {rows: [{id: null, customer: null, cents: 0}]}
    """)
    assert found.status == "pass"


def test_computed_columns_are_computed_unless_they_are_given() -> None:
    found = outcome("""
        - name: t
          model: clean
          given:
            - input: source("events")
              rows:
                - {id: a, status: PAID, cents: 0, at: "2026-01-02 10:00:00"}
                - {id: b, status: PAID, cents: 0, at: "2026-01-02 10:00:00", day: 2020-01-01}
          expect: {rows: [{id: a, day: 2026-01-02}, {id: b, day: 2020-01-01}]}
    """)
    assert (found.status, found.unexpected) == ("pass", ())


def test_rows_may_be_csv_or_a_query_or_a_file() -> None:
    tests = """
        - name: csv
          model: clean
          given:
            - input: source("events")
              format: csv
              rows: |
                id, status, cents
                a, PAID, 1
                b, PAID,
          expect: {format: csv, rows: "id\\na"}
        - name: sql
          model: clean
          given:
            - input: source("events")
              format: sql
              rows: "SELECT 'a' AS id, 'PAID' AS status, 1 AS cents UNION ALL SELECT 'b', 'NEW', 1"
          expect: {rows: [{id: a}]}
        - name: fixture
          model: clean
          given: [{input: source("events"), fixture: some_events}]
          expect: {fixture: expected}
    """
    files = {
        "tests/fixtures/some_events.csv": "id,status,cents\nx,PAID,3\n",
        "tests/fixtures/expected.sql": "SELECT 'x' AS id, CAST(3 AS BIGINT) AS cents",
    }
    assert [(o.test.name, o.status, o.message) for o in outcomes(tests, **files)] == [
        ("csv", "pass", ""),
        ("sql", "pass", ""),
        ("fixture", "pass", ""),
    ]


def test_variables_are_overridden_for_one_test_alone() -> None:
    tests = """
        - name: over
          model: clean
          given: [{input: source("events"), rows: [{id: a, status: PAID, cents: 3}]}]
          overrides: {vars: {least: 5}}
          expect: {rows: []}
        - name: plain
          model: clean
          given: [{input: source("events"), rows: [{id: a, status: PAID, cents: 3}]}]
          expect: {rows: [{id: a}]}
    """
    assert [o.status for o in outcomes(tests)] == ["pass", "pass"]


def test_an_upsert_input_holds_the_last_row_of_a_key() -> None:
    found = outcome("""
        - name: t
          model: levels
          given:
            - input: ref("clean")
              rows: [{id: p1, customer: a}, {id: p2, customer: b}]
            - input: source("customers")
              rows: [{id: a, level: 1}, {id: a, level: 2}, {id: b, level: 1}, {id: b, _op: "-D"}]
          expect: {rows: [{id: p1, level: 2}]}
    """)
    assert (found.status, found.unexpected) == ("pass", ())


def test_floating_numbers_are_equal_where_their_digits_are() -> None:
    found = outcome("""
        - name: t
          model: totals
          given: [{input: ref("clean"), rows: [{customer: a, rate: 0.1}, {customer: a, rate: 0.2}]}]
          expect: {rows: [{customer: a, rates: 0.3}]}
    """)
    assert found.status == "pass"


def test_how_many_are_late_can_be_all_that_is_expected() -> None:
    given = """
        - name: t
          model: five
          given:
            - input: ref("clean")
              rows: [{customer: a, cents: 1, at: "2026-01-01 01:00:00"}, {customer: a, cents: 1, at: "2026-01-01 00:00:00"}]
          expect: {late: %s}
    """
    assert outcome(given % 1).status == "pass"
    found = outcome(given % 0)
    assert (found.status, found.message) == ("fail", "1 late, where 0 are expected")


def test_the_changelog_of_an_aggregation_is_told_change_by_change() -> None:
    given = """
        - name: t
          model: totals
          given:
            - input: ref("clean")
              rows: [{customer: a, cents: 1}, {customer: a, cents: 0}, {customer: b, cents: 3}, {customer: a, cents: 2}]
          expect_changelog: %s
    """
    assert (
        outcome(
            given % '[{customer: a, total: 1}, {customer: b, total: 3}, {_op: "+U", customer: a, total: 3}]'
        ).status
        == "pass"
    )
    found = outcome(
        given % '[{customer: a, total: 1}, {_op: "+U", customer: a, total: 3}, {customer: b, total: 3}]'
    )
    assert found.status == "fail", "the order of changes is part of them"


def test_a_changelog_that_cannot_be_told_is_refused_by_name() -> None:
    tests = """
        - {name: join, model: levels, given: [], expect_changelog: [{id: a}]}
        - {name: ttl, model: lasting, given: [], expect_changelog: [{total: 1}]}
        - {name: having, model: rich, given: [], expect_changelog: [{total: 4}]}
    """
    join, ttl, having = outcomes(tests)
    assert (join.status, ttl.status, having.status) == ("error", "error", "error")
    assert "HAVING" in having.message
    assert "regular join" in join.message
    assert "state_ttl" in ttl.message


def test_the_changelog_of_an_append_query_is_its_rows() -> None:
    found = outcome("""
        - name: t
          model: clean
          given: [{input: source("events"), rows: [{id: a, status: PAID, cents: 1}]}]
          expect_changelog: [{id: a}]
    """)
    assert found.status == "pass"


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("{name: t, model: made_of_nothing, given: [], expect: {rows: []}}", "has no query"),
        ("{name: t, model: totals, given: [{input: source('customers'), rows: []}], expect: {rows: []}}", "does not read"),
        ("{name: t, model: totals, given: [{input: ref('clean'), rows: [{cents: x}]}], expect: {rows: []}}", "row 1 of clean"),
        ("{name: t, model: totals, given: [], expect: {rows: [{nothing: 1}]}}", "no column `nothing`"),
        ("{name: t, model: totals, given: [], expect: {rows: [{total: x}]}}", "expected row 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_an_error_that_says_why(test: str, said: str) -> None:
    found = outcome(f"- {test}")
    assert found.status == "error"
    assert said in found.message
