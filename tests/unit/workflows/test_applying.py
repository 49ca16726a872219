"""plan, apply, destroy and status on the embedded engine, as a user runs them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headgate.providers.embedded import Embedded, open_engine
from headgate.providers.embedded.connection import Connection
from running import Ran, headgate

ROLES = "roles: [{name: analyst, clearance: internal}, {name: auditor, clearance: highly_sensitive}]\n"
SOURCES = """\
sources:
  - name: orders
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: amount, data_type: bigint}
      - {name: at, data_type: timestamp(3)}
    event_time: {column: at, max_out_of_orderness: 5 seconds}
"""
LARGE = """\
models:
  - name: large_orders
    materialized: virtual_topic
    sql: "SELECT id, amount, `at` FROM {{ source('orders') }} WHERE amount > 100"
"""
COUNTS = """\
  - name: order_copies
    materialized: flink_stream
    sql: "SELECT id, amount, `at` FROM {{ ref('large_orders') }}"
"""
EXPOSURES = """\
exposures:
  - name: dashboard
    type: dashboard
    owner: {name: team, email: team@example.com}
    depends_on: ["ref('large_orders')"]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A small project: a source, a virtual topic over it, a job over that, a dashboard."""
    write(tmp_path, "headgate.yml", "name: shop\n")
    write(tmp_path, "sources.yml", SOURCES)
    write(tmp_path, "models.yml", LARGE + COUNTS)
    write(tmp_path, "uses.yml", EXPOSURES)
    return tmp_path


def write(project: Path, name: str, text: str) -> None:
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text(text)


def answer(*words: str, project: Path) -> dict[str, Any]:
    return headgate(*words, "--output", "json", project=project).json


def apply(project: Path, *words: str) -> Ran:
    return headgate("apply", "--auto-approve", *words, project=project)


def rows(answered: dict[str, Any], *fields: str) -> list[tuple[Any, ...]]:
    return [tuple(change[f] for f in fields) for change in answered["changes"]]


def told(ran: Ran, code: str) -> dict[str, Any]:
    """The one finding of a verb that refused with it."""
    (finding,) = ran.json["diagnostics"]
    assert finding["code"] == code, finding
    assert ran.json["ok"] is False
    assert isinstance(finding, dict)
    return finding


def test_a_plan_changes_nothing_and_is_the_same_twice(shop: Path) -> None:
    first = answer("plan", project=shop)
    assert first == answer("plan", project=shop)
    assert {row[0] for row in rows(first, "action")} == {"create"}
    assert {name for (name,) in rows(first, "name")} == {"orders", "large_orders", "order_copies"}
    assert not (shop / ".headgate" / "embedded" / "engine.duckdb").exists()


def test_what_is_stored_comes_before_views_and_those_before_jobs(shop: Path) -> None:
    kinds = [kind for (kind,) in rows(answer("plan", project=shop), "kind")]
    assert kinds == ["embedded_table", "embedded_table", "embedded_view", "embedded_query"]


def test_after_an_apply_nothing_is_left_to_do(shop: Path) -> None:
    applied = apply(shop, "--output", "json").json
    assert {s for (s,) in rows(applied, "status")} == {"done"}
    assert headgate("plan", "--exit-code", project=shop).code == 0
    again = apply(shop)
    assert again.code == 0
    assert "Nothing to change" in again.out


def test_pending_changes_are_an_exit_code_where_it_is_asked_for(shop: Path) -> None:
    assert headgate("plan", project=shop).code == 0
    assert headgate("plan", "--exit-code", project=shop).code == 4


def test_a_project_with_errors_is_not_planned(shop: Path) -> None:
    write(shop, "models.yml", LARGE.replace("amount > 100", "nothing > 100"))
    for ran in (headgate("plan", "--output", "json", project=shop), apply(shop, "--output", "json")):
        assert ran.code == 1
        assert ran.json["changes"] == []
        assert [d for d in ran.json["diagnostics"] if d["severity"] == "error"]
    assert not (shop / ".headgate" / "embedded" / "state.jsonl").exists()


def test_without_a_yes_nothing_is_changed(shop: Path) -> None:
    ran = headgate("apply", project=shop)
    assert ran.code == 2 and "--auto-approve" in ran.err
    assert headgate("plan", "--exit-code", project=shop).code == 4


def test_a_change_names_its_readers_and_what_it_takes_from_them(shop: Path) -> None:
    apply(shop)
    write(shop, "models.yml", (LARGE + COUNTS).replace("SELECT id, amount, `at`", "SELECT id, `at`", 1).replace(
        "SELECT id, amount, `at` FROM {{ ref", "SELECT id, `at` FROM {{ ref"
    ))  # fmt: skip
    view = next(c for c in answer("plan", project=shop)["changes"] if c["name"] == "large_orders")
    assert view["readers"] == ["model.order_copies", "exposure.dashboard"]
    assert view["risk"] == "breaking for readers"
    assert "`amount` is gone" in view["reason"]
    assert {name for name, *_ in view["fields"]} >= {"columns", "sql"}


def test_a_looser_policy_is_called_out_and_a_stricter_one_breaks_readers(shop: Path) -> None:
    write(shop, "roles.yml", ROLES)
    classified = SOURCES.replace(
        "{name: amount, data_type: bigint}",
        "{name: amount, data_type: bigint, classification: %s}",
    )

    def plan_with(level: str) -> list[tuple[Any, ...]]:
        write(shop, "sources.yml", classified.replace("%s", level))
        return rows(answer("plan", project=shop), "name", "risk", "reason")

    plan_with("confidential")
    assert apply(shop).code == 0
    looser = plan_with("internal")
    assert [risk for name, risk, _ in looser if name == "orders"] == ["widens access"]
    reason = next(reason for name, _, reason in looser if name == "orders")
    assert "analyst sees `amount` as clear instead of redacted" in reason
    text = headgate("plan", project=shop).out.splitlines()
    assert "widens access" in text[0]
    assert apply(shop).code == 0
    stricter = plan_with("confidential")
    assert [risk for name, risk, _ in stricter if name == "orders"] == ["breaking for readers"]


def test_what_is_declared_no_more_waits_until_it_is_asked_for(shop: Path) -> None:
    apply(shop)
    write(shop, "models.yml", LARGE)
    waiting = answer("plan", project=shop)
    gone = [row for row in rows(waiting, "name", "action", "status") if row[1] != "no-op"]
    assert gone == [("order_copies", "delete", "waiting")] * 2
    assert headgate("plan", "--exit-code", project=shop).code == 0
    assert "waits for `apply --allow-destroy`" in headgate("plan", project=shop).out
    apply(shop)
    assert [r["live"] for r in status(shop) if r["name"] == "order_copies"] == [True, True]
    assert apply(shop, "--allow-destroy").code == 0
    assert [r for r in status(shop) if r["name"] == "order_copies"] == []


def test_data_stays_where_the_environment_does_not_let_it_go(shop: Path) -> None:
    write(shop, "environments/dev.yml", "engine: embedded\nallow_destroy: false\ndefault: true\n")
    apply(shop)
    write(shop, "models.yml", LARGE)
    assert apply(shop, "--allow-destroy").code == 0
    assert [r["kind"] for r in status(shop) if r["name"] == "order_copies"] == ["embedded_table"]
    finding = told(headgate("destroy", "--auto-approve", "--output", "json", project=shop), "HGD005")
    assert (finding["file"], finding["line"]) == ("environments/dev.yml", 2)
    assert [r["live"] for r in status(shop) if r["name"] == "orders"] == [True]


def test_a_view_that_becomes_a_table_takes_its_place(shop: Path) -> None:
    apply(shop)
    write(shop, "models.yml", (LARGE + COUNTS).replace("virtual_topic", "flink_stream"))
    assert apply(shop).code == 0
    assert headgate("plan", "--exit-code", project=shop).code == 0
    kinds = [r["kind"] for r in status(shop) if r["name"] == "large_orders"]
    assert kinds == ["embedded_query", "embedded_table"]
    write(shop, "models.yml", LARGE + COUNTS)
    told(apply(shop, "--output", "json"), "HGD005")
    assert apply(shop, "--allow-destroy").code == 0
    assert headgate("plan", "--exit-code", project=shop).code == 0


def test_a_selection_leaves_all_else_as_it_is(shop: Path) -> None:
    apply(shop, "--select", "orders")
    assert {r["name"] for r in status(shop) if r["live"]} == {"orders"}
    apply(shop)
    write(shop, "models.yml", LARGE)
    assert rows(answer("plan", "--select", "orders", project=shop), "name", "action") == [("orders", "no-op")]


def test_a_saved_plan_is_applied_as_it_was_made(shop: Path) -> None:
    saved = answer("plan", "--out", str(shop / "p.json"), project=shop)
    ran = apply(shop, str(shop / "p.json"), "--digest", saved["digest"])
    assert ran.code == 0, ran.err
    assert headgate("plan", "--exit-code", project=shop).code == 0
    told(apply(shop, str(shop / "p.json"), "--output", "json"), "HGD003")


def test_a_saved_plan_is_refused_where_the_world_has_moved(shop: Path) -> None:
    apply(shop)
    write(shop, "models.yml", LARGE + COUNTS.replace("`at` FROM", "`at` AS moment FROM"))
    headgate("plan", "--out", str(shop / "p.json"), project=shop)
    by_hand(shop, "DROP VIEW large_orders")
    finding = told(apply(shop, str(shop / "p.json"), "--output", "json"), "HGD003")
    assert "large_orders is gone" in finding["message"]


def test_another_plan_than_the_approved_one_is_refused(shop: Path) -> None:
    told(apply(shop, "--digest", "0" * 32, "--output", "json"), "HGD004")
    write(shop, "p.json", "{}")
    told(apply(shop, str(shop / "p.json"), "--output", "json"), "HGD004")
    headgate("plan", "--out", str(shop / "p.json"), project=shop)
    write(shop, "headgate.yml", "name: bank\n")
    told(apply(shop, str(shop / "p.json"), "--output", "json"), "HGD004")


def test_a_saved_plan_holds_no_sample(shop: Path) -> None:
    write(
        shop, "samples/orders.jsonl", '{"id": "s3cr3t-order", "amount": 500, "at": "2026-01-01 00:00:00"}\n'
    )
    headgate("plan", "--out", str(shop / "p.json"), project=shop)
    assert "s3cr3t" not in (shop / "p.json").read_text()


def test_a_plan_that_cannot_be_written_is_said_so(shop: Path) -> None:
    ran = headgate("plan", "--out", str(shop / "nowhere" / "p.json"), "--output", "json", project=shop)
    assert ran.code == 2
    told(ran, "HGC151")


def test_a_protected_environment_takes_a_saved_plan_and_its_digest(shop: Path) -> None:
    write(shop, "environments/dev.yml", "engine: embedded\nprotected: true\ndefault: true\n")
    finding = told(apply(shop, "--output", "json"), "HGD009")
    assert (finding["file"], finding["line"]) == ("environments/dev.yml", 2)
    told(headgate("destroy", "--auto-approve", "--output", "json", project=shop), "HGD009")
    saved = answer("plan", "--out", str(shop / "p.json"), project=shop)
    told(apply(shop, str(shop / "p.json"), "--output", "json"), "HGD009")
    assert apply(shop, str(shop / "p.json"), "--digest", saved["digest"]).code == 0


def test_destroy_removes_what_is_ours_and_nothing_else(shop: Path) -> None:
    apply(shop)
    by_hand(shop, "CREATE TABLE notes AS SELECT 'mine' AS text")
    shown = answer("plan", "--destroy", project=shop)
    assert {a for (a,) in rows(shown, "action")} == {"delete"}
    assert rows(shown, "kind")[0] == ("embedded_query",)
    ran = headgate("destroy", "--auto-approve", project=shop)
    assert ran.code == 0, ran.err
    assert not any(r["live"] or r["applied"] for r in status(shop))
    assert by_hand(shop, "SELECT text FROM notes") == [("mine",)]


def test_destroying_a_selection_leaves_the_rest(shop: Path) -> None:
    apply(shop)
    assert headgate("destroy", "--auto-approve", "--select", "order_copies", project=shop).code == 0
    assert {r["name"] for r in status(shop) if r["live"]} == {"orders", "large_orders"}


def test_what_was_made_by_hand_under_a_declared_name_is_refused_at_the_declaration(shop: Path) -> None:
    apply(shop, "--select", "orders")
    by_hand(shop, "CREATE TABLE order_copies AS SELECT 'mine' AS text")
    finding = told(apply(shop, "--output", "json"), "HGD001")
    assert (finding["file"], finding["node"]) == ("models.yml", "model.order_copies")
    assert by_hand(shop, "SELECT text FROM order_copies") == [("mine",)]


def test_status_shows_what_is_declared_applied_and_live_and_how_it_drifted(shop: Path) -> None:
    assert {(r["declared"], r["applied"], r["live"]) for r in status(shop)} == {(True, False, False)}
    apply(shop)
    assert {(r["declared"], r["applied"], r["live"], r["drift"]) for r in status(shop)} == {
        (True, True, True, "")
    }
    by_hand(shop, "DROP VIEW large_orders")
    by_hand(shop, "ALTER TABLE orders ADD COLUMN extra INTEGER")
    write(shop, "models.yml", (LARGE + COUNTS).replace("> 100", "> 200"))
    drift = {r["name"]: r["drift"] for r in status(shop) if r["kind"] != "embedded_query"}
    assert drift["orders"] == "`columns` changed outside"
    assert drift["large_orders"] == "gone, `sql` declared otherwise"
    assert drift["order_copies"] == ""
    assert {r["name"]: r["rows"] for r in status(shop) if r["kind"] == "embedded_table"} == {
        "orders": 0, "order_copies": 0,
    }  # fmt: skip


def test_what_drifted_is_set_right_by_the_next_apply(shop: Path) -> None:
    apply(shop)
    by_hand(shop, "DROP VIEW large_orders")
    by_hand(shop, "ALTER TABLE orders DROP COLUMN amount")
    planned = rows(answer("plan", project=shop), "name", "action", "reason")
    assert ("orders", "update", "`columns` drifted from what was applied") in planned
    assert ("large_orders", "create", "was applied and is there no more") in planned
    assert apply(shop).code == 0
    assert headgate("plan", "--exit-code", project=shop).code == 0


def test_an_environment_that_nobody_chose_is_asked_for(shop: Path) -> None:
    write(shop, "environments/dev.yml", "engine: embedded\n")
    ran = headgate("plan", "--output", "json", project=shop)
    assert ran.code == 2
    assert "`dev`" in told(ran, "HGP059")["help"]


def test_a_damaged_state_is_refused_and_left_as_it_is(shop: Path) -> None:
    apply(shop)
    file = shop / ".headgate" / "embedded" / "state.jsonl"
    damaged = file.read_text() + "{nonsense\n"
    file.write_text(damaged)
    for verb in (["plan"], ["apply", "--auto-approve"], ["destroy", "--auto-approve"], ["status"]):
        ran = headgate(*verb, "--output", "json", project=shop)
        assert ran.code == 2
        told(ran, "HGD006")
    assert file.read_text() == damaged


def test_state_of_a_kind_that_nothing_here_has_is_refused(shop: Path) -> None:
    apply(shop)
    file = shop / ".headgate" / "embedded" / "state.jsonl"
    begun = {"kind": "oracle", "name": "delphi", "applied": None, "begun": 1, "format": 2, "version": "0.1"}
    file.write_text(file.read_text() + json.dumps([["shop/embedded/oracle/delphi", begun]]) + "\n")
    for verb in (["plan"], ["apply", "--auto-approve"], ["destroy", "--auto-approve"], ["status"]):
        ran = headgate(*verb, "--output", "json", project=shop)
        assert ran.code == 2
        assert "`oracle`" in told(ran, "HGD006")["message"]
    assert "HGD006" in [d["code"] for d in answer("build", project=shop)["diagnostics"]]


def test_an_engine_file_that_is_none_is_refused(shop: Path) -> None:
    write(shop, ".headgate/x", "")
    write(shop, ".headgate/embedded/engine.duckdb", "this is no database" * 100)
    ran = headgate("plan", "--output", "json", project=shop)
    assert ran.code == 2
    told(ran, "HGD010")


@pytest.mark.slow
def test_an_engine_in_use_is_refused_by_the_name_of_its_user(shop: Path) -> None:
    apply(shop)
    hold = [sys.executable, "-c", HOLD, str(shop / ".headgate" / "embedded")]
    with subprocess.Popen(hold, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "open\n"
            ran = apply(shop, "--output", "json")
        finally:
            holder.kill()
    assert ran.code == 2
    assert "`headgate feed`" in told(ran, "HGD008")["message"]


HOLD = """
import sys, time
from pathlib import Path
from headgate.providers.embedded import Embedded, open_engine
engine = open_engine(Path(sys.argv[1]), command="headgate feed")
print("open", flush=True)
time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["apply", "destroy"])
def test_killed_at_each_of_its_steps_the_next_run_finishes_the_work(shop: Path, verb: str) -> None:
    for at in range(1, 5):
        headgate("destroy", "--auto-approve", project=shop)
        if verb == "destroy":
            apply(shop)
        done = subprocess.run(
            [sys.executable, "-c", DIE, verb, str(at), str(shop)], capture_output=True, check=False
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        ran = headgate(verb, "--auto-approve", project=shop)
        assert ran.code == 0, ran.err
        assert all(r["live"] == r["applied"] == (verb == "apply") and not r["drift"] for r in status(shop))
        assert len(status(shop)) == 4


DIE = """
import os, signal, sys
from headgate.cli.app import run
from headgate.providers.embedded import Embedded
verb, at, project = sys.argv[1], int(sys.argv[2]), sys.argv[3]
real, left = Embedded.carry_out, [at]
def carry_out(self, changes):
    outcomes = real(self, changes[:left[0]])
    left[0] -= len(changes)
    if left[0] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return outcomes
Embedded.carry_out = carry_out
run([verb, "--auto-approve", "--project", project])
"""


def test_interrupted_it_stops_between_waves_and_says_what_is_left(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Embedded.carry_out

    def interrupted(self: Embedded, changes: Any) -> Any:
        monkeypatch.setattr(Embedded, "carry_out", real)
        os.kill(os.getpid(), signal.SIGINT)
        return real(self, changes)

    monkeypatch.setattr(Embedded, "carry_out", interrupted)
    ran = apply(shop, "--output", "json")
    assert ran.code == 130
    assert [s for (s,) in rows(ran.json, "status")] == ["done", "done", "skipped", "skipped"]
    assert apply(shop).code == 0
    assert headgate("plan", "--exit-code", project=shop).code == 0


@pytest.mark.parametrize("verb", [["apply", "--auto-approve"], ["build"]])
def test_interrupted_in_its_last_wave_it_says_so_and_goes_no_further(
    shop: Path, monkeypatch: pytest.MonkeyPatch, verb: list[str]
) -> None:
    real = Embedded.carry_out

    def interrupted(self: Embedded, changes: Any) -> Any:
        done = real(self, changes)
        if any(change.id.kind == "embedded_query" for change in changes):
            os.kill(os.getpid(), signal.SIGINT)
        return done

    monkeypatch.setattr(Embedded, "carry_out", interrupted)
    ran = headgate(*verb, "--output", "json", project=shop)
    assert ran.code == 130
    assert {s for (s,) in rows(ran.json, "status")} == {"done"}
    assert ran.json.get("models", []) == []


@pytest.mark.parametrize(
    "words",
    [
        ["apply", "--approvals", "x"],
        ["apply", "--emergency", "x"],
        ["apply", "--skip-tests"],
    ],
    ids=" ".join,
)
def test_what_is_not_built_yet_is_refused_by_name(shop: Path, words: list[str]) -> None:
    ran = headgate(*words, project=shop)
    assert ran.code == 2
    assert f"`{words[1]}` is not built yet" in ran.err


def status(project: Path) -> list[dict[str, Any]]:
    found = answer("status", project=project)["rows"]
    assert isinstance(found, list)
    return found


def by_hand(project: Path, sql: str) -> list[tuple[Any, ...]]:
    """Runs SQL on the engine's file, as somebody with a DuckDB shell would."""
    folder = next(p for p in (project / ".headgate").iterdir() if (p / "engine.duckdb").exists())
    with contextlib.closing(open_engine(folder, command="a hand")) as engine:
        connection: Connection = engine._connection
        return connection.run(sql)


def test_a_plan_file_is_json_that_people_can_read(shop: Path) -> None:
    headgate("plan", "--out", str(shop / "p.json"), project=shop)
    values = json.loads((shop / "p.json").read_text())
    assert {
        "format",
        "project",
        "environment",
        "version",
        "generation",
        "live",
        "changes",
        "digest",
    } <= values.keys()
