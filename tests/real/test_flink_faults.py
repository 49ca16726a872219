"""A Flink whose parts are killed: what is said meanwhile, and that nothing counted is lost. It has a stack of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import httpx
import pytest

from headgate.local.processes import find
from headgate.local.settings import Layout
from headgate.ports import Action, TemporaryFailure
from headgate.providers.flink.starting import Patience
from headgate.resources import Resource
from real.conftest import Stack, brought_up, environment
from real.flink_cluster import FlinkCluster, cluster_of
from real.flink_trial import SUM, Tried, row, until
from running import headgate_process

pytestmark = [pytest.mark.real, pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class Breakable:
    """A stack that may be broken, and its Flink."""

    stack: Stack
    flink: FlinkCluster

    def kill(self, part: str) -> None:
        """The part ends at once; the stack's supervisor starts it again."""
        found = find(Layout(self.stack.project / ".headgate" / "local").mark(part))
        assert found
        for pid in found:
            os.kill(pid, signal.SIGKILL)

    def await_up(self) -> None:
        """Flink is whole again."""

        def up() -> bool:
            try:
                overview = httpx.get(f"{self.flink.jobmanager}/overview", trust_env=False).json()
                versions = httpx.get(f"{self.flink.gateway}/api_versions", trust_env=False)
            except httpx.HTTPError:
                return False
            return bool(overview.get("taskmanagers")) and versions.is_success

        until(up, seconds=120)


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breakable]:
    folder = tmp_path_factory.mktemp("broken")
    try:
        stack = brought_up(folder)
        yield Breakable(stack, cluster_of(stack))
    finally:
        headgate_process("local", "down", "--wipe", project=folder, environ=environment())


@pytest.fixture
def tried(breakable: Breakable, request: pytest.FixtureRequest) -> Iterator[Tried]:
    one = Tried(breakable.flink, request.node.name.removeprefix("test_")[:60])
    with closing(one.provider):
        yield one


def planned(tried: Tried, query: str) -> Resource:
    """The job as a plan has it: with what its state depends on."""
    job = tried.job(query)
    (verdict,) = tried.provider.validate([job])
    return replace(job, fields={**job.fields, **verdict.facts})


def test_jobs_that_a_jobmanager_forgot_go_on_from_what_they_had_counted(
    breakable: Breakable, tried: Tried
) -> None:
    wanted = planned(tried, SUM)
    assert tried.do(Action.CREATE, wanted) is None
    tried.send(row("ada", 1), row("ada", 2))
    tried.comes_to(ada=3)
    (job,) = tried.live
    tried.provider.cluster("main").manager.checkpoint(job, 30)
    breakable.kill("jobmanager")
    breakable.await_up()
    assert tried.running is None
    changed = planned(tried, SUM.replace("SUM", "MAX"))
    assert "need not fit: choose how to start" in str(tried.do(Action.CREATE, changed))
    assert tried.do(Action.CREATE, wanted) is None
    tried.send(row("ada", 4))
    tried.comes_to(ada=7)


def test_a_jobmanager_that_is_down_is_named_and_the_same_change_goes_through_after(
    breakable: Breakable, tried: Tried
) -> None:
    breakable.kill("jobmanager")
    with (
        closing(breakable.flink.opened(Patience(answer=0.2))) as impatient,
        pytest.raises(TemporaryFailure, match=r"the JobManager at .* cannot be reached"),
    ):
        impatient.observe([tried.id])
    breakable.await_up()
    assert tried.do(Action.CREATE, tried.job(SUM)) is None
    tried.send(row("ada", 5))
    tried.comes_to(ada=5)


def test_a_gateway_that_is_down_is_named_and_jobs_go_on_without_it(
    breakable: Breakable, tried: Tried
) -> None:
    assert tried.do(Action.CREATE, tried.job(SUM)) is None
    breakable.kill("gateway")
    with (
        closing(breakable.flink.opened(Patience(answer=0.2))) as impatient,
        pytest.raises(TemporaryFailure, match=r"the SQL Gateway at .* cannot be reached"),
    ):
        impatient.validate([tried.job(SUM)])
    assert tried.running is True
    tried.send(row("ada", 6))
    tried.comes_to(ada=6)
    breakable.await_up()
    assert tried.do(Action.RESTART, tried.job(f"{SUM} HAVING SUM(amount) > 0")) is None
    tried.send(row("ada", 1))
    tried.comes_to(ada=7)


def test_a_taskmanager_that_ends_fails_its_jobs_over_and_they_go_on(
    breakable: Breakable, tried: Tried
) -> None:
    assert tried.do(Action.CREATE, tried.job(SUM)) is None
    tried.send(row("ada", 1))
    tried.comes_to(ada=1)
    breakable.kill("taskmanager")
    breakable.await_up()

    def goes_on() -> bool:
        (seen,) = tried.provider.watch([tried.id])
        return seen.status in ("running", "failed")

    until(goes_on, seconds=120)
    if tried.running is False:  # its attempts were over before there was a slot again
        assert tried.do(Action.RESTART, tried.job(SUM)) is None
    tried.send(row("ada", 2))
    tried.comes_to(ada=3)
