"""plan, apply and destroy on live systems, as a user runs them: whose things are, who reads, what cannot be taken back."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from headgate.ports import LiveGroup, PermanentFailure, StateHeld, StateLost
from headgate.resources import ResourceId
from headgate.state import LoggedState
from live_systems import ENVIRONMENT, Shop, shop

STREAMS = """\
roles: [{name: desk, principals: ["User:desk"]}]
models:
  - name: orders
    materialized: topic
    columns: [{name: id, data_type: string}, {name: amount, data_type: bigint}]
  - {name: refunds, materialized: topic, columns: [{name: id, data_type: string}]}
  - name: large
    materialized: flink_stream
    sql: "SELECT id, amount FROM {{ ref('orders') }} WHERE amount > 100"
exposures:
  - name: desk
    type: application
    consumes: ["ref('orders')"]
    principal: "User:desk"
    access: {allowed_roles: [desk]}
"""
MORE = STREAMS.replace("""["ref('orders')"]""", """["ref('orders')", "ref('refunds')"]""")
READ = "acl/main/User:desk/READ/topic:refunds"
JOB = "flink_job/main/shop.large"


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return shop(tmp_path, monkeypatch, STREAMS)


@pytest.fixture
def applied(live: Shop) -> Shop:
    ran = live.apply()
    assert ran.code == 0, ran.err
    live.system.made.clear()
    return live


def test_after_an_apply_nothing_is_left_to_do_and_after_destroy_nothing_is_there(applied: Shop) -> None:
    assert applied.system.named("topic") == {"main/orders", "main/refunds", "main/large"}
    assert applied.rows() == {}
    ran = applied.run("destroy", "--auto-approve", "--confirm", "prod")
    assert ran.code == 0, ran.err
    assert applied.system.things == {}


def test_what_somebody_else_made_is_untouched_by_every_verb(live: Shop) -> None:
    live.system.put("topic", "main/theirs", partitions=9)
    live.apply()
    live.write("streams.yml", MORE)
    live.apply("--confirm", "prod")
    live.run("destroy", "--auto-approve", "--confirm", "prod")
    assert {id_.name: fields for id_, fields in live.system.things.items()} == {
        "main/theirs": {"partitions": 9}
    }


MILLIS = STREAMS.replace("materialized: topic\n", "materialized: topic\n    timestamps: epoch_millis\n", 1)


@pytest.mark.parametrize("verb", ["check", "plan", "apply", "build"])
def test_what_a_system_cannot_express_is_an_error_of_every_verb(live: Shop, verb: str) -> None:
    live.write("streams.yml", MILLIS)
    ran = live.run(verb)
    assert ran.code == 1 and "times in epoch milliseconds cannot be compiled for Flink" in ran.err
    assert ran.err.count("HGC900") == 1
    assert live.system.things == {}


# What cannot be taken back


def test_what_widens_access_comes_first_and_is_not_covered_by_auto_approve(applied: Shop) -> None:
    applied.write("streams.yml", MORE)
    row = applied.rows()[READ]
    assert (row["risk"], row["phase"]) == ("widens access", "give")
    assert "`User:desk` may read `refunds` from now on" in row["reason"]
    assert applied.run("plan").out.startswith(f"+ {READ.replace('/', ' ', 1)} (widens access)")
    ran = applied.apply()
    assert ran.code == 2 and "--confirm prod" in ran.err
    ran = applied.apply("--confirm", "dev")
    assert ran.code == 2 and "the environment is 'prod'" in ran.err
    assert applied.system.made == []
    assert applied.run("apply", "--confirm", "prod").code == 0
    assert "main/User:desk/READ/topic:refunds" in applied.system.named("acl")


def test_grants_on_what_is_made_with_them_widen_nothing(live: Shop) -> None:
    assert {row["risk"] for row in live.rows().values()} == {"safe"}


def test_losing_data_needs_the_name_as_well(applied: Shop) -> None:
    applied.write(
        "streams.yml",
        STREAMS.replace(
            "  - {name: refunds, materialized: topic, columns: [{name: id, data_type: string}]}\n", ""
        ),
    )
    assert applied.apply("--allow-destroy").code == 2
    assert "main/refunds" in applied.system.named("topic")
    assert applied.apply("--allow-destroy", "--confirm", "prod").code == 0
    assert "main/refunds" not in applied.system.named("topic")


# Readers


def test_what_breaks_readers_needs_a_reason(applied: Shop) -> None:
    applied.write(
        "streams.yml",
        STREAMS.replace(", {name: amount, data_type: bigint}", "")
        .replace("id, amount", "id")
        .replace("amount > 100", "id <> ''"),
    )
    row = applied.rows()["subject/main/orders-value"]
    assert (row["risk"], row["readers"]) == ("breaking for readers", ["model.large", "exposure.desk"])
    assert applied.told("apply", "--auto-approve")[0] == (
        "HGD017", "subject/main/orders-value takes from model.large, exposure.desk what they use"
    )  # fmt: skip
    ran = applied.apply("--accept-breaking", "agreed with the desk")
    assert ran.code == 0, ran.err
    entry = applied.answer("history")["entries"][0]
    assert (entry["verb"], entry["outcome"], entry["reason"]) == ("apply", "done", "agreed with the desk")


def test_live_groups_are_named_and_those_that_nobody_declared_are_marked(applied: Shop) -> None:
    applied.system.readers = [
        LiveGroup(cluster="main", name="desk-1", state="stable", topics=("orders",)),
        LiveGroup(cluster="main", name="shop.large", state="empty", topics=("orders",)),
        LiveGroup(cluster="main", name="someone", state="empty", topics=("orders", "other")),
    ]
    applied.write(
        "streams.yml",
        STREAMS.replace("materialized: topic\n", "materialized: topic\n    kafka: {retention: 1 day}\n", 1),
    )
    assert applied.rows()["topic/main/orders"]["readers"] == [
        "model.large", "exposure.desk", "group `desk-1` (exposure.desk)", "group `someone` (declared nowhere)",
    ]  # fmt: skip


def test_groups_that_cannot_be_looked_at_are_said_to_be_unknown(
    applied: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(cluster: str, topics: object) -> list[LiveGroup]:
        raise PermanentFailure("not allowed")

    monkeypatch.setattr(applied.system, "groups", refuses, raising=False)
    applied.write(
        "streams.yml",
        STREAMS.replace("materialized: topic\n", "materialized: topic\n    kafka: {retention: 1 day}\n", 1),
    )
    assert "consumer groups that could not be looked at" in applied.rows()["topic/main/orders"]["readers"]


# Verdicts of the systems


def test_what_a_system_would_not_take_is_refused_at_its_declaration_before_anything_is_done(
    live: Shop,
) -> None:
    live.system.faults["main/shop.large"] = "Column 'amout' not found"
    live.system.notes["main/orders-value"] = "the field has no default"
    found = {d["code"]: d for d in live.answer("plan")["diagnostics"]}
    assert (found["HGD014"]["file"], found["HGD014"]["line"]) == ("streams.yml", 7)
    assert found["HGD014"]["message"] == "Flink would not take flink_job/main/shop.large"
    assert found["HGD014"]["notes"][0]["message"] == "Column 'amout' not found"
    assert found["HGD015"]["message"] == "subject/main/orders-value: the field has no default"
    assert live.apply().code == 1
    assert live.system.made == []


def test_what_a_system_warns_of_is_a_warning_and_what_it_notes_is_not(live: Shop) -> None:
    live.system.warnings["main/orders"] = "its keys move"
    live.system.notes["main/orders-value"] = "the field has no default"
    found = [
        (d["severity"], d["message"]) for d in live.answer("plan")["diagnostics"] if d["code"] == "HGD015"
    ]
    assert found == [
        ("info", "subject/main/orders-value: the field has no default"),
        ("warning", "topic/main/orders: its keys move"),
    ]


def test_systems_are_asked_only_about_what_is_made_or_changed(applied: Shop) -> None:
    applied.system.judged.clear()
    applied.write("streams.yml", STREAMS.replace("amount > 100", "amount > 200"))
    applied.run("plan")
    assert applied.system.judged == ["main/shop.large"]


@pytest.fixture
def counting(live: Shop) -> Shop:
    live.system.state["main/shop.large"] = ["Flink 2.3", "sum of amount"]
    assert live.apply().code == 0
    assert live.rows() == {}
    live.system.state["main/shop.large"] = ["Flink 2.3", "max of amount"]
    live.write("streams.yml", STREAMS.replace("amount > 100", "amount > 200"))
    live.system.made.clear()
    return live


def test_a_change_that_keeps_the_state_restarts_the_job_and_says_what_that_means(live: Shop) -> None:
    live.system.state["main/shop.large"] = ["Flink 2.3", "sum of amount"]
    live.apply()
    live.write("streams.yml", STREAMS.replace("amount > 100", "amount > 200"))
    row = live.rows()[JOB]
    assert (row["action"], row["risk"]) == ("restart", "needs restart")
    assert row["cost"] == "stops at a savepoint, and goes on from it; nothing comes out meanwhile"
    live.system.running["main/shop.large"] = {"checkpoint_ms": 420, "checkpoint_bytes": 2_345_678}
    assert live.rows()[JOB]["cost"].endswith("meanwhile (its last checkpoint, of 2.3 MB, took 0.4 s)")
    assert live.apply().code == 0
    assert live.rows() == {}


def test_a_change_that_loses_the_state_is_refused_with_the_choices(counting: Shop) -> None:
    (finding,) = [d for d in counting.answer("plan")["diagnostics"] if d["severity"] == "error"]
    assert finding["code"] == "HGD016"
    assert [note["message"] for note in finding["notes"]] == ["- sum of amount", "+ max of amount"]
    assert "--on-state rebuild" in finding["help"]
    assert counting.apply().code == 1 and counting.system.made == []


@pytest.mark.parametrize(
    ("words", "start"),
    [(["rebuild"], "earliest"), (["from-now"], "latest"), (["large=keep"], "savepoint"), (["model.large=rebuild"], "earliest")],
)  # fmt: skip
def test_somebody_may_choose_where_a_job_begins(counting: Shop, words: list[str], start: str) -> None:
    chosen = ["--on-state", *words]
    row = counting.rows(*chosen)[JOB]
    assert (row["action"], row["risk"]) == ("restart", "loses data")
    saved = str(counting.root / "p.json")
    counting.run("plan", *chosen, "--out", saved)
    assert counting.run("apply", saved, "--confirm", "prod").code == 0
    (job,) = [f for id_, f in counting.system.things.items() if id_.kind == "flink_job"]
    assert (job["start"], job["state"]) == (start, ["Flink 2.3", "max of amount"])
    assert '"start"' not in json.dumps(counting.answer("state", "pull")["document"])


def test_a_choice_that_is_none_and_a_model_that_is_none_are_refused(counting: Shop) -> None:
    assert "keep, rebuild, from-now" in counting.run("plan", "--on-state", "discard").err
    assert counting.told("plan", "--on-state", "lage=rebuild")[0][0] == "HGR120"


# Whose a thing is


def test_what_is_there_and_not_ours_is_refused_with_its_differences(live: Shop) -> None:
    live.system.put("topic", "main/orders", cluster="main", partitions=3, config={})
    (found,) = live.told("plan")
    assert found[0] == "HGD001" and "`partitions`" in found[1]
    assert live.apply().code == 1


def test_adopted_it_is_made_as_declared_and_the_key_is_to_go(live: Shop) -> None:
    live.system.put(
        "topic", "main/orders", cluster="main", partitions=1, config={"retention.ms": "1", "x": "y"}
    )
    live.write(
        "streams.yml", STREAMS.replace("materialized: topic\n", "materialized: topic\n    adopt: true\n", 1)
    )
    row = live.rows()["topic/main/orders"]
    assert (row["action"], row["reason"]) == ("adopt", "is there, and is taken over")
    assert ["config.retention.ms", "1", "604800000"] in row["fields"]
    assert live.rows()["acl/main/User:desk/READ/topic:orders"]["risk"] == "widens access"
    assert live.apply("--confirm", "prod").code == 0
    remarks = [d for d in live.answer("plan")["diagnostics"] if d["code"] == "HGD018"]
    assert [(d["file"], d["line"]) for d in remarks] == [("streams.yml", 5)]


def test_what_another_tool_writes_is_compared_and_never_written(live: Shop) -> None:
    live.write("environments/prod.yml", ENVIRONMENT + "managed_by: {topics: strimzi}\n")
    live.system.put("topic", "main/orders", cluster="main", partitions=3, config={})
    rows = live.rows()
    assert rows["topic/main/orders"]["reason"] == (
        "strimzi writes it; differs in `partitions`, `config.cleanup.policy`, `config.retention.ms`"
    )
    assert rows["topic/main/refunds"]["reason"] == "strimzi writes it; not there yet"
    assert live.apply("--confirm", "prod").code == 0
    assert live.system.named("topic") == {"main/orders"}
    assert live.run("plan", "--exit-code").code == 0


def test_what_was_ours_and_is_another_tools_now_is_forgotten_and_left(applied: Shop) -> None:
    applied.write(
        "streams.yml",
        STREAMS.replace("materialized: topic\n", "materialized: topic\n    managed_by: other\n", 1),
    )
    assert applied.apply().code == 0
    assert "main/orders" in applied.system.named("topic")
    applied.run("destroy", "--auto-approve", "--confirm", "prod")
    assert applied.system.named("topic") == {"main/orders"}


# Saved plans and refreshing


def test_a_protected_environment_refuses_an_old_plan_and_one_that_was_applied(live: Shop) -> None:
    protected = ENVIRONMENT.replace("state: {file: state.jsonl}", "protected: true\nplan_ttl: 2 hours")
    file = live.root / "p.json"
    digest = live.answer("plan", "--out", str(file))["digest"]
    assert live.apply(str(file), "--digest", digest).code == 0
    assert live.told("apply", str(file), "--digest", digest, "--auto-approve") == [
        ("HGD003", "the plan was applied already, or something else was since it was made")
    ]
    values = json.loads(file.read_text())
    file.write_text(json.dumps({**values, "made": int(time.time()) - 7_300}))
    live.write("environments/prod.yml", protected)
    found = live.told("apply", str(file), "--digest", digest, "--auto-approve")
    assert found[0][0] == "HGD004" and "2.0 hours old" in found[0][1]


def test_drift_is_remembered_as_it_is_and_nothing_is_changed(applied: Shop) -> None:
    drifted = next(id_ for id_ in applied.system.things if id_.name == "main/orders")
    applied.system.things[drifted] = {**applied.system.things[drifted], "partitions": 4}
    row = applied.rows("--refresh-only")["topic/main/orders"]
    assert (row["action"], row["status"], row["fields"]) == ("refresh", "planned", [["partitions", 1, 4]])
    assert applied.run("plan", "--refresh-only", "--exit-code").code == 4
    assert applied.apply("--refresh-only").code == 0
    assert applied.system.made == []
    assert applied.rows("--refresh-only") == {}


# The lock


def test_a_lock_that_another_has_is_refused_with_the_way_to_take_it_away(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(self: LoggedState, plan: str = "") -> None:
        raise StateHeld("ann on ci-7, process 4711", "cafe0001")

    monkeypatch.setattr(LoggedState, "begin", begin)
    answer = live.answer("apply", "--auto-approve")
    (finding,) = [d for d in answer["diagnostics"] if d["severity"] == "error"]
    assert (finding["code"], answer["changes"]) == ("HGD012", [])
    assert finding["message"] == "the state of `prod` is held by ann on ci-7, process 4711"
    assert "`headgate state unlock cafe0001`" in finding["help"]
    assert live.system.made == []
    assert [e["outcome"] for e in live.answer("history")["entries"]] == ["declined"]


def test_a_lock_that_is_taken_away_midway_stops_everything_and_says_what_landed(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = LoggedState.intend, [2]

    def intend(self: LoggedState, ids: Sequence[ResourceId]) -> None:
        left[0] -= 1
        if not left[0]:
            raise StateLost("the lock was taken away")
        real(self, ids)

    monkeypatch.setattr(LoggedState, "intend", intend)
    answer = live.answer("apply", "--auto-approve")
    assert [d["code"] for d in answer["diagnostics"] if d["severity"] == "error"] == ["HGD013"]
    landed = {(c["phase"], c["status"], c["message"]) for c in answer["changes"]}
    assert landed == {
        ("store", "done", ""),
        ("run", "skipped", "the lock was taken away"),
        ("give", "skipped", "the lock was taken away"),
    }
    monkeypatch.setattr(LoggedState, "intend", real)
    assert live.apply("--confirm", "prod").code == 0
    assert live.rows() == {}


# What a proxy serves

PROXIED = ENVIRONMENT.replace("virtual_topics: flink\n", "").replace(
    "    identities:", '    proxy: {type: conduktor, url: "http://nowhere:1"}\n    identities:'
)
MASKED = """\
roles: [{name: desk, principals: ["User:desk"]}, {name: lab, principals: ["User:lab"]}]
sources:
  - {name: raw, columns: [{name: id, data_type: string}, {name: card, data_type: char(16)}]}
models:
  - name: cards
    materialized: virtual_topic
    sql: "SELECT id, card FROM {{ source('raw') }}"
    security:
      policies:
        - allow: {roles: [desk, lab]}
        - mask: {column: card, method: partial, keep_last: 4, applied_in: [{roles: [desk]}]}
        - mask: {column: card, method: redact, applied_in: [{roles: [lab]}]}
exposures:
  - {name: a, type: dashboard, consumes: ["ref('cards')"], principal: "User:desk", access: {allowed_roles: [desk]}}
  - {name: b, type: dashboard, consumes: ["ref('cards')"], principal: "User:lab", access: {allowed_roles: [lab]}}
"""


@pytest.fixture
def proxied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = shop(tmp_path, monkeypatch, MASKED)
    made.write("environments/prod.yml", PROXIED)
    ran = made.apply("--confirm", "prod")
    assert ran.code == 0, ran.out + ran.err
    assert made.rows() == {}
    return made


def masks(shop: Shop) -> dict[str, tuple[str, str, str]]:
    """Action, risk and phase of what is to become of each role's masks."""
    rows = shop.rows().values()
    found = [r for r in rows if r["kind"] == "gateway_resource" and "--mask--" in r["name"]]
    return {r["name"].rpartition("role--")[2]: (r["action"], r["risk"], r["phase"]) for r in found}


def test_a_looser_mask_comes_last_and_a_stricter_one_first_each_for_its_own_readers(proxied: Shop) -> None:
    proxied.write(
        "streams.yml",
        MASKED.replace("method: redact", "method: X")
        .replace("method: partial, keep_last: 4", "method: redact")
        .replace("method: X", "method: partial, keep_last: 4"),
    )
    assert masks(proxied) == {
        "desk": ("update", "breaking for readers", "take"),
        "lab": ("update", "widens access", "give"),
    }
    assert any("lab sees `card` of model.cards as partial" in r["reason"] for r in proxied.rows().values())
    assert proxied.apply().code == 2
    assert proxied.apply("--confirm", "prod").code == 0
    assert proxied.rows() == {}


def test_a_mask_that_is_declared_no_more_goes_unasked_and_last(proxied: Shop) -> None:
    proxied.write(
        "streams.yml",
        MASKED.replace("        - mask: {column: card, method: redact, applied_in: [{roles: [lab]}]}\n", ""),
    )
    assert masks(proxied) == {"lab": ("delete", "widens access", "give")}
    assert proxied.apply("--confirm", "prod").code == 0
    assert proxied.rows() == {}


def test_a_principal_of_another_role_comes_to_its_group_before_it_leaves_the_other(proxied: Shop) -> None:
    moved = MASKED.replace('principals: ["User:desk"]', 'principals: ["User:none"]')
    moved = moved.replace('principals: ["User:lab"]', 'principals: ["User:lab", "User:desk"]')
    moved = moved.replace("allowed_roles: [desk]", "allowed_roles: [lab]")
    proxied.write("streams.yml", moved)
    rows = {n: r for n, r in proxied.rows().items() if r["kind"] == "gateway_member"}
    assert {n.partition("role--")[2]: (r["action"], r["phase"], r["risk"]) for n, r in rows.items()} == {
        "lab/desk": ("create", "protect", "widens access"),
        "desk/desk": ("delete", "remove", "breaking for readers"),
    }


def test_a_build_asks_for_the_name_as_well(applied: Shop) -> None:
    applied.write("streams.yml", MORE)
    ran = applied.run("build", "--no-feed")
    assert ran.code == 2 and "--confirm prod" in ran.err
    assert applied.system.made == []
