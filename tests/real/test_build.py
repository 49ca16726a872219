"""The payments example built on the local stack: everything runs, and comes to what the embedded engine says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from running import ACCEPTANCE, EXAMPLE, Ran, headgate_process

from .conftest import Stack, environment

pytestmark = [pytest.mark.real, pytest.mark.slow]

LOCAL = "engine: local\nvirtual_topics: flink\nallow_destroy: true\nnaming: {prefix: build.}\n"
EXACT = ("payments_events", "customers_stream", "payments_clean", "customer_balance_5m")
"""Streams of which the embedded engine's answer is Flink's, whatever comes in between."""


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
    assert {m["status"] for m in answer["models"]} == {"ok"}, answer["models"]
    kinds = {c["kind"] for c in answer["changes"]}
    assert {"topic", "subject", "flink_job", "connector", "job_acl", "acl", "scram_user"} <= kinds


@pytest.mark.parametrize("node", EXACT)
def test_it_comes_to_what_the_embedded_engine_says(built: tuple[Path, dict[str, Any]], node: str) -> None:
    project, _ = built
    beside = headgate_process("build", "--no-flush", "--env", "embedded", "-q", project=project)
    assert beside.code in (0, 1), beside.err
    live = in_local(project, "show", node, "--limit", "10000", "--output", "json")
    embedded = headgate_process(
        "show", node, "--limit", "10000", "--env", "embedded", "--output", "json", project=project
    )
    assert rows(live) == rows(embedded) != []


def test_a_second_build_changes_nothing_and_feeds_nothing(built: tuple[Path, dict[str, Any]]) -> None:
    project, before = built
    again = in_local(project, "build", "--output", "json").json
    assert {c["status"] for c in again["changes"]} == {"unchanged"}
    assert [(m["address"], m["rows_out"]) for m in again["models"]] == [
        (m["address"], m["rows_out"]) for m in before["models"]
    ]
