"""Applies on the real stack: killed at each of their steps, two at once, two projects in turn, and meddled with by hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka.admin import NewPartitions

from accounts import admin, local_stack
from headgate.ports import Listing
from headgate.workflows.acting import live_systems
from headgate.workflows.request import Request
from headgate.workflows.session import open_session
from headgate.workflows.systems import LiveSystems
from running import REPOSITORY, Ran, headgate

from .conftest import Stack

pytestmark = [pytest.mark.real, pytest.mark.slow]

STREAMS = """\
roles: [{{name: {name}, principals: ["User:{name}"]}}]
models:
  - name: orders
    materialized: topic
    format: avro
    columns: [{{name: id, data_type: string}}, {{name: amount, data_type: bigint}}]
  - {{name: refunds, materialized: topic, columns: [{{name: id, data_type: string}}]}}
exposures:
  - name: {name}
    type: application
    consumes: ["ref('orders')"]
    principal: "User:{name}"
    access: {{allowed_roles: [{name}]}}
    quota: {{consume: 1MB/s}}
"""


class Project:
    """A project on the shared stack, whose things have names of its own."""

    def __init__(self, stack: Stack, root: Path, name: str) -> None:
        self.root, self.name, self.stack = root, name, stack
        (root / "environments").mkdir(parents=True)
        (root / "headgate.yml").write_text(f"name: {name}\n")
        said = f"engine: local\ndefault: true\nallow_destroy: true\nnaming: {{prefix: {name}.}}\n"
        (root / "environments" / "local.yml").write_text(said)
        self.declare(STREAMS.format(name=name))
        stack.lend(root)

    def declare(self, text: str) -> None:
        (self.root / "streams.yml").write_text(text)

    def change(self) -> None:
        """Something of every kind is otherwise: a field, a configuration, a topic and a grant more and one less."""
        text = STREAMS.format(name=self.name)
        text = text.replace(
            "{name: amount, data_type: bigint}",
            "{name: amount, data_type: bigint}, {name: note, data_type: string}",
        )
        text = text.replace(
            "materialized: topic\n", "materialized: topic\n    kafka: {partitions: 2, retention: 1 day}\n"
        )
        text = text.replace("ref('orders')\"]", "ref('refunds')\"]").replace("1MB/s", "2MB/s")
        self.declare(text)

    def run(self, *words: str) -> Ran:
        return headgate(*words, project=self.root)

    def done(self, *words: str) -> Ran:
        ran = self.run(*words)
        assert ran.code == 0, ran.out + ran.err
        return ran

    def pending(self) -> list[tuple[str, str]]:
        changes = self.run("plan", "--output", "json").json["changes"]
        return [(c["action"], c["name"]) for c in changes if c["action"] != "no-op"]

    def owned(self) -> int:
        return len(self.run("state", "ls", "--output", "json").json["things"])

    @contextmanager
    def systems(self) -> Iterator[LiveSystems]:
        found = live_systems(open_session(Request(root=self.root, environ=dict(os.environ))))
        assert isinstance(found, LiveSystems)
        with closing(found):
            yield found

    def there(self) -> dict[str, Any]:
        """All that bears the project's name in the cluster and the registry.

        Of a subject it is compared how many versions there are: their numbers go on after those that were deleted.
        """
        with self.systems() as systems:
            found = named(systems.list_all(), self.name)
        subjects = [replace(one, version=self._versions(one.name)) for one in found["subjects"]]
        return {**found, "subjects": subjects}

    def _versions(self, subject: str) -> int:
        registry = local_stack(self.stack.project).registry
        answer = httpx.get(f"{registry}/subjects/{subject}/versions", trust_env=False, timeout=30)
        return len(answer.raise_for_status().json())


def named(listing: Listing, name: str) -> dict[str, Any]:
    return {
        "topics": [t for t in listing.topics if t.name.startswith(f"{name}.")],
        "acls": [a for a in listing.acls if name in a.principal],
        "users": [u for u in listing.users if name in u.name],
        "subjects": [s for s in listing.subjects if s.name.startswith(f"{name}.")],
    }


KILLED = """
import os, signal, sys
from threading import Lock
from headgate.cli.app import run
from headgate.state import LoggedState
from headgate.workflows.systems import LiveSystems
at, _, only = sys.argv[1].partition(":")
left, turn = [int(at)], Lock()

def step():
    with turn:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

def then_step(real):
    def call(*args, **more):
        result = real(*args, **more)
        step()
        return result
    return call

for name in () if only else ("begin", "intend", "record", "finish"):
    setattr(LoggedState, name, then_step(getattr(LoggedState, name)))

class OneByOne:
    def __init__(self, provider):
        self._provider = provider
    def __getattr__(self, name):
        return getattr(self._provider, name)
    def carry_out(self, changes):
        outcomes = []
        for change in changes:
            if only:
                step()
            outcomes += then_step(self._provider.carry_out)([change])
        return outcomes

opened = LiveSystems.provider

def provider(self, name):
    found = opened(self, name)
    return OneByOne(found) if not only or name in only.split(",") else found

LiveSystems.provider = provider
sys.exit(run([*sys.argv[2:]]))
"""
"""Runs a command that is killed at its n-th step: after each commit of the state, and after each single change; of some
systems only, before and after each of their changes."""


def killed_at(at: int, project: Project, *words: str, only: str = "") -> bool:
    """Whether the command came so far that it was killed."""
    when = f"{at}:{only}" if only else str(at)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, when, *words, "--project", str(project.root)],
        capture_output=True,
        cwd=REPOSITORY,
        timeout=300,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode != 0


def test_killed_at_each_of_its_steps_in_turn_the_next_apply_ends_in_the_same_place(
    stack: Stack, tmp_path: Path
) -> None:
    project = Project(stack, tmp_path, "applykill")
    project.done("apply", "--auto-approve")
    created, owned = project.there(), project.owned()
    project.change()
    project.done("apply", "--auto-approve")
    changed = project.there()
    assert changed != created
    project.done("destroy", "--auto-approve")
    assert not any(project.there().values()) and project.owned() == 0
    visited = 0
    for at in range(1, 200):
        project.declare(STREAMS.format(name=project.name))
        first = killed_at(at, project, "apply", "--auto-approve")
        project.done("apply", "--auto-approve")
        assert (project.there(), project.owned()) == (created, owned)
        project.change()
        second = killed_at(at, project, "apply", "--auto-approve")
        project.done("apply", "--auto-approve")
        assert project.there() == changed and project.pending() == []
        third = killed_at(at, project, "destroy", "--auto-approve")
        project.done("destroy", "--auto-approve")
        assert not any(project.there().values()) and project.owned() == 0
        if not (first or second or third):
            break
        visited += 1
    assert visited > 15


HOLDING = """
import sys
from headgate.cli.app import run
from headgate.workflows.systems import LiveSystems
made = LiveSystems.carry_out

def carry_out(self, changes):
    print("holding", flush=True)
    sys.stdin.readline()
    return made(self, changes)

LiveSystems.carry_out = carry_out
sys.exit(run(sys.argv[1:]))
"""
"""Runs a command that waits before each outward step until it is told to go on."""


class Holder:
    """An apply that has the lock, and is about to do something."""

    def __init__(self, project: Project) -> None:
        words = [sys.executable, "-c", HOLDING, "apply", "--auto-approve", "--project", str(project.root)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            words, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=REPOSITORY
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "holding\n"

    def go_on(self) -> Ran:
        out, err = self.process.communicate("\n" * 50, timeout=120)
        return Ran(self.process.returncode, out, err)


@pytest.fixture
def two(stack: Stack, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Project]:
    project = Project(stack, tmp_path, f"apply{abs(hash(request.node.name)) % 10_000}")
    yield project
    project.run("destroy", "--auto-approve")


def lock_of(project: Project) -> str:
    """The id of the lock."""
    return str(project.run("state", "ls", "--output", "json").json["lock"])


def test_of_two_applies_at_once_the_second_refuses_and_names_the_first(two: Project) -> None:
    first = Holder(two)
    ran = two.run("apply", "--auto-approve", "--output", "json")
    (finding,) = ran.json["diagnostics"]
    assert (ran.code, finding["code"]) == (2, "HGD012")
    assert f"process {first.process.pid}" in finding["message"]
    assert "headgate state unlock" in finding["help"]
    assert first.go_on().code == 0
    assert two.pending() == []


def test_a_lock_whose_holder_is_dead_is_nobodys(two: Project) -> None:
    first = Holder(two)
    first.process.kill()
    first.process.communicate()
    two.done("apply", "--auto-approve")
    assert two.pending() == []


def test_a_holder_that_wakes_up_after_its_lock_was_taken_away_touches_nothing_more(two: Project) -> None:
    first = Holder(two)
    two.done("state", "unlock", lock_of(two))
    two.done("apply", "--auto-approve")
    there = two.there()
    late = first.go_on()
    assert late.code == 1, late.out + late.err
    assert "HGD013" in late.err
    assert two.there() == there and two.pending() == []


def test_two_projects_applied_in_turn_never_touch_each_others_things(stack: Stack, tmp_path: Path) -> None:
    mine, theirs = Project(stack, tmp_path / "a", "applymine"), Project(stack, tmp_path / "b", "applytheirs")
    mine.done("apply", "--auto-approve")
    theirs.done("apply", "--auto-approve")
    for one, other in ((mine, theirs), (theirs, mine)):
        before = other.there()
        one.change()
        one.done("apply", "--auto-approve", "--allow-destroy")
        assert other.there() == before and other.pending() == []
    before = theirs.there()
    mine.done("destroy", "--auto-approve")
    assert theirs.there() == before and theirs.pending() == []
    theirs.done("destroy", "--auto-approve")


def test_what_another_project_has_is_refused_by_its_name(stack: Stack, tmp_path: Path) -> None:
    mine = Project(stack, tmp_path / "a", "applyfirst")
    mine.done("apply", "--auto-approve")
    second = Project(stack, tmp_path / "b", "applysecond")
    said = (second.root / "environments" / "local.yml").read_text()
    (second.root / "environments" / "local.yml").write_text(said.replace("applysecond.", "applyfirst."))
    ran = second.run("apply", "--auto-approve", "--output", "json")
    found = {d["message"] for d in ran.json["diagnostics"] if d["code"] == "HGD001"}
    topic = f"topic/{next(iter(environments(mine)))}/applyfirst.orders"
    assert f"{topic} belongs to the project `applyfirst`, environment `local`" in found
    mine.done("destroy", "--auto-approve")


def environments(project: Project) -> list[str]:
    """The clusters of a project's environment."""
    return sorted({c["name"].split("/")[0] for c in project.run("plan", "--output", "json").json["changes"]})


def test_what_was_changed_or_deleted_by_hand_is_shown_and_set_right(two: Project) -> None:
    two.done("apply", "--auto-approve")
    there = two.there()
    client = admin(local_stack(two.stack.project))
    for done in client.delete_topics([f"{two.name}.refunds"]).values():
        done.result(10)
    for done in client.create_partitions([NewPartitions(f"{two.name}.orders", 3)]).values():
        done.result(10)
    until(lambda: len(two.there()["topics"]) == 1)
    rows = two.run("plan", "--output", "json").json["changes"]
    told = {c["name"].split("/")[1]: (c["action"], c["reason"]) for c in rows if c["kind"] == "topic"}
    assert told[f"{two.name}.refunds"] == ("create", "was applied and is there no more")
    action, reason = told[f"{two.name}.orders"]
    assert action == "replace" and "drifted" in reason
    ran = two.run("apply", "--auto-approve")
    assert ran.code == 1 and "HGD005" in ran.err
    two.done("apply", "--auto-approve", "--allow-destroy")
    assert two.there() == there


def until(holds: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.1)


def test_an_incompatible_schema_is_refused_before_anything_is_done(two: Project) -> None:
    two.done("apply", "--auto-approve")
    there = two.there()
    two.declare(
        STREAMS.format(name=two.name).replace("amount, data_type: bigint", "amount, data_type: string")
    )
    answer = json.loads(two.run("apply", "--auto-approve", "--output", "json").out)
    assert [d["code"] for d in answer["diagnostics"] if d["severity"] == "error"] == ["HGD014"]
    assert two.there() == there
