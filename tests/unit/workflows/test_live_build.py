"""A build on live systems that a test plays: what its tests say, and what is done where one fails."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from headgate.observe.reading import ReadRecords
from headgate.ports import PermanentFailure, QueryFailure, Running, StreamRecord, TemporaryFailure
from headgate.resources import ResourceId
from headgate.workflows import build_live, catching_up, mirror
from live_systems import Shop, shop

STREAMS = """\
sources:
  - name: orders
    topic: orders.v1
    cluster: main
    key: order_id
    columns: [{name: order_id, data_type: string}, {name: amount, data_type: bigint}]
models:
  - name: big
    materialized: flink_stream
    cluster: main
    key: order_id
    sql: SELECT order_id, amount FROM {{ source("orders") }} WHERE amount > 5
"""
TEST = """\
tests:
  - name: enough
    TARGET
    type: sample
    assertions: [{range: {column: amount, min: 10}}]
    on_failure:
      severity: SEVERITY
      actions:
        - pause_model: true
        - send_alert: "slack://token@hooks/secret"
        - dead_letter: {topic: big.rejected}
        - block_deploy: true
"""
JOB = ResourceId("flink_job", "main/shop.big")


class Still:
    """Topics in which nothing moves."""

    def __init__(self, *_: Any) -> None: ...

    def held(self) -> Mapping[str, int]:
        return {}

    def __enter__(self) -> Still:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = shop(tmp_path, monkeypatch, STREAMS)
    monkeypatch.setattr(build_live, "Ends", Still)
    monkeypatch.setattr(catching_up, "STILL_SECONDS", 0)
    record = StreamRecord("+I", None, {"order_id": "a", "amount": 7})
    monkeypatch.setattr(mirror, "read_records", lambda *_, **__: ReadRecords((record,)))
    monkeypatch.setattr(made.system, "pause", pausing(made), raising=False)
    return made


def pausing(shop: Shop) -> Any:
    """What pauses a job: its system tells so afterwards."""

    def pause(thing: ResourceId) -> None:
        shop.system.things[thing] = {**shop.system.things[thing], "running": "paused"}

    return pause


def built(live: Shop, *, about: str = "model: big", severity: str = "error") -> dict[str, Any]:
    live.write("tests.yml", TEST.replace("TARGET", about).replace("SEVERITY", severity))
    ran = live.run("build", "--output", "json")
    assert ran.code == (1 if severity == "error" else 0), ran.err
    return ran.json


def errors(answer: dict[str, Any]) -> list[str]:
    return [one["code"] for one in answer["diagnostics"] if one["severity"] == "error"]


def test_a_failing_test_pauses_what_runs_for_its_model_and_says_what_else_it_did_not(live: Shop) -> None:
    answer = built(live)
    assert live.system.things[JOB]["running"] == "paused"
    (result,) = answer["results"]
    assert (result["status"], result["failed"]) == ("fail", 1)
    assert result["actions"] == [
        "paused model.big: `headgate resume` lets it go on",
        "alert not sent to slack://…",
        "dead letters not written to big.rejected",
        "deployment not blocked: what was applied stays",
    ]
    (row,) = (model for model in answer["models"] if model["address"] == "model.big")
    assert (row["status"], row["message"]) == ("paused", "test `enough` failed")
    (entry,) = (one for one in live.answer("history")["entries"] if one["verb"] == "pause")
    assert (entry["outcome"], entry["about"]) == ("done", "model.big")
    assert entry["reason"] == "test `enough` failed"


def test_a_warning_pauses_nothing(live: Shop) -> None:
    (result,) = built(live, severity="warn")["results"]
    assert live.system.things[JOB].get("running") != "paused"
    assert [one.split()[0] for one in result["actions"]] == ["alert", "dead"]


def test_two_tests_that_fail_pause_once(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[ResourceId] = []
    monkeypatch.setattr(live.system, "pause", paused.append, raising=False)
    live.write("more.yml", TEST.replace("TARGET", "model: big").replace("enough", "plenty").replace("SEVERITY", "error"))  # fmt: skip
    results = built(live)["results"]
    assert paused == [JOB]
    assert [result["actions"][0].split(":")[0] for result in results] == ["paused model.big"] * 2


def test_what_is_paused_already_stays_so(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    built(live)
    asked: list[ResourceId] = []
    monkeypatch.setattr(live.system, "pause", asked.append, raising=False)
    monkeypatch.setattr(live.system, "watch", lambda ids: [Running(id=one, status="paused") for one in ids])
    live.system.things[JOB] = {**live.system.things[JOB], "running": "paused"}
    answer = built(live)
    assert "HGD036" in [one["code"] for one in answer["diagnostics"]]
    (result,) = answer["results"]
    assert asked == [] and result["actions"][0].startswith("model.big is paused already")


def test_a_stream_that_others_write_is_not_paused_and_it_is_said(live: Shop) -> None:
    answer = built(live, about="source: orders")
    (result,) = answer["results"]
    assert result["actions"][0].startswith("not paused: nothing runs for `orders`")
    assert errors(answer) == []


def test_what_will_not_stand_still_is_told_with_the_reason(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thing: ResourceId) -> None:
        raise PermanentFailure("it takes no savepoint")

    monkeypatch.setattr(live.system, "pause", refuse, raising=False)
    answer = built(live)
    (result,) = answer["results"]
    assert result["actions"][0].startswith("not paused: ") and "no savepoint" in result["actions"][0]
    assert errors(answer) == ["HGD035"]


def test_what_streams_hold_can_be_tested_without_a_build_and_nothing_is_paused(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(live, severity="warn")
    live.write("tests.yml", TEST.replace("TARGET", "model: big").replace("SEVERITY", "error"))
    monkeypatch.delattr(live.system, "pause")
    ran = live.run("test", "--output", "json")
    assert ran.code == 1, ran.err
    (result,) = ran.json["results"]
    assert (result["status"], result["failed"]) == ("fail", 1)
    assert result["actions"][0] == "not paused: `headgate pause big` does it"


def test_who_read_records_to_test_them_is_in_the_audit(live: Shop) -> None:
    built(live)
    assert live.run("test").code == 1
    told = [(one["verb"], one["outcome"], one["about"]) for one in live.answer("history")["entries"]]
    assert told[0] == ("test", "done", "the newest records of big")
    assert ("build", "done", "the newest records of orders, big") in told


def test_records_that_cannot_be_read_are_not_tested(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    built(live)

    def unread(*_: Any, **__: Any) -> ReadRecords:
        raise TemporaryFailure("nobody answers")

    monkeypatch.setattr(mirror, "read_records", unread)
    ran = live.run("test", "--output", "json")
    assert (ran.code, [one["code"] for one in ran.json["diagnostics"]]) == (2, ["HGD010"])


def test_no_value_is_quoted_that_an_engine_could_not_take(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(live)

    def untaken(*_: Any, **__: Any) -> ReadRecords:
        raise QueryFailure("its query cannot be answered", "a text is no BIGINT: 4000-1")

    monkeypatch.setattr(mirror, "read_records", untaken)
    for verb in ("test", "build"):
        ran = live.run(verb, "--output", "json")
        assert ran.code == 2 and "its query cannot be answered" in ran.out
        assert "4000" not in ran.out + ran.err


def test_a_build_that_cannot_reach_what_it_needs_could_not_run(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(*_: Any) -> Any:
        raise TemporaryFailure("nobody answers")

    monkeypatch.setattr(live.system, "observe", nobody)
    ran = live.run("build", "--output", "json")
    assert (ran.code, errors(ran.json)) == (2, ["HGD010"])
    assert ran.json["changes"] == []


def test_records_that_cannot_be_read_after_the_apply_are_no_finding_of_the_project(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unread(*_: Any, **__: Any) -> ReadRecords:
        raise TemporaryFailure("nobody answers")

    monkeypatch.setattr(mirror, "read_records", unread)
    ran = live.run("build", "--output", "json")
    assert (ran.code, errors(ran.json)) == (2, ["HGD010"])
    assert {one["status"] for one in ran.json["changes"]} == {"done"}


def test_what_a_job_reads_through_an_inlined_query_counts_as_its_input(live: Shop) -> None:
    orders = 'sql: SELECT order_id, amount FROM {{ source("orders") }}'
    kept = f"  - name: kept\n    materialized: ephemeral\n    {orders}\n"
    read = STREAMS.replace(orders, orders.replace('source("orders")', 'ref("kept")'))
    live.write("streams.yml", read.replace("models:\n", f"models:\n{kept}"))
    answer = built(live, severity="warn")
    (row,) = (model for model in answer["models"] if model["address"] == "model.big")
    assert (row["rows_in"], row["rows_out"]) == (1, 1)
