"""The payments example built on the local stack: everything runs, and comes to what the embedded engine says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headgate.local.settings import ADMIN, Layout, read
from headgate.local.warehouse import binaries
from running import ACCEPTANCE, EXAMPLE, Ran, headgate_process

from .conftest import Stack, environment

pytestmark = [pytest.mark.real, pytest.mark.slow]

LOCAL = "engine: local\nvirtual_topics: flink\nallow_destroy: true\nnaming: {prefix: build.}\n"
EXACT = ("payments_events", "customers_stream", "payments_clean", "customer_balance_5m")
"""Streams of which the embedded engine's answer is Flink's, whatever comes in between."""

QUALITY = "payments_clean_quality"
"""A test that the samples fail, and that asks for its model to be paused."""


def in_local(project: Path, *words: str) -> Ran:
    return headgate_process(*words, "--env", "local", project=project, environ=environment())


def rows(ran: Ran) -> list[str]:
    """Rows that can be compared: neither their order nor that of their columns counts."""
    assert ran.code == 0, ran.out + ran.err
    return sorted(json.dumps(row, sort_keys=True) for row in ran.json["rows"])


@pytest.fixture(scope="module")
def built(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """What the users of the acceptance project wrote, with the example's samples, built on the stack."""
    project = tmp_path_factory.mktemp("build") / "payments"
    shutil.copytree(ACCEPTANCE, project, ignore=shutil.ignore_patterns(".headgate", "target"))
    shutil.copytree(EXAMPLE / "samples", project / "samples")
    (project / "environments").mkdir()
    (project / "environments" / "local.yml").write_text(LOCAL)
    stack.lend(project)
    ran = in_local(project, "build", "--output", "json")
    try:
        yield project, ran.json
    finally:
        in_local(project, "destroy", "--auto-approve")


def test_everything_landed_and_ran(built: tuple[Path, dict[str, Any]]) -> None:
    _, answer = built
    assert {c["status"] for c in answer["changes"]} == {"done"}, answer["changes"]
    paused = ("paused", f"test `{QUALITY}` failed")
    for model in answer["models"]:
        status = (model["status"], model["message"])
        assert status == paused if model["address"] == "model.payments_clean" else status[0] == "ok", model
    kinds = {c["kind"] for c in answer["changes"]}
    assert {"topic", "subject", "flink_job", "connector", "job_acl", "acl", "scram_user"} <= kinds


@pytest.mark.parametrize("node", EXACT)
def test_it_comes_to_what_the_embedded_engine_says(built: tuple[Path, dict[str, Any]], node: str) -> None:
    project, _ = built
    words = ("--no-flush", "--exclude", QUALITY, "--env", "embedded", "-q")
    beside = headgate_process("build", *words, project=project)
    assert beside.code == 0, beside.out + beside.err
    live = in_local(project, "show", node, "--limit", "10000", "--output", "json")
    embedded = headgate_process(
        "show", node, "--limit", "10000", "--env", "embedded", "--output", "json", project=project
    )
    assert rows(live) == rows(embedded) != []


def test_the_sink_upserts_its_rows_into_postgresql(built: tuple[Path, dict[str, Any]], stack: Stack) -> None:
    project, _ = built
    (sink,) = (m for m in built[1]["models"] if m["address"] == "model.fraud_events_warehouse")
    live = in_local(project, "show", "fraud_events_enriched", "--limit", "10000", "--output", "json")
    by_key = {row["payment_id"]: row for row in live.json["rows"]}
    found = query(stack, "SELECT payment_id, customer_id, amount_cents, country FROM fraud_events_enriched")
    assert found == sorted(
        [[str(row[name]) for name in ("payment_id", "customer_id", "amount_cents", "country")]
         for row in by_key.values()]
    )  # fmt: skip
    assert sink["rows_out"] == sink["rows_in"] > 0


def query(stack: Stack, sql: str) -> list[list[str]]:
    """The rows of a query in the stack's PostgreSQL, sorted."""
    settings, programs = read(Layout((stack.project / ".headgate" / "local").resolve())), binaries()
    assert settings is not None and programs is not None
    host, port = settings.address("warehouse").split(":")
    words = [
        str(programs / "psql"),
        "-h",
        host,
        "-p",
        port,
        "-U",
        ADMIN,
        "-d",
        "postgres",
        "-At",
        "-F",
        "|",
        "-c",
        sql,
    ]
    done = subprocess.run(
        words,
        env={**os.environ, "PGPASSWORD": settings.password_of(ADMIN)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return sorted(line.split("|") for line in done.stdout.splitlines())


def test_a_new_project_builds_as_it_is(stack: Stack, tmp_path: Path) -> None:
    """With a window of the kind that buffers in Flink's managed memory, of which every job has a share."""
    project = tmp_path / "newcomer"
    assert headgate_process("init", str(project)).code == 0
    local = project / "environments" / "local.yml"
    local.write_text(local.read_text() + "naming: {prefix: newcomer.}\n")
    stack.lend(project)
    ran = in_local(project, "build", "--output", "json")
    try:
        assert ran.code == 0, ran.out + ran.err
        assert {m["status"] for m in ran.json["models"]} == {"ok"}
        assert any("TUMBLE(" in path.read_text() for path in project.rglob("*.yml"))
    finally:
        in_local(project, "destroy", "--auto-approve")


def test_a_failing_test_paused_the_job_of_its_model(built: tuple[Path, dict[str, Any]]) -> None:
    project, answer = built
    (said,) = (r["actions"] for r in answer["results"] if r["actions"])
    assert said[0].startswith("paused model.payments_clean")
    assert jobs(project)["model.payments_clean"] == "paused"
    assert in_local(project, "resume", "payments_clean").code == 0
    assert jobs(project)["model.payments_clean"] in ("running", "warming")


def jobs(project: Path) -> dict[str, str]:
    """How what runs for each stream is doing."""
    running = in_local(project, "status", "--output", "json").json["running"]
    return {one["address"]: one["status"] for one in running}


def test_a_second_build_changes_nothing_and_feeds_nothing(built: tuple[Path, dict[str, Any]]) -> None:
    project, before = built
    again = in_local(project, "build", "--output", "json").json
    assert {c["status"] for c in again["changes"]} == {"unchanged"}
    assert exact_rows(again) == exact_rows(before)


def exact_rows(answer: dict[str, Any]) -> dict[str, int]:
    """How many rows each exact stream holds; a join goes on once one of its inputs has been idle for half a minute."""
    return {m["address"]: m["rows_out"] for m in answer["models"] if m["address"].split(".")[1] in EXACT}
