"""`test` over what a build left, and the rows that tests become."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from graph_builders import place, ref
from headgate.addresses import Address, Kind
from headgate.project.declarations import Action, Assertion
from headgate.project.declarations import Test as Declared
from headgate.verify.assertions import AssertionOutcome
from headgate.workflows import testing_rows
from running import Ran, headgate, tree

PROJECT = """
name: shop
version: "1"
"""
STREAMS = """
sources:
  - name: orders
    columns:
      - {name: id, data_type: string}
      - {name: cents, data_type: bigint}
      - {name: at, data_type: timestamp(3)}
    event_time: {column: at}
    sample: {rows_file: orders.jsonl}
models:
  - name: big
    materialized: flink_stream
    key: id
    sql: SELECT id, cents, `at` FROM {{ source("orders") }} WHERE cents > 10
tests:
  - name: orders_quality
    source: orders
    assertions:
      - not_null: {column: id}
      - range: {column: cents, max: 100}
    on_failure: {severity: warn, actions: [{send_alert: "slack://#shop"}]}
  - name: big_quality
    model: big
    assertions: [{unique_key: {key: id}}]
unit_tests:
  - name: small_ones_are_left_out
    model: big
    given: [{input: source("orders"), rows: [{id: a, cents: 5}, {id: b, cents: 50}]}]
    expect: {rows: [{id: b}]}
"""
ROWS = """{"id": "a", "cents": 50, "at": "2026-01-01 00:00:00"}
{"id": "b", "cents": 500, "at": "2026-01-01 00:00:01"}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "headgate.yml").write_text(PROJECT)
    (tmp_path / "streams.yml").write_text(STREAMS)
    (tmp_path / "orders.jsonl").write_text(ROWS)
    return tmp_path


@pytest.fixture
def built(shop: Path) -> Path:
    ran = headgate("build", project=shop)
    assert ran.code == 0, ran.err + ran.out
    return shop


def ran(*arguments: str, project: Path) -> Ran:
    return headgate("test", "--output", "json", *arguments, project=project)


def statuses(answer: Ran) -> dict[str, str]:
    body = answer.json
    found = {f"{r['test']} {r['assertion']}": r["status"] for r in body["results"]}
    return found | {u["test"]: u["status"] for u in body["unit_tests"]}


def test_every_test_is_run_over_what_the_build_left(built: Path) -> None:
    before = tree(built / ".headgate" / "embedded")
    answer = ran(project=built)
    assert statuses(answer) == {
        "orders_quality not_null(id)": "pass",
        "orders_quality range(cents)": "warn",
        "big_quality unique_key(id)": "pass",
        "small_ones_are_left_out": "pass",
    }
    assert answer.code == 0
    assert tree(built / ".headgate" / "embedded") == before, "nothing is changed"


def test_a_failing_record_is_shown_and_the_alert_is_printed(built: Path) -> None:
    (row,) = [r for r in ran(project=built).json["results"] if r["status"] == "warn"]
    assert row["node"] == "source.orders"
    assert (row["failed"], row["evaluated"]) == (1, 2)
    assert row["samples"] == [{"id": "b", "cents": 500, "at": "2026-01-01 00:00:01.000"}]
    assert row["actions"] == ["alert slack://#shop (printed)"]


def test_strict_fails_on_a_warning(built: Path) -> None:
    assert ran("--strict", project=built).code == 1


def test_a_selection_picks_streams_or_tests(built: Path) -> None:
    assert set(statuses(ran("--select", "big", project=built))) == {
        "big_quality unique_key(id)",
        "small_ones_are_left_out",
    }
    assert set(statuses(ran("--select", "small_ones_are_left_out", project=built))) == {
        "small_ones_are_left_out"
    }
    assert "big_quality unique_key(id)" not in statuses(ran("--exclude", "big", project=built))
    assert "big_quality unique_key(id)" not in statuses(ran("--exclude", "big_quality", project=built))


def test_a_word_that_selects_nothing_is_a_finding(built: Path) -> None:
    answer = ran("--select", "bigg", project=built)
    assert answer.code == 1
    assert [d["code"] for d in answer.json["diagnostics"]] == ["HGR110"]


def test_before_a_build_unit_tests_run_and_the_rest_says_what_is_missing(shop: Path) -> None:
    answer = ran(project=shop)
    assert answer.code == 1
    assert statuses(answer)["small_ones_are_left_out"] == "pass"
    assert {r["status"] for r in answer.json["results"]} == {"error"}
    assert all("headgate build" in r["message"] for r in answer.json["results"])
    assert not (shop / ".headgate" / "embedded").exists()


def test_a_failing_unit_test_shows_what_differs(shop: Path) -> None:
    file = shop / "streams.yml"
    file.write_text(file.read_text().replace("expect: {rows: [{id: b}]}", "expect: {rows: [{id: a}]}"))
    (row,) = ran(project=shop).json["unit_tests"]
    assert (row["status"], row["missing"], row["unexpected"]) == ("fail", [{"id": "a"}], [{"id": "b"}])


def test_a_project_with_errors_is_not_tested(built: Path) -> None:
    file = built / "streams.yml"
    file.write_text(file.read_text().replace("not_null: {column: id}", "not_null: {column: ids}"))
    answer = ran(project=built)
    assert answer.code == 1
    assert [d["code"] for d in answer.json["diagnostics"] if d["severity"] == "error"] == ["HGT031"]
    assert answer.json["results"] == []


def test_late_rows_that_make_an_answer_approximate_fail_where_exact_ones_are_asked_for(shop: Path) -> None:
    streams = shop / "streams.yml"
    shutil.copy(streams, shop / "before.txt")
    streams.write_text("""
sources:
  - name: orders
    columns: [{name: id, data_type: string}, {name: customer, data_type: string}, {name: at, data_type: timestamp(3)}]
    event_time: {column: at}
    sample: {rows_file: orders.jsonl}
  - name: customers
    key: id
    changelog: upsert
    columns: [{name: id, data_type: string}, {name: at, data_type: timestamp(3)}]
    event_time: {column: at}
    sample: {rows_file: customers.jsonl}
tests:
  - name: orphans
    source: orders
    assertions: [{foreign_key: {column: customer, ref_source: customers, ref_key: id, window: 1 second}}]
""")
    (shop / "orders.jsonl").write_text(
        '{"id": "a", "customer": "c", "at": "2026-01-01 01:00:00"}\n'
        '{"id": "b", "customer": "c", "at": "2026-01-01 00:00:10"}\n'
    )
    (shop / "customers.jsonl").write_text(
        '{"id": "c", "at": "2026-01-01 00:00:00"}\n{"id": "d", "at": "2026-01-01 00:59:59"}\n'
    )
    assert headgate("build", project=shop).code == 0
    (row,) = ran(project=shop).json["results"]
    assert (row["status"], row["late"], row["message"]) == (
        "pass",
        1,
        "approximate: late rows in temporal_join",
    )
    exactly = ran("--exact", project=shop)
    assert (exactly.code, exactly.json["results"][0]["status"]) == (1, "error")


def outcome(status: str, *actions: tuple[str, Any]) -> AssertionOutcome:
    test = Declared(
        address=Address(Kind.TEST, "t"),
        name="t",
        target=ref("m"),
        type="sample",
        assertions=(),
        place=place(),
        actions=tuple(Action(kind, value, place()) for kind, value in actions),
    )
    return AssertionOutcome(test=test, assertion=Assertion("conforms", {}, place()), status=status)


ALL = (
    ("pause_model", True),
    ("send_alert", "slack://#shop"),
    ("send_alert", "slack://token@hooks/secret"),
    ("dead_letter", {"topic": "m.rejected"}),
    ("block_deploy", True),
)


def test_what_on_failure_asks_for_is_done_in_kind_once() -> None:
    rows = testing_rows.test_rows([outcome("pass", *ALL), outcome("fail", *ALL), outcome("fail", *ALL)])
    assert [row.actions for row in (rows[0], rows[2])] == [(), ()]
    assert rows[1].actions == (
        "paused model.m",
        "alert slack://#shop (printed)",
        "alert slack://… (printed)",
        "dead letters would go to m.rejected",
        "deployment would be blocked",
    )


def test_a_warning_alerts_and_pauses_nothing() -> None:
    (row,) = testing_rows.test_rows([outcome("warn", *ALL)])
    assert [line.split()[0] for line in row.actions] == ["alert", "alert", "dead"]


def test_nothing_is_done_about_a_pass_or_for_want_of_data() -> None:
    for status in ("pass", "skipped", "not_enough_data"):
        (row,) = testing_rows.test_rows([outcome(status, *ALL)])
        assert row.actions == ()
