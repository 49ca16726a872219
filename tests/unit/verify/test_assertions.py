"""Assertions over rows: which records fail, how many were judged, what is said of the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from headgate.observe.examples import as_seen
from headgate.observe.keys import LocalKeys
from headgate.ports import ColumnForm
from headgate.providers.embedded import open_engine
from headgate.schema.forms import tokenized
from headgate.verify.assertions import AssertionOutcome, Reader, run_assertions
from streams import streams, world_of

PROJECT = """
sources:
  - name: payments
    columns:
      - {name: id, data_type: string}
      - {name: customer, data_type: string}
      - {name: status, data_type: varchar(5)}
      - {name: cents, data_type: bigint}
      - {name: at, data_type: timestamp(3)}
      - {name: until, data_type: timestamp(3)}
    event_time: {column: at, max_out_of_orderness: 5 seconds}
  - name: timeless
    columns: [{name: id, data_type: string}, {name: customer, data_type: string}]
  - name: customers
    key: id
    changelog: upsert
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: name, data_type: string}
      - {name: since, data_type: timestamp(3)}
    event_time: {column: since}
  - name: signups
    columns: [{name: id, data_type: string}, {name: since, data_type: timestamp(3)}]
    event_time: {column: since}
models:
  - name: served
    materialized: virtual_topic
    sql: SELECT id, customer, `at` FROM {{ source("payments") }} WHERE cents > 0
  - name: inlined
    materialized: ephemeral
    sql: SELECT id, customer, `at` FROM {{ source("payments") }} WHERE cents > 0
"""
Rows = Sequence[Any]


def outcome(assertion: str, rows: Mapping[str, Rows], about: str = "source: payments", more: str = "") -> AssertionOutcome:  # fmt: skip
    text = f"{PROJECT}tests:\n  - name: t\n    {about}\n    assertions:\n      - {assertion}\n{more}"
    with streams(text, rows) as found:
        (test,) = found.world.project.tests.values()
        (only,) = run_assertions(found.world, test, found.engine)
    return only


def failing(assertion: str, rows: Rows, about: str = "source: payments", **others: Rows) -> list[Any]:
    """The ids of failing records; there are three at most, and the count must agree."""
    source = "timeless" if "timeless" in about else "payments"
    found = outcome(assertion, {source: rows, **others}, about)
    assert found.status in ("pass", "fail"), found
    assert found.failed == len(found.samples)
    return [sample["id"] for sample in found.samples]


def at(seconds: float, **more: Any) -> dict[str, Any]:
    minutes, rest = divmod(seconds, 60)
    return {"at": f"2026-01-01 00:{int(minutes):02d}:{rest:06.3f}", **more}


def test_a_null_fails_not_null() -> None:
    rows = [{"id": "a", "customer": "x"}, {"id": "b"}, {"customer": "x"}]
    assert failing("not_null: {column: customer}", rows) == ["b"]
    assert failing("not_null: {columns: [id, customer]}", rows) == ["b", None]


def test_null_passes_where_values_are_asked_for() -> None:
    rows = [{"id": "a", "status": "NEW", "cents": 5}, {"id": "b", "status": "OLD", "cents": 50}, {"id": "c"}]
    assert failing("allowed_values: {column: status, values: [NEW]}", rows) == ["b"]
    assert failing("allowed_values: {column: cents, values: [5, 6]}", rows) == ["b"]
    assert failing("range: {column: cents, min: 5, max: 49}", rows) == ["b"]
    assert failing("range: {column: cents, min: 6}", rows) == ["a"]
    assert failing("range: {column: cents, min: 5, max: 50}", rows) == []
    assert failing("pattern: {column: status, regex: '^N'}", rows) == ["b"]
    assert failing("pattern: {column: status, regex: 'E'}", rows) == ["b"]


def test_a_quote_in_a_value_is_a_value() -> None:
    rows = [{"id": "a", "status": "it's"}, {"id": "b", "status": "its"}]
    assert failing("""allowed_values: {column: status, values: ["it's"]}""", rows) == ["b"]


def test_the_second_of_a_key_within_the_window_fails() -> None:
    rows = [
        at(0, id="a", cents=1),
        at(60, id="a", cents=2),
        at(121, id="a", cents=3),
        at(122, id="b", cents=4),
    ]
    assert failing("unique_key: {key: id, window: 1 minute}", rows) == ["a"]
    assert failing("unique_key: {key: id, window: 59 seconds}", rows) == []
    assert failing("unique_key: {key: id}", rows) == ["a", "a"]
    assert failing("unique_key: {key: [id, cents]}", rows) == []


def test_at_the_same_time_the_later_arrival_fails_and_a_null_key_always() -> None:
    rows = [at(0, id="a", cents=1), at(0, id="a", cents=2), at(1, cents=3)]
    found = outcome("unique_key: {key: id}", {"payments": rows})
    assert [sample["cents"] for sample in found.samples] == [2, 3]


def test_the_record_before_is_the_one_before_in_event_time() -> None:
    # The one of second 2 comes last, and on time: it is the one of second 4 that then has a predecessor.
    rows = [at(4, id="a", cents=4), at(2, id="a", cents=2)]
    found = outcome("unique_key: {key: id, window: 10 seconds}", {"payments": rows})
    assert [sample["cents"] for sample in found.samples] == [4]


def test_a_late_record_is_counted_and_not_judged() -> None:
    rows = [at(0, id="a"), at(100, id="b"), at(1, id="a")]
    found = outcome("unique_key: {key: id}", {"payments": rows})
    assert (found.status, found.failed, found.evaluated) == ("pass", 0, 2)
    assert (found.late, found.not_evaluated) == (1, 1)


def test_without_event_time_all_there_is_is_one_window() -> None:
    rows = [{"id": "a"}, {"id": "b"}, {"id": "a"}]
    assert failing("unique_key: {key: id}", rows, "source: timeless") == ["a"]
    found = outcome("unique_key: {key: id}", {"timeless": rows}, "source: timeless")
    assert found.message == "`timeless` has no event time: all its records are one window"


CUSTOMERS = [
    {"id": "early", "since": "2026-01-01 00:00:00"},
    {"id": "soon", "since": "2026-01-01 00:10:00"},
    {"id": "gone", "since": "2026-01-01 00:00:00"},
    {"_op": "-D", "_key": "gone", "id": "gone", "since": "2026-01-01 00:02:00"},
    {"id": "last", "since": "2026-01-01 05:00:00"},
]
CHILDREN = [
    at(60, id="a", customer="early"),
    at(60, id="b", customer="soon"),
    at(60, id="c", customer="nobody"),
    at(60, id="d"),
]


def test_the_parent_must_be_there_when_the_window_has_passed() -> None:
    key = "foreign_key: {column: customer, ref_source: customers, ref_key: id, window: %s}"
    assert failing(key % "1 hour", CHILDREN, customers=CUSTOMERS) == ["c"]
    assert failing(key % "9 minutes", CHILDREN, customers=CUSTOMERS) == ["c"]
    assert failing(key % "8 minutes", CHILDREN, customers=CUSTOMERS) == ["b", "c"]


def test_a_parent_that_was_deleted_by_then_is_not_there() -> None:
    key = "foreign_key: {column: customer, ref_source: customers, ref_key: id, window: %s}"
    rows = [at(60, id="a", customer="gone")]
    assert failing(key % "30 seconds", rows, customers=CUSTOMERS) == []
    assert failing(key % "5 minutes", rows, customers=CUSTOMERS) == ["a"]


def test_an_append_parent_is_there_from_its_first_record_on() -> None:
    key = "foreign_key: {column: customer, ref_source: signups, ref_key: id, window: %s}"
    signups = [
        {"id": "early", "since": "2026-01-01 00:00:00"},
        {"since": "2026-01-01 00:01:00"},
        {"id": "soon", "since": "2026-01-01 00:10:00"},
        {"id": "early", "since": "2026-01-01 00:20:00"},
    ]
    assert failing(key % "9 minutes", CHILDREN, signups=signups) == ["c"]
    assert failing(key % "8 minutes", CHILDREN, signups=signups) == ["b", "c"]


@pytest.mark.parametrize(
    ("assertion", "said"),
    [
        ("{column: customer, ref_source: timeless, ref_key: id}", "`timeless` has no event time"),
        ("{column: customer, ref_source: customers, ref_key: name}", "`customers` is not keyed by `name`"),
    ],
)
def test_a_parent_without_versions_is_asked_for_its_latest_rows(assertion: str, said: str) -> None:
    rows = {
        "payments": CHILDREN,
        "timeless": [{"id": "early"}, {"id": "soon"}],
        "customers": [
            {"id": "x", "name": "early", "since": "2026-01-01 00:00:00"},
            {"id": "y", "name": "soon"},
        ],
    }
    found = outcome(f"foreign_key: {assertion}", rows)
    assert [sample["id"] for sample in found.samples] == ["c"]
    assert found.message.startswith(said)


def test_the_lag_is_that_of_the_records_own_time() -> None:
    rows = [
        at(0, id="a", _timestamp="2026-01-01 00:05:00"),
        at(0, id="b", _timestamp="2026-01-01 00:05:00.001"),
        {"id": "c", "_timestamp": "2026-01-01 00:06:00"},
    ]
    assert failing("max_lag: {column: at, seconds: 300}", rows) == ["b"]


def test_without_a_timestamp_it_is_the_greatest_event_time_so_far() -> None:
    rows = [at(0, id="a"), at(100, id="b"), at(50, id="c"), at(90, id="d")]
    assert failing("max_lag: {column: at, seconds: 49}", rows) == ["c"]
    assert failing("max_lag: {column: at, seconds: 50}", rows) == []
    found = outcome("max_lag: {column: at, seconds: 49}", {"payments": [{**r, "cents": 1} for r in rows]}, "model: served")  # fmt: skip
    assert [sample["id"] for sample in found.samples] == ["c"]


def test_one_time_is_not_long_after_another() -> None:
    rows = [
        at(0, id="a", until="2026-01-01 00:00:02"),
        at(0, id="b", until="2026-01-01 00:00:02.001"),
        at(0, id="c"),
    ]
    assert failing("max_latency: {from: at, to: until, max: 2 seconds}", rows) == ["b"]


def test_order_is_kept_within_a_key_by_what_arrived_before() -> None:
    rows = [at(4, id="a"), at(3, id="b"), at(2, id="a"), at(3, id="a"), at(4, id="a"), at(1)]
    assert failing("ordered: {column: at, key: id}", rows) == ["a", "a"]
    assert failing("ordered: {column: cents}", [{"id": "a", "cents": 1}, {"id": "b"}, {"id": "c", "cents": 0}]) == ["c"]  # fmt: skip


def test_a_share_of_nulls_is_counted_by_window() -> None:
    rows = [at(0, customer="x"), at(1), at(60, customer="x"), at(61, customer="y"), at(62, customer="x")]
    found = outcome("null_rate: {column: customer, max: 0.4, window: 1 minute}", {"payments": rows})
    assert (found.status, found.failed, found.evaluated) == ("fail", 1, 2)
    assert [(s["records"], s["nulls"]) for s in found.samples] == [(2, 1)]
    assert outcome("null_rate: {column: customer, max: 0.2}", {"payments": rows}).status == "pass"
    assert outcome("null_rate: {column: customer, max: 19%}", {"payments": rows}).status == "fail"


def test_shares_of_values_are_of_all_records() -> None:
    rows = [{"status": "NEW"}, {"status": "NEW"}, {"status": "OLD"}, {}]
    shares = "distribution: {column: status, shares: {%s}}"
    assert (
        outcome(shares % "NEW: {min: 0.5, max: 0.5}, OLD: {max: 0.25}", {"payments": rows}).status == "pass"
    )
    assert outcome(shares % "NEW: {min: 0.51}", {"payments": rows}).status == "fail"
    assert outcome(shares % "GONE: {min: 0.01}", {"payments": rows}).status == "fail"


@pytest.mark.parametrize(("quantile", "value"), [("p50", 5), ("p51", 6), ("p90", 9), ("p91", 10), ("p99.9", 10), ("p1", 1)])  # fmt: skip
def test_a_quantile_is_the_least_value_that_its_share_does_not_exceed(quantile: str, value: int) -> None:
    rows = [{"cents": cents} for cents in (3, 1, 2, 10, 4, 5, 6, 9, 7, 8)]
    limits = "distribution: {column: cents, quantiles: {%s: {min: %s, max: %s}}}"
    assert outcome(limits % (quantile, value, value), {"payments": rows}).status == "pass"
    assert outcome(limits % (quantile, value + 1, 100), {"payments": rows}).status == "fail"
    assert outcome(limits % (quantile, 0, value - 1), {"payments": rows}).status == "fail"


def test_what_could_not_be_read_does_not_conform() -> None:
    rows = [{"id": "a", "status": "SHORT"}, "not json", {"id": "b", "cents": "many"}, {"id": "c"}]
    found = outcome("conforms: {}", {"payments": rows})
    assert (found.status, found.failed, found.evaluated) == ("fail", 2, 4)
    assert found.message == "2 malformed"


def test_the_rows_of_ones_own_query_fail() -> None:
    rows = [{"id": "a", "cents": 1}, {"id": "b", "cents": -1}]
    assert failing('sql: "SELECT id FROM {{ this() }} WHERE cents < 0"', rows) == ["b"]
    joined = "sql: \"SELECT p.id FROM {{ this() }} p LEFT JOIN {{ source('timeless') }} t ON p.id = t.id WHERE t.id IS NULL\""  # fmt: skip
    assert failing(joined, rows, timeless=[{"id": "b"}]) == ["a"]


def test_what_is_stored_nowhere_is_judged_where_it_can_be() -> None:
    rows = {"payments": [at(0, id="a", cents=1), at(1, cents=1), at(2, cents=0)]}
    assert outcome("not_null: {column: id}", rows, "model: inlined").failed == 1
    found = outcome("max_lag: {column: at, seconds: 1}", rows, "model: inlined")
    assert found.status == "error" and "stored nowhere" in found.message


def test_no_records_are_neither_a_pass_nor_a_failure() -> None:
    found = outcome("not_null: {column: id}", {"payments": []})
    assert (found.status, found.evaluated) == ("not_enough_data", 0)


def test_an_engine_in_which_nothing_was_built_says_so() -> None:
    world = world_of(f"{PROJECT}tests:\n  - name: t\n    source: payments\n    assertions: [conforms]\n")
    (test,) = world.project.tests.values()
    with open_engine(None) as engine:
        (found,) = run_assertions(world, test, engine)
    assert found.status == "error" and "headgate build" in found.message


def test_a_test_may_allow_some_failures() -> None:
    rows = {"payments": [{"id": "a"}, {}, {"id": "c"}, {"id": "d"}]}
    more = "    on_failure: {threshold: 0.25}\n"
    assert outcome("not_null: {column: id}", rows, more=more).status == "pass"
    assert outcome("not_null: {column: id}", rows, more="    on_failure: {threshold: 0.2}\n").status == "fail"
    assert outcome("not_null: {column: id}", rows, more="    on_failure: {severity: warn}\n").status == "warn"


def test_three_failing_records_are_shown_and_all_are_counted() -> None:
    found = outcome("not_null: {column: customer}", {"payments": [{"id": str(i)} for i in range(7)]})
    assert found.failed == 7
    assert [sample["id"] for sample in found.samples] == ["0", "1", "2"]


def test_what_only_a_running_system_can_judge_is_said_to_be_skipped() -> None:
    for assertion in ("freshness: {max_age: 1 minute}", "throughput: {min: 1, window: 1 minute}"):
        found = outcome(assertion, {"payments": [{"id": "a"}]})
        assert (found.status, found.evaluated) == ("skipped", 0)
        assert found.message.startswith("not judged here")


SECRETS = """
roles: [{name: support, clearance: internal}, {name: fraud, clearance: highly_sensitive}]
sources:
  - name: payments
    columns:
      - {name: id, data_type: string}
      - {name: card, data_type: string, classification: highly_sensitive}
      - {name: cents, data_type: bigint}
    security: {policies: [{mask: {column: card, method: tokenization, applied_in: [{roles: [support]}]}}]}
tests:
  - name: t
    source: payments
    assertions:
      - not_null: {column: cents}
      - sql: "SELECT UPPER(card) AS shouted, card AS number, id FROM {{ this() }} WHERE cents IS NULL"
"""


def seen(reader: Reader | None, text: str = SECRETS) -> list[Mapping[str, Any]]:
    with streams(text, {"payments": [{"id": "a", "card": "4111"}]}) as found:
        (test,) = found.world.project.tests.values()
        outcomes = run_assertions(found.world, test, found.engine, as_reader=reader)
    return [sample for one in outcomes for sample in one.samples]


def test_the_owner_sees_failing_records_as_they_are() -> None:
    clear = [{"id": "a", "card": "4111", "cents": None}, {"shouted": "4111", "number": "4111", "id": "a"}]
    assert seen(None) == clear
    assert seen(Reader("fraud")) == clear


def test_a_reader_sees_no_more_of_them_than_of_the_stream() -> None:
    assert seen(Reader("support")) == [
        {"id": "a", "card": "[tokenization]", "cents": None},
        {"shouted": "[redacted]", "number": "[tokenization]", "id": "a"},
    ]


def test_on_a_live_environment_that_names_no_reader_nobody_is_shown_more_than_the_lowest_class() -> None:
    environment = "default: true\nengine: live\nclusters: {main: {kafka: {bootstrap_servers: 'nowhere:1'}}}\n"
    live = world_of(SECRETS, **{"environments/prod.yml": environment})
    with streams(SECRETS, {"payments": [{"id": "a", "card": "4111"}]}) as found:
        (test,) = live.project.tests.values()
        (of_columns, of_sql) = run_assertions(live, test, found.engine)
    assert {sample["card"] for sample in of_columns.samples} == {"[redacted]"}
    assert "4111" not in str(of_sql.samples)


def test_what_an_engine_says_of_a_value_it_cannot_take_is_for_the_owner() -> None:
    text = SECRETS.replace("UPPER(card) AS shouted", "CAST(card AS INT) AS shouted")
    with streams(text, {"payments": [{"id": "a", "card": "4111-x"}]}) as found:
        (test,) = found.world.project.tests.values()
        told = [
            run_assertions(found.world, test, found.engine, as_reader=reader)[1]
            for reader in (None, Reader("support"))
        ]
    assert [one.status for one in told] == ["error", "error"]
    assert ["4111" in one.message for one in told] == [True, False]


def test_with_keys_a_token_is_the_one_that_show_gives(tmp_path: Path) -> None:
    keys = LocalKeys(tmp_path / "keys.json", given="brought")
    with streams(SECRETS, {"payments": [{"id": "a", "card": "4111"}]}) as found:
        (test,) = found.world.project.tests.values()
        outcomes = run_assertions(found.world, test, found.engine, as_reader=Reader("support"), keys=keys)
    first, second = (sample for one in outcomes for sample in one.samples)
    token = tokenized("4111", "card", keys.masking())
    assert first["card"] == second["number"] == token
    assert second["shouted"] == "[redacted]"


def test_keys_that_cannot_be_read_show_less(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("no keys")
    form = ColumnForm("card", "tokenization", "card")
    assert as_seen("4111", form, LocalKeys(tmp_path / "keys.json")) == "[tokenization]"


def test_a_part_of_a_text_needs_no_key_and_a_number_has_no_part() -> None:
    form = ColumnForm("card", "partial", keep_first=0, keep_last=2)
    assert (as_seen("4111", form, None), as_seen(4111, form, None)) == ("**11", "[partial]")


def test_a_stranger_sees_nothing_of_them() -> None:
    assert {value for sample in seen(Reader("nobody")) for value in sample.values()} == {"[denied]"}
