"""A system that is down, before an apply and midway: a clear message, and a state from which the next command works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from headgate.local.settings import Layout
from headgate.local.stack import supervised_by
from running import REPOSITORY, Ran, headgate_process

from .conftest import Stack, brought_up, environment
from .test_apply import Project, until
from .test_apply_jobs import Jobs

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, stack: Stack) -> Iterator[Stack]:
    """A stack of which parts are taken down. The shared one is asked for first: what it cannot be had for is said there."""
    folder = tmp_path_factory.mktemp("faults")
    try:
        yield brought_up(folder)
    finally:
        headgate_process("local", "down", "--wipe", project=folder, environ=environment())


def process_of(own: Stack, part: str) -> int:
    answer = headgate_process(
        "local", "status", "--output", "json", project=own.project, environ=environment()
    )
    found = {p["part"]: p["process"] for p in answer.json["parts"]}
    return int(found[part])


def take_down(own: Stack, *parts: str) -> None:
    """The parts are killed, and nobody starts them again."""
    doomed = [process_of(own, part) for part in parts]
    supervisor = supervised_by(Layout((own.project / ".headgate" / "local").resolve()))
    for process in (*([supervisor] if supervisor else []), *doomed):
        os.kill(process, signal.SIGKILL)


def bring_up(own: Stack) -> None:
    ran = headgate_process("local", "up", project=own.project, environ=environment())
    assert ran.code == 0, ran.out + ran.err


@pytest.fixture
def project(own: Stack, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Jobs]:
    made = Jobs(own, tmp_path, f"applyfault{abs(hash(request.node.name)) % 10_000}")
    try:
        yield made
    finally:
        bring_up(own)
        made.run("destroy", "--auto-approve")


STOPPED = """
import sys
from headgate.cli.app import run
from headgate.workflows.systems import LiveSystems
made, kinds = LiveSystems.carry_out, [sys.argv[1]]

def carry_out(self, changes):
    if any(change.id.kind in kinds for change in changes):
        kinds.clear()
        print("holding", flush=True)
        sys.stdin.readline()
    return made(self, changes)

LiveSystems.carry_out = carry_out
sys.exit(run(sys.argv[2:]))
"""
"""Runs a command that waits before it first touches something of a kind."""


class Midway:
    """An apply that is about to touch something of a kind."""

    def __init__(self, project: Project, kind: str) -> None:
        words = [sys.executable, "-c", STOPPED, kind, "apply", "--auto-approve", "--output", "json"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [*words, "--project", str(project.root)],
            stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=REPOSITORY,
        )  # fmt: skip
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "holding\n"

    def go_on(self) -> Ran:
        out, err = self.process.communicate("\n" * 9, timeout=300)
        return Ran(self.process.returncode, out, err)


def findings(ran: Ran) -> list[tuple[str, str]]:
    """The errors of an answer: their codes, and all that they say."""
    return [
        (d["code"], " ".join([d["message"], *(n["message"] for n in d["notes"])]))
        for d in ran.json["diagnostics"]
        if d["severity"] == "error"
    ]


def statuses(ran: Ran) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for change in ran.json["changes"]:
        found.setdefault(change["kind"], set()).add(change["status"])
    return found


def refused(project: Project, *words: str) -> tuple[str, str]:
    """The one reason for which nothing was done."""
    ran = project.run(*words, "--output", "json")
    assert ran.code == 2, ran.out + ran.err
    (found,) = findings(ran)
    return found


def ends_well(own: Stack, project: Jobs) -> None:
    bring_up(own)
    until(lambda: project.run("apply", "--auto-approve").code == 0, 120)
    assert project.pending() == []
    assert len(project.running()) == 2


@pytest.mark.parametrize(
    ("part", "code", "names"),
    [
        ("registry", "HGD010", "registry"),
        ("kafka", "HGD006", "cluster"),
        ("jobmanager", "HGD010", "JobManager"),
    ],
)
def test_a_system_that_is_down_is_said_before_anything_is_done(
    own: Stack, project: Jobs, part: str, code: str, names: str
) -> None:
    take_down(own, part)
    for verb in (["plan"], ["apply", "--auto-approve"]):
        found = refused(project, *verb)
        assert found[0] == code and names in found[1], found
    ends_well(own, project)


def test_a_registry_that_goes_down_midway_fails_what_needs_it_alone(own: Stack, project: Jobs) -> None:
    midway = Midway(project, "topic")
    take_down(own, "registry")
    ran = midway.go_on()
    assert ran.code == 1, ran.out + ran.err
    assert {code for code, _ in findings(ran)} == {"HGD007"}
    assert all("registry" in said for _, said in findings(ran))
    assert statuses(ran)["topic"] == {"done"} and statuses(ran)["subject"] == {"failed"}
    assert statuses(ran)["flink_job"] == {"skipped"}
    ends_well(own, project)


def test_a_flink_that_goes_down_midway_leaves_no_job_behind_and_the_next_apply_makes_it(
    own: Stack, project: Jobs
) -> None:
    midway = Midway(project, "flink_job")
    take_down(own, "jobmanager", "gateway")
    ran = midway.go_on()
    assert ran.code == 1, ran.out + ran.err
    assert statuses(ran)["flink_job"] == {"failed"} and statuses(ran)["topic"] == {"done"}
    ends_well(own, project)


def test_a_broker_that_goes_down_midway_stops_everything_with_the_reason(own: Stack, project: Jobs) -> None:
    midway = Midway(project, "topic")
    take_down(own, "kafka")
    ran = midway.go_on()
    assert ran.code in (1, 2), ran.out + ran.err
    assert "HGD013" in {code for code, _ in findings(ran)}
    ends_well(own, project)
