"""How live systems are doing, on systems that a test plays: each that is down is a line, and the rest is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headgate.observe.held import Held
from headgate.ports import LiveGroup, PermanentFailure, Running, TemporaryFailure
from headgate.project.declarations import Freshness
from headgate.resources import ResourceId
from headgate.workflows import live_status
from headgate.workflows.live_status import fresh
from live_systems import Shop, shop

STREAMS = """\
sources:
  - name: orders
    topic: orders.v1
    cluster: main
    key: order_id
    freshness: {warn_after: 1 minute, error_after: 5 minutes}
    columns: [{name: order_id, data_type: string}, {name: amount, data_type: bigint}]
models:
  - name: big
    materialized: flink_stream
    cluster: main
    key: order_id
    sql: SELECT order_id, amount FROM {{ source("orders") }} WHERE amount > 5
exposures:
  - name: desk
    type: application
    consumes: ['ref("big")']
    sla: {freshness: 1 minute}
    consumer_config: {consumer_group: desk-1, max_lag_messages: 10}
"""
JOB = ResourceId("flink_job", "main/shop.big")


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = shop(tmp_path, monkeypatch, STREAMS)
    assert made.apply().code == 0
    holds(monkeypatch, {"orders.v1": 30, "big": 200})
    return made


def holds(monkeypatch: pytest.MonkeyPatch, ages: dict[str, float]) -> None:
    """Topics whose newest record is so many seconds old."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)

    def held(connection: Any, topics: list[str]) -> dict[str, Held]:
        return {
            topic: Held(partitions=3, records=9, end=12, newest=now - dt.timedelta(seconds=ages[topic]))
            for topic in topics
            if topic in ages
        }

    monkeypatch.setattr(live_status, "held", held)
    monkeypatch.setattr(live_status, "lists_every_group", lambda _: True)


def group(name: str, topic: str, lag: int | None = None) -> LiveGroup:
    return LiveGroup(
        cluster="main",
        name=name,
        state="stable",
        topics=(topic,),
        lag={} if lag is None else {topic: lag},
    )


def test_everything_is_declared_applied_and_live_and_nothing_differs(live: Shop) -> None:
    rows = live.answer("status")["rows"]
    assert {(r["declared"], r["applied"], r["live"], r["drift"]) for r in rows} == {(True, True, True, "")}
    assert {r["name"]: r["rows"] for r in rows if r["kind"] == "topic"} == {"main/big": 9}


def test_what_was_changed_outside_is_named_by_its_key(live: Shop) -> None:
    topic = ResourceId("topic", "main/big")
    there = live.system.things[topic]
    live.system.things[topic] = {**there, "config": {**there["config"], "retention.ms": "1"}}
    (row,) = [r for r in live.answer("status")["rows"] if r["kind"] == "topic"]
    assert row["drift"] == "`config.retention.ms` changed outside"


def test_a_job_is_shown_with_its_numbers(live: Shop) -> None:
    live.system.running["main/shop.big"] = {"lag": 5, "watermark_delay_ms": 61_000, "checkpoints": 3}
    (row,) = live.answer("status")["running"]
    assert (row["address"], row["status"], row["facts"]["lag"]) == ("model.big", "running", 5)
    line = next(x for x in live.run("status").out.splitlines() if " job " in x)
    assert line.split() == ["main/shop.big", "job", "running", "5", "1", "min", "1", "s", "3"]


def test_what_was_never_applied_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop(tmp_path, monkeypatch, STREAMS)
    holds(monkeypatch, {})
    assert made.answer("status")["running"] == []


def test_topics_are_judged_by_the_freshness_that_is_declared(live: Shop) -> None:
    rows = {r["topic"]: r for r in live.answer("status")["topics"]}
    assert (rows["orders.v1"]["freshness"], rows["big"]["freshness"]) == ("pass", "")
    assert rows["orders.v1"]["address"] == "source.orders"


@pytest.mark.parametrize(
    ("age", "said"), [(59, "pass"), (61, "warn"), (299, "warn"), (301, "fail"), (None, "")]
)
def test_freshness_has_two_bounds(age: float | None, said: str) -> None:
    place: Any = None
    assert fresh(Freshness(60_000, 300_000, place), age) == said


def test_groups_are_held_against_what_is_declared(live: Shop) -> None:
    live.system.readers = [
        group("desk-1", "big", 3),
        group("desk-1", "orders.v1"),
        group("stranger", "big", 7),
        group("shop.big", "orders.v1", 0),
    ]
    groups = {(r["group"], r["topic"]): r for r in live.answer("status")["groups"]}
    assert {key: (r["whose"], r["declared"]) for key, r in groups.items()} == {
        ("desk-1", "big"): ("exposure.desk", True),
        ("desk-1", "orders.v1"): ("exposure.desk", False),
        ("stranger", "big"): ("", False),
        ("shop.big", "orders.v1"): ("shop", True),
    }
    lines = live.run("status").out.splitlines()
    assert any("stranger" in line and line.endswith("UNDECLARED") for line in lines)


def test_an_undeclared_group_is_told_with_who_is_in_it_and_what_it_never_committed(live: Shop) -> None:
    live.system.readers = [
        replace(group("stranger", "big", 7), clients=("notebook-1", "notebook-2"), uncommitted={"big": 2}),
        replace(group("silent", "big"), uncommitted={"big": 3}),
    ]
    stranger, silent = live.answer("status")["groups"]
    assert (stranger["clients"], stranger["lag"], stranger["uncommitted"]) == (
        ["notebook-1", "notebook-2"],
        7,
        2,
    )
    assert (silent["lag"], silent["uncommitted"]) == (None, 3)
    said = live.run("status").out
    assert "7 + 2 uncommitted  UNDECLARED (client notebook-1, notebook-2)\n" in said
    assert "  3 uncommitted  UNDECLARED\n" in said


def test_a_group_is_of_the_exposure_whose_whole_name_it_begins_with(live: Shop) -> None:
    uses = "".join(
        f"  - {{name: {name}, type: application, consumes: ['ref(\"big\")']}}\n"
        for name in ("pay", "pay_audit")
    )
    live.write("streams.yml", STREAMS + uses)
    live.system.readers = [group("pay_audit-1", "big"), group("pay-1", "big")]
    assert [row["whose"] for row in live.answer("status")["groups"]] == ["exposure.pay_audit", "exposure.pay"]


def test_what_an_account_is_not_told_of_is_said(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = {
        name: PermanentFailure(f"`looks` may not describe topic `{name}`") for name in ("orders.v1", "big")
    }
    monkeypatch.setattr(live_status, "held", lambda *_: hidden)
    monkeypatch.setattr(live_status, "lists_every_group", lambda _: False)
    assert sorted(live.answer("status")["unseen"]) == [
        "`looks` may not describe topic `big` (and 1 more like it)",
        "consumer groups of `main` that this account may not DESCRIBE: with DESCRIBE on the cluster all are listed",
    ]


def test_a_kind_that_may_not_be_looked_at_hides_no_other(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    look = live.system.observe

    def observe(ids: Sequence[ResourceId]) -> Any:
        if any(id_.kind == "job_acl" for id_ in ids):
            raise PermanentFailure("`looks` may not look at ACLs")
        return look(ids)

    monkeypatch.setattr(live.system, "observe", observe)
    answer = live.answer("status")
    assert {row["live"] for row in answer["rows"] if row["kind"] == "topic"} == {True}
    assert {row["live"] for row in answer["rows"] if row["kind"] == "job_acl"} == {None}
    assert answer["unseen"] == ["`looks` may not look at ACLs"]


@pytest.mark.parametrize(("lag", "said"), [(10, "not_enough_data"), (11, "fail")])
def test_a_lag_is_within_its_limit_only_where_all_of_it_is_known(live: Shop, lag: int, said: str) -> None:
    live.system.readers = [replace(group("desk-1", "big", lag), uncommitted={"big": 1})]
    (row,) = [r for r in live.answer("status")["promises"] if r["promise"] == "lag"]
    assert row["status"] == said


def test_in_full_names_are_not_cut(live: Shop) -> None:
    live.system.readers = [group("g" * 90, "big", 1)]
    ran = live.run("status", "-v")
    assert "g" * 90 in ran.out and "…" not in ran.out


@pytest.mark.parametrize(("lag", "said"), [(10, "pass"), (11, "fail"), (None, "not_enough_data")])
def test_a_promised_lag_is_judged_by_the_groups_of_its_exposure(
    live: Shop, lag: int | None, said: str
) -> None:
    live.system.readers = [group("desk-1", "big", lag), group("stranger", "big", 99)]
    (row,) = [r for r in live.answer("status")["promises"] if r["promise"] == "lag"]
    assert (row["address"], row["status"], row["actual"]) == ("exposure.desk", said, lag)


def test_a_promise_of_whom_nothing_is_seen_is_neither_kept_nor_broken(live: Shop) -> None:
    rows = {r["promise"]: r["status"] for r in live.answer("status")["promises"]}
    assert rows == {"lag": "not_enough_data", "freshness": "fail"}


def test_versions_that_are_to_go_name_who_still_reads_them(live: Shop) -> None:
    versions = "    versions: [{v: 1, deprecation_date: 2027-01-31}, {v: 2}]\n"
    live.write("streams.yml", STREAMS.replace("    materialized", f"{versions}    materialized"))
    assert live.apply().code == 0
    live.system.readers = [group("late", "big", 1), group("desk-1", "big.v2", 1)]
    answer = live.answer("status")
    assert answer["deprecated"] == [{"address": "model.big.v1", "date": "2027-01-31", "readers": ["late"]}]


def test_a_system_that_is_down_is_a_line_and_the_rest_is_shown(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    observe = live.system.observe

    def without_flink(ids: list[ResourceId]) -> Any:
        if any(id_.kind == "flink_job" for id_ in ids):
            raise TemporaryFailure("the JobManager cannot be reached")
        return observe(ids)

    monkeypatch.setattr(live.system, "observe", without_flink)
    monkeypatch.setattr(
        live.system,
        "watch",
        lambda ids: [
            Running(id=one, status="unknown", why="the JobManager cannot be reached") for one in ids
        ],
    )
    ran = live.run("status")
    answer = live.answer("status")
    assert ran.code == 0 and answer["unseen"] == ["the JobManager cannot be reached"]
    assert {r["kind"]: r["live"] for r in answer["rows"]} == {
        "flink_job": None, "job_acl": True, "subject": True, "topic": True,
    }  # fmt: skip
    assert "could not be seen\n  ! the JobManager cannot be reached\n" in ran.out


def test_where_nothing_can_be_seen_it_could_not_run(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any) -> Any:
        raise TemporaryFailure("nobody answers")

    monkeypatch.setattr(live.system, "observe", nobody)
    monkeypatch.setattr(live.system, "groups", nobody)
    monkeypatch.setattr(live_status, "held", nobody)
    ran = live.run("status", "--output", "json")
    assert ran.code == 2 and "nobody answers" in ran.json["unseen"]


def test_grants_that_stand_alike_are_one_line_unless_one_wants_all(live: Shop) -> None:
    grants = [r["name"] for r in live.answer("status")["rows"] if r["kind"] == "job_acl"]
    if len(grants) > 1:
        assert f"{len(grants)} grants" in live.run("status").out
    every = live.run("status", "-v").out
    assert every.count("job_acl") == len(grants)


def test_a_job_is_paused_and_goes_on_and_the_audit_knows(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, ResourceId]] = []
    monkeypatch.setattr(live.system, "pause", lambda thing: done.append(("pause", thing)), raising=False)
    monkeypatch.setattr(live.system, "resume", lambda thing: done.append(("resume", thing)), raising=False)
    for verb in ("pause", "resume"):
        ran = live.run(verb, "big")
        assert ran.code == 0, ran.err
    assert done == [("pause", JOB), ("resume", JOB)]
    told = [(one["verb"], one["outcome"], one["about"]) for one in live.answer("history")["entries"]]
    assert told[:2] == [("resume", "done", "model.big"), ("pause", "done", "model.big")]


def test_what_cannot_be_paused_says_why_at_the_declaration(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thing: ResourceId) -> None:
        raise TemporaryFailure("it takes no savepoint")

    monkeypatch.setattr(live.system, "pause", refuse, raising=False)
    ((code, message),) = live.told("pause", "big")
    assert code == "HGD035" and "it takes no savepoint" in message


@pytest.mark.parametrize("node", ["orders"])
def test_of_a_stream_that_others_write_nothing_runs(live: Shop, node: str) -> None:
    ((code, message),) = live.told("pause", node)
    assert (code, "no job and no connector" in message) == ("HGD034", True)


def test_a_plan_says_what_is_paused_and_what_it_starts_again(live: Shop) -> None:
    live.system.things[JOB] = {**live.system.things[JOB], "running": "paused"}
    answer = live.answer("plan")
    assert [d["message"] for d in answer["diagnostics"] if d["code"] == "HGD036"] == [
        "flink_job/main/shop.big is paused, and stays so"
    ]
    live.write("streams.yml", STREAMS.replace("amount > 5", "amount > 6"))
    told = [d["message"] for d in live.answer("plan")["diagnostics"] if d["code"] == "HGD036"]
    assert told == ["flink_job/main/shop.big is paused, and this plan starts it again"]
