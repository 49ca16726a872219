"""A build: what is fed, run, tested and stopped, and what `show` gives of it afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from headgate.workflows.build import build
from headgate.workflows.compile import compile_project
from headgate.workflows.request import Request
from headgate.workflows.results import BuildResult, ModelRow, ShowResult
from headgate.workflows.show import Asked, show

HEAD = "name: shop\nversion: '1.0'\ndefaults: {cluster: main, owner: team-shop}\n"
STREAMS = """
sources:
  - name: orders
    key: id
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: customer, data_type: string}
      - {name: cents, data_type: bigint}
      - {name: at, data_type: timestamp(3)}
    event_time: {column: at, max_out_of_orderness: 5 seconds}
models:
  - name: paid
    key: id
    sql: SELECT id, customer, cents, at FROM {{ source("orders") }} WHERE cents > 0
  - name: hourly
    key: [customer, start]
    sql: |
      SELECT customer, TUMBLE_START(at, INTERVAL '1' HOUR) AS `start`, SUM(cents) AS cents
      FROM {{ ref("paid") }} GROUP BY customer, TUMBLE(at, INTERVAL '1' HOUR)
  - name: aside
    sql: SELECT id FROM {{ source("orders") }}
"""
ORDERS = (
    {"id": "o1", "customer": "a", "cents": 1, "at": "2026-01-01 00:00:10"},
    {"id": "o2", "customer": "b", "cents": 2, "at": "2026-01-01 00:00:20"},
    {"id": "o3", "customer": "a", "cents": 0, "at": "2026-01-01 00:00:30"},
)


def project(root: Path, files: Mapping[str, str], rows: Mapping[str, Any] | None = None) -> Path:
    """A project on disk, with samples."""
    for name, text in {"headgate.yml": HEAD, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    write_samples(root / "samples", {"orders": ORDERS} if rows is None else rows)
    return root


def write_samples(folder: Path, rows: Mapping[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, sample in rows.items():
        lines = [row if isinstance(row, str) else json.dumps(row) for row in sample]
        (folder / f"{name}.jsonl").write_text("".join(line + "\n" for line in lines))
    return folder


def built(
    root: Path, *, select: tuple[str, ...] = (), exclude: tuple[str, ...] = (), **how: Any
) -> BuildResult:
    environ = how.pop("environ", {})
    request = Request(root=root, select=select, exclude=exclude, environ=environ, cache=False)
    return build(request, **how)


def shown(root: Path, node: str, **how: Any) -> ShowResult:
    environ = how.pop("environ", {})
    return show(Request(root=root, environ=environ, cache=False), node, **how)


def models(result: BuildResult) -> dict[str, ModelRow]:
    return {row.address.split(".", 1)[1]: row for row in result.models}


def statuses(result: BuildResult) -> dict[str, str]:
    return {name: row.status for name, row in models(result).items()}


def ids(root: Path, node: str, **how: Any) -> list[Any]:
    return [next(iter(row.values())) for row in shown(root, node, **how).rows]


def test_what_is_declared_is_there_and_holds_what_its_queries_make(tmp_path: Path) -> None:
    root = project(tmp_path, {"s.yml": STREAMS})
    result = built(root)
    assert result.exit_code == 0, result.diagnostics
    assert {n: (m.rows_in, m.rows_out) for n, m in models(result).items()} == {
        "orders": (None, 3),
        "paid": (3, 2),
        "hourly": (2, 2),
        "aside": (3, 3),
    }
    assert ids(root, "paid") == ["o1", "o2"]
    again = built(root)
    assert not [c for c in again.changes if c.action != "no-op"]


def test_without_a_feed_rows_stay_and_a_named_folder_comes_before_them(tmp_path: Path) -> None:
    root = project(tmp_path, {"s.yml": STREAMS})
    named = write_samples(tmp_path / "more", {"orders": [{**ORDERS[0], "id": "x9"}]})
    assert built(root, samples=named).exit_code == 0
    assert ids(root, "paid") == ["x9"]
    assert built(root, feed=False).exit_code == 0
    assert ids(root, "paid") == ["x9"]
    assert built(root).exit_code == 0
    assert ids(root, "paid") == ["o1", "o2"]


TEST = """
tests:
  - name: cents_are_small
    model: paid
    type: sample
    assertions: [{range: {column: cents, max: 1}}]
    on_failure: {severity: SEVERITY, actions: [{pause_model: PAUSE}, {send_alert: "slack://#ops"}]}
"""


def test_a_failed_test_stops_what_reads_its_stream_and_nothing_else(tmp_path: Path) -> None:
    text = TEST.replace("SEVERITY", "error").replace("PAUSE", "true")
    root = project(tmp_path, {"s.yml": STREAMS, "t.yml": text})
    result = built(root)
    assert result.exit_code == 1
    assert statuses(result) == {"orders": "ok", "paid": "paused", "hourly": "skipped", "aside": "ok"}
    assert models(result)["hourly"].message == "reads `paid`"
    assert ids(root, "paid") == ["o1", "o2"] and ids(root, "hourly") == []
    (row,) = result.results
    assert (row.status, row.failed, row.evaluated) == ("fail", 1, 2)
    assert [sample["id"] for sample in row.samples] == ["o2"]
    assert row.actions == ("paused model.paid", "alert slack://#ops (printed)")


def test_a_failed_test_that_only_warns_stops_nothing(tmp_path: Path) -> None:
    text = TEST.replace("SEVERITY", "warn").replace("PAUSE", "true")
    result = built(project(tmp_path, {"s.yml": STREAMS, "t.yml": text}))
    assert result.exit_code == 0
    assert set(statuses(result).values()) == {"ok"}
    assert [row.status for row in result.results] == ["warn"]


def test_tests_of_what_was_not_built_are_skipped_by_name(tmp_path: Path) -> None:
    later = """
  - name: hourly_is_there
    model: hourly
    type: sample
    assertions: [{not_null: {column: customer}}]
"""
    text = TEST.replace("SEVERITY", "error").replace("PAUSE", "false") + later
    result = built(project(tmp_path, {"s.yml": STREAMS, "t.yml": text}))
    assert [(r.test, r.status) for r in result.results] == [
        ("cents_are_small", "fail"),
        ("hourly_is_there", "skipped"),
    ]
    assert statuses(result)["paid"] == "ok"


UNIT = """
unit_tests:
  - name: nothing_is_paid
    model: paid
    given: [{input: source("orders"), rows: [{id: o1, cents: 5}]}]
    expect: {rows: []}
"""


def test_a_failed_unit_test_leaves_the_model_as_it_was_applied(tmp_path: Path) -> None:
    root = project(tmp_path, {"s.yml": STREAMS})
    built(root)
    (root / "s.yml").write_text(STREAMS.replace("WHERE cents > 0", "WHERE cents > 1"))
    (root / "t.yml").write_text(UNIT)
    result = built(root)
    assert result.exit_code == 1
    assert [(u.test, u.status) for u in result.unit_tests] == [("nothing_is_paid", "fail")]
    assert statuses(result) == {"orders": "ok", "paid": "skipped", "hourly": "skipped", "aside": "ok"}
    assert models(result)["paid"].message == "unit test `nothing_is_paid` failed"
    assert not [c for c in result.changes if c.action != "no-op"]
    assert ids(root, "paid") == ["o1", "o2"]


MATCH = """
  - name: pairs
    sql: |
      SELECT * FROM {{ source("orders") }}
      MATCH_RECOGNIZE (PARTITION BY customer ORDER BY at MEASURES A.id AS first_id, B.id AS second_id
        PATTERN (A B) DEFINE B AS B.cents > A.cents)
  - name: after_pairs
    sql: SELECT first_id FROM {{ ref("pairs") }}
"""


def test_what_is_not_answered_as_flink_would_is_an_error_by_name_and_the_rest_is_built(
    tmp_path: Path,
) -> None:
    root = project(tmp_path, {"s.yml": STREAMS + MATCH})
    result = built(root)
    assert result.exit_code == 1
    told = [d for d in result.diagnostics if d.code.id == "HGC003"]
    assert [(d.severity.value, d.node) for d in told] == [("error", "model.pairs")]
    assert statuses(result) == {
        "orders": "ok",
        "paid": "ok",
        "hourly": "ok",
        "aside": "ok",
        "pairs": "skipped",
        "after_pairs": "skipped",
    }
    without = built(root, exclude=("pairs+",))
    assert without.exit_code == 0
    assert "pairs" not in models(without)


def test_records_that_do_not_fit_stop_a_stream_that_is_to_fail(tmp_path: Path) -> None:
    text = STREAMS.replace("    event_time:", "    on_malformed: fail\n    event_time:", 1)
    root = project(tmp_path, {"s.yml": text})
    assert built(root).exit_code == 0
    write_samples(root / "samples", {"orders": [*ORDERS, "oops"]})
    result = built(root)
    assert result.exit_code == 1
    (told,) = (d for d in result.diagnostics if d.code.id == "HGD023")
    assert [n.message for n in told.notes] == ["samples/orders.jsonl:4: the line is not JSON"]
    assert set(statuses(result).values()) == {"skipped"}
    assert ids(root, "orders") == ["o1", "o2", "o3"]


def test_malformed_records_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    result = built(project(tmp_path, {"s.yml": STREAMS}, {"orders": [*ORDERS, "oops", '{"id": null}']}))
    orders = models(result)["orders"]
    assert (orders.rows_out, orders.malformed) == (3, 2)
    assert orders.examples[0] == "samples/orders.jsonl:4: the line is not JSON"


def test_late_records_are_counted_with_an_example(tmp_path: Path) -> None:
    rows = [*ORDERS, {**ORDERS[0], "id": "o4", "at": "2026-01-01 01:00:10"}, {**ORDERS[0], "id": "o5"}]
    root = project(tmp_path, {"s.yml": STREAMS}, {"orders": rows})
    result = built(root)
    (late,) = models(result)["hourly"].late
    assert (late.operator, late.count, (late.example or {})["id"]) == ("window_aggregate", 1, "o5")
    told = shown(root, "hourly").late
    assert [(one.operator, one.count) for one in told] == [("window_aggregate", 1)]


def test_made_up_records_have_the_time_of_their_stream(tmp_path: Path) -> None:
    text = STREAMS.replace(
        "- {name: at, data_type: timestamp(3)}", "- {name: at, data_type: timestamp(3), from: timestamp}"
    )
    root = project(tmp_path, {"s.yml": text}, {})
    result = built(root)
    assert models(result)["orders"].generated and models(result)["hourly"].rows_out > 0
    assert all(row["at"] is not None for row in shown(root, "orders").rows)


def test_without_a_flush_windows_stay_open_and_are_counted(tmp_path: Path) -> None:
    root = project(tmp_path, {"s.yml": STREAMS})
    result = built(root, flush=False)
    assert (models(result)["hourly"].rows_out, models(result)["hourly"].open_windows) == (0, 2)
    assert models(built(root))["hourly"].open_windows == 0


OVER = """
  - name: running
    sql: |
      SELECT id, SUM(cents) OVER (PARTITION BY customer ORDER BY at
        RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW) AS total FROM {{ ref("paid") }}
"""


def test_an_approximate_answer_is_one_unless_exactness_is_asked_for(tmp_path: Path) -> None:
    rows = [*ORDERS, {**ORDERS[0], "id": "o4", "at": "2026-01-01 01:00:10"}, {**ORDERS[0], "id": "o5"}]
    root = project(tmp_path, {"s.yml": STREAMS + OVER}, {"orders": rows})
    result = built(root)
    assert models(result)["running"].approximate == ("over",)
    assert result.exit_code == 0
    exact = built(root, exact=True)
    assert (exact.exit_code, statuses(exact)["running"]) == (1, "failed")
    assert models(exact)["running"].message == "late rows reached over, and --exact was asked for"


SERVED = """
  - name: changed
    materialized: ephemeral
    sql: SELECT customer, UPPER(country) AS country FROM {{ ref("customers") }}
  - name: customers
    materialized: topic
    key: customer
    changelog: upsert
    columns: [{name: customer, data_type: string, constraints: [not_null]}, {name: country, data_type: string}]
  - name: french
    materialized: virtual_topic
    sql: SELECT customer, country FROM {{ ref("changed") }} WHERE country = 'FR'
  - name: again
    materialized: virtual_topic
    sql: SELECT customer FROM {{ ref("french") }}
"""


def test_a_virtual_topic_serves_what_it_inlines_and_virtual_topics_serve_each_other(tmp_path: Path) -> None:
    customers = [
        {"customer": "a", "country": "fr"},
        {"customer": "b", "country": "fr"},
        {"customer": "a", "country": "de"},
    ]
    root = project(tmp_path, {"s.yml": STREAMS + SERVED}, {"orders": ORDERS, "customers": customers})
    result = built(root)
    assert result.exit_code == 0, result.diagnostics
    assert shown(root, "french").rows == ({"customer": "b", "country": "FR"},)
    assert shown(root, "again").rows == ({"customer": "b"},)
    changes = shown(root, "french", asked=Asked(changelog=True)).rows
    assert [(row["_op"], row["customer"]) for row in changes] == [("+I", "a"), ("+I", "b"), ("-D", "a")]


def test_only_what_is_selected_is_run_and_the_rest_stands(tmp_path: Path) -> None:
    root = project(tmp_path, {"s.yml": STREAMS})
    built(root)
    write_samples(root / "samples", {"orders": [{**ORDERS[0], "id": "o8"}, {**ORDERS[1], "id": "o9"}]})
    result = built(root, select=("aside",))
    assert list(models(result)) == ["aside"]
    assert ids(root, "aside") == ["o8", "o9"] and ids(root, "paid") == ["o1", "o2"]


def test_a_selection_that_picks_nothing_is_said(tmp_path: Path) -> None:
    result = built(project(tmp_path, {"s.yml": STREAMS}), select=("nothing",))
    assert result.exit_code == 1 and "HGR110" in [d.code.id for d in result.diagnostics]
    assert not (tmp_path / ".headgate").exists()


def test_errors_of_the_project_stop_a_build_before_it_touches_anything(tmp_path: Path) -> None:
    root = project(tmp_path, {"s.yml": STREAMS.replace("cents > 0", "sense > 0")})
    result = built(root)
    assert result.exit_code == 1 and not result.models
    assert not (tmp_path / ".headgate").exists()


CARDS = """
roles: [{name: desk}, {name: warehouse}]
sources:
  - name: orders
    columns: [{name: id, data_type: string, constraints: [not_null]}, {name: card, data_type: string}]
    security:
      policies:
        - mask: {column: card, method: tokenization, applied_in: [{roles: [warehouse]}]}
        - mask: {column: card, method: partial, applied_in: [{roles: [desk]}]}
models:
  - name: halves
    materialized: ephemeral
    sql: SELECT id, card FROM {{ source("orders") }}
  - name: copied
    sql: SELECT id, card FROM {{ ref("halves") }}
  - name: out
    from: {model: copied}
    sink: {type: file, role: warehouse, config: {file: out.txt}}
"""
CARD = "4000123412341234"


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    root = project(tmp_path, {"s.yml": CARDS}, {"orders": [{"id": "o1", "card": CARD}]})
    assert built(root).exit_code == 0
    return root


def one(result: ShowResult, column: str) -> tuple[Any, str]:
    (row,) = result.rows
    return row[column], {c.name: c.form for c in result.columns}[column]


def test_a_sink_holds_what_its_role_sees(cards: Path) -> None:
    stored, form = one(shown(cards, "out"), "card")
    assert form == "tokenization" and stored.startswith("tok_")
    assert one(shown(cards, "copied", as_role="warehouse"), "card") == (stored, "tokenization")
    assert one(shown(cards, "out", as_role="desk"), "card") == (stored, "tokenization")


def test_every_role_sees_its_own_form_and_the_owner_the_value(cards: Path) -> None:
    assert one(shown(cards, "copied"), "card") == (CARD, "clear")
    assert one(shown(cards, "copied", as_role="desk"), "card") == ("************1234", "partial")
    assert one(shown(cards, "halves", as_role="desk"), "card") == ("************1234", "partial")


def test_a_brought_masking_key_makes_other_tokens(cards: Path) -> None:
    made = one(shown(cards, "copied", as_role="warehouse"), "card")[0]
    environ = {"HEADGATE_MASKING_KEY": "brought"}
    brought = one(shown(cards, "copied", as_role="warehouse", environ=environ), "card")[0]
    assert made != brought and brought.startswith("tok_")
    (cards / ".env").write_text("HEADGATE_MASKING_KEY=brought\n")
    assert one(shown(cards, "copied", as_role="warehouse"), "card")[0] == brought


def test_keys_that_cannot_be_read_show_nothing(cards: Path) -> None:
    (cards / ".headgate" / "embedded" / "keys.json").write_text("{}")
    result = shown(cards, "copied", as_role="warehouse")
    assert (result.exit_code, result.rows) == (2, ())
    assert [d.code.id for d in result.diagnostics] == ["HGD021"]
    assert shown(cards, "copied", as_role="desk").exit_code == 0


def test_changes_and_parts_of_a_stream_can_be_shown(tmp_path: Path) -> None:
    root = project(tmp_path, {"s.yml": STREAMS})
    built(root)
    assert ids(root, "orders", asked=Asked(limit=1, latest=True)) == ["o3"]
    assert ids(root, "orders", asked=Asked(changelog=True)) == ["+I", "+I", "+I"]
    cut = shown(root, "orders", asked=Asked(limit=2))
    assert (len(cut.rows), cut.truncated) == (2, True)


def test_malformed_records_can_be_shown_with_what_is_wrong_with_them(tmp_path: Path) -> None:
    text = STREAMS.replace("data_type: string}", "data_type: string, classification: confidential}", 1)
    roles = "roles: [{name: desk}, {name: lab, clearance: confidential}]\n"
    root = project(tmp_path, {"s.yml": text + roles}, {"orders": [*ORDERS, "oops"]})
    built(root)
    rejected = Asked(rejected=True)
    result = shown(root, "orders", asked=rejected)
    assert result.rows == ({"line": 4, "raw": "oops", "reason": "the line is not JSON"},)
    assert shown(root, "orders", asked=rejected, as_role="lab").rows == result.rows
    denied = shown(root, "orders", asked=rejected, as_role="desk")
    assert (denied.exit_code, denied.rows) == (1, ())
    assert shown(root, "paid", asked=rejected).rows == ()


def test_a_column_that_is_declared_no_more_is_shown_to_no_role(cards: Path) -> None:
    text = (cards / "s.yml").read_text()
    (cards / "s.yml").write_text(
        text.replace("SELECT id, card FROM {{ ref", "SELECT id, card AS pan FROM {{ ref")
    )
    assert one(shown(cards, "copied", as_role="desk"), "card") == (None, "redacted")
    assert one(shown(cards, "copied"), "card") == (CARD, "clear")


def test_what_was_never_built_is_said_to_be_missing(tmp_path: Path) -> None:
    root = project(tmp_path, {"s.yml": STREAMS})
    result = shown(root, "paid")
    assert (result.exit_code, [d.code.id for d in result.diagnostics]) == (2, ["HGD020"])
    assert not (tmp_path / ".headgate").exists()


def test_a_project_in_which_something_is_wrong_shows_nothing(tmp_path: Path) -> None:
    root = project(tmp_path, {"s.yml": CARDS}, {"orders": []})
    built(root)
    (root / "s.yml").write_text(
        CARDS.replace("column: card, method: partial", "colum: card, method: partial")
    )
    result = shown(root, "copied", as_role="desk")
    assert (result.exit_code, result.rows) == (1, ())


def test_an_environment_with_a_reader_reports_no_more_than_the_reader_sees(tmp_path: Path) -> None:
    text = STREAMS.replace(
        "- {name: customer, data_type: string}",
        "- {name: customer, data_type: string, classification: confidential}",
    )
    rows = [*ORDERS, {**ORDERS[0], "id": "o4", "at": "2026-01-01 01:00:10"}, {**ORDERS[0], "id": "o5"}]
    files = {
        "s.yml": text + "roles: [{name: desk}]\n",
        "environments/embedded.yml": "engine: embedded\ndefault: true\nreader: {role: desk}\n",
    }
    result = built(project(tmp_path, files, {"orders": [*rows, '{"customer": 1, "cents": "x"}']}))
    assert (models(result)["orders"].malformed, models(result)["orders"].examples) == (1, ())
    (late,) = models(result)["hourly"].late
    assert late.example is not None
    assert (late.example["id"], late.example["customer"]) == ("o5", "[redacted]")


RISK = """
models:
  - name: scores
    materialized: topic
    access: public
    key: customer
    columns: [{name: customer, data_type: string}, {name: score, data_type: double}]
"""
SHOP = """
models:
  - name: risky
    key: customer
    sql: SELECT customer, score FROM {{ ref("risk.scores") }} WHERE score > 0.5
"""


def test_streams_of_other_projects_have_no_rows_here_but_those_of_a_sample(tmp_path: Path) -> None:
    project(tmp_path / "risk", {"headgate.yml": HEAD.replace("shop", "risk", 1), "s.yml": RISK}, {})
    head = HEAD + "packages:\n  - {name: risk, path: ../risk}\n"
    root = project(tmp_path / "shop", {"headgate.yml": head, "s.yml": SHOP}, {})
    assert compile_project(Request(root=tmp_path / "risk", cache=False)).exit_code == 0
    result = built(root)
    assert result.exit_code == 0, result.diagnostics
    scores = next(row for row in result.models if row.address == "risk:model.scores")
    assert (scores.rows_out, scores.generated, scores.message) == (
        0,
        False,
        "another project's, no rows here",
    )
    write_samples(root / "samples", {"scores": [{"customer": "a", "score": 0.9}]})
    assert models(built(root))["risky"].rows_out == 1
