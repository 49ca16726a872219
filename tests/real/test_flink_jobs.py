"""Jobs that really run: what they have counted survives whatever becomes of them, and none of them runs twice."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from headgate.ports import Action, PermanentFailure
from headgate.providers.flink.jobs import things
from headgate.providers.flink.labels import Label
from headgate.providers.flink.rest import Rejected
from headgate.providers.flink.starting import Start
from headgate.resources import Resource
from real import flink_cluster
from real.flink_cluster import FlinkCluster
from real.flink_trial import SUM, Tried, await_read, row, until
from running import REPOSITORY

pytestmark = [pytest.mark.real, pytest.mark.slow]
cluster = flink_cluster.cluster

WINDOWED = "SELECT customer, SUM(amount) AS n FROM orders GROUP BY customer, TUMBLE(ts, INTERVAL '1' MINUTE)"


@pytest.fixture
def tried(cluster: FlinkCluster, request: pytest.FixtureRequest) -> Iterator[Tried]:
    """A job of the test's own, which is removed after it."""
    one = Tried(cluster, request.node.name.removeprefix("test_")[:60])
    with closing(one.provider):
        yield one
        one.do(Action.DELETE, one.job(SUM))
        assert one.live == []


def test_sums_go_on_across_a_change_that_keeps_their_state(tried: Tried) -> None:
    assert tried.do(Action.CREATE, tried.job(SUM)) is None
    tried.send(row("ada", 1), row("ada", 2), row("bob", 5))
    tried.comes_to(ada=3, bob=5)
    (before,) = tried.live
    assert tried.do(Action.RESTART, tried.job(f"{SUM} HAVING SUM(amount) > 1")) is None
    (after,) = tried.live
    assert before != after
    tried.send(row("ada", 10), row("cyd", 7))
    tried.comes_to(ada=13, bob=5, cyd=7)
    assert tried.do(Action.RESTART, tried.job(SUM)) is None
    tried.send(row("bob", 100))
    tried.comes_to(ada=13, bob=105, cyd=7)


def test_an_open_window_goes_on_across_a_change_that_keeps_its_state(tried: Tried) -> None:
    assert tried.do(Action.CREATE, tried.job(WINDOWED)) is None
    tried.send(row("ada", 1, 10), row("ada", 2, 20))
    await_read(tried, 2)
    assert (
        tried.do(Action.RESTART, tried.job(WINDOWED.replace("SUM(amount) AS n", "SUM(amount) * 10 AS n")))
        is None
    )
    tried.send(row("ada", 4, 30), row("bob", 0, 200))
    tried.comes_to(ada=70)


def test_a_change_that_loses_state_is_refused_and_the_job_left_alone(tried: Tried) -> None:
    assert tried.do(Action.CREATE, tried.job(SUM)) is None
    tried.send(row("ada", 1), row("ada", 2))
    tried.comes_to(ada=3)
    before = tried.live
    failure = tried.do(Action.RESTART, tried.job(SUM.replace("SUM", "MAX")))
    assert isinstance(failure, PermanentFailure)
    assert "MAX" in str(failure) and "choose how to start" in str(failure)
    assert tried.live == before
    tried.send(row("ada", 4))
    tried.comes_to(ada=7)


def test_sums_go_on_across_other_settings_of_a_job(tried: Tried) -> None:
    assert tried.do(Action.CREATE, tried.job(SUM)) is None
    tried.send(row("ada", 1), row("bob", 2))
    tried.comes_to(ada=1, bob=2)
    plain = tried.job(SUM)
    for amount, (key, value) in enumerate(
        (("table.exec.state.ttl", "1 d"), ("table.exec.state.ttl", "2 d"), ("parallelism.default", "2")), 1
    ):
        settings = {**plain.fields["settings"], key: value}
        assert tried.do(Action.RESTART, tried.job(SUM, settings=settings)) is None
        tried.send(row("ada", 1))
        tried.comes_to(ada=1 + amount, bob=2)


def test_a_job_that_two_stop_at_once_goes_on_from_what_it_had_counted(tried: Tried) -> None:
    assert tried.do(Action.CREATE, tried.job(SUM)) is None
    tried.send(row("ada", 1), row("ada", 2))
    tried.comes_to(ada=3)
    (job,) = tried.live
    manager = tried.provider.cluster("main").manager

    def stop(_: int) -> None:
        with suppress(Rejected):
            manager.stop(job, "", 30)

    # Flink may refuse both, fail the job, or have it still ending when it answers.
    until = time.monotonic() + 60
    while tried.live and time.monotonic() < until:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(stop, range(2)))
        time.sleep(1)
    assert tried.live == []
    assert tried.do(Action.RESTART, tried.job(SUM)) is None
    tried.send(row("ada", 100))
    tried.comes_to(ada=103)


def test_a_person_chooses_where_a_job_starts_whose_state_does_not_fit(tried: Tried) -> None:
    assert tried.do(Action.CREATE, tried.job(SUM)) is None
    tried.send(row("ada", 1), row("ada", 2))
    tried.comes_to(ada=3)
    assert tried.do(Action.RESTART, tried.job(SUM.replace("SUM", "MAX"), start="earliest")) is None
    tried.comes_to(ada=2)
    assert tried.do(Action.RESTART, tried.job(SUM.replace("SUM", "MIN"), start="latest")) is None
    tried.send(row("ada", 9))
    tried.comes_to(ada=9)


def test_the_old_job_comes_back_where_the_new_one_does_not_run(tried: Tried) -> None:
    assert tried.do(Action.CREATE, tried.job(SUM)) is None
    tried.send(row("ada", 1))
    tried.comes_to(ada=1)
    wrong = tried.job(SUM)
    sql = wrong.fields["sql"].replace(
        "'connector' = 'upsert-kafka',", "'connector' = 'upsert-kafka',\n  'properties.acks' = 'some',"
    )
    failure = tried.do(Action.RESTART, replace(wrong, fields={**wrong.fields, "sql": sql}))
    assert isinstance(failure, PermanentFailure)
    assert "the old one goes on from its savepoint" in str(failure) and "acks" in str(failure)
    (seen,) = tried.provider.observe([tried.id])
    assert seen.fields == wrong.fields and len(tried.live) == 1
    tried.send(row("ada", 2))
    tried.comes_to(ada=3)


def test_a_job_that_is_paused_goes_on_where_it_stood(tried: Tried) -> None:
    assert tried.do(Action.CREATE, tried.job(SUM)) is None
    tried.send(row("ada", 1))
    tried.comes_to(ada=1)
    tried.provider.pause(tried.id)
    assert tried.live == [] and tried.running == "paused"
    tried.send(row("ada", 2))
    with closing(tried.cluster.opened()) as another:
        (seen,) = another.watch([tried.id])
        assert seen.status == "paused"
        another.pause(tried.id)
        another.resume(tried.id)
        another.resume(tried.id)
    assert len(tried.live) == 1 and tried.running is True
    tried.comes_to(ada=3)


def test_a_job_that_somebody_cancelled_goes_on_from_its_last_checkpoint(tried: Tried) -> None:
    assert tried.do(Action.CREATE, tried.job(SUM)) is None
    tried.send(row("ada", 1))
    tried.comes_to(ada=1)
    (job,) = tried.live
    time.sleep(4)  # two checkpoints of the job's interval
    httpx.patch(f"{tried.cluster.jobmanager}/jobs/{job}?mode=cancel", trust_env=False).raise_for_status()
    until(lambda: tried.running is False)
    assert tried.do(Action.RESTART, tried.job(SUM)) is None
    tried.send(row("ada", 2))
    tried.comes_to(ada=3)


def test_a_job_that_cannot_read_a_record_is_reported_without_it_and_does_not_stay(tried: Tried) -> None:
    tried.send(row("ada", 1), '{"customer": "eve@example.com", "amount": "a lot", "ts": "never"}')
    failure = tried.do(Action.CREATE, tried.job(SUM))
    assert isinstance(failure, PermanentFailure)
    assert "the job does not run, and was cancelled" in str(failure)
    assert "deserialize" in str(failure)
    assert "eve" not in str(failure) and "a lot" not in str(failure)
    assert tried.live == [] and tried.running is None


def test_killed_right_after_its_submission_a_job_is_not_made_twice(tried: Tried, tmp_path: Path) -> None:
    wanted = tried.job(SUM)
    process = _elsewhere(tried, tmp_path, wanted, Action.CREATE)
    until(lambda: bool(tried.live))
    process.send_signal(signal.SIGKILL)
    process.wait()
    (job,) = tried.live
    assert tried.do(Action.CREATE, wanted) is None
    assert tried.live == [job]


def test_killed_between_the_old_job_and_the_new_the_sums_go_on(tried: Tried, tmp_path: Path) -> None:
    assert tried.do(Action.CREATE, tried.job(SUM)) is None
    tried.send(row("ada", 1))
    tried.comes_to(ada=1)
    (old,) = tried.live
    changed = tried.job(f"{SUM} HAVING SUM(amount) > 0")
    process = _elsewhere(tried, tmp_path, changed, Action.RESTART)
    until(lambda: old not in tried.live)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert tried.do(Action.RESTART, changed) is None
    assert len(tried.live) == 1
    tried.send(row("ada", 2))
    tried.comes_to(ada=3)


def test_of_two_jobs_of_one_name_one_stays(tried: Tried) -> None:
    wanted = tried.job(SUM)
    assert tried.do(Action.CREATE, wanted) is None
    flink = tried.provider.cluster("main")
    label = Label(owner=flink.owner, id=wanted.id.name, fields=wanted.fields)
    there = things(flink.manager, [tried.name], flink.owner)
    flink.submit(tried.name, label, there[tried.name], Start())
    until(lambda: len(tried.live) == 2)
    (seen,) = tried.provider.watch([tried.id])
    assert seen.status == "failing" and "2 jobs" in seen.why
    assert tried.running is False
    assert tried.do(Action.RESTART, wanted) is None
    assert len(tried.live) == 1 and tried.running is True


def test_a_job_is_watched_from_its_start_until_it_is_up_to_date(tried: Tried) -> None:
    assert tried.do(Action.CREATE, tried.job(WINDOWED)) is None
    tried.send(*(row("ada", 1, second) for second in range(300)))
    await_read(tried, 300)
    tried.send(row("ada", 1, 1))

    def seen() -> dict[str, Any]:
        (one,) = tried.provider.watch([tried.id])
        assert one.status in ("warming", "running"), one
        return {"status": one.status, **one.facts}

    until(lambda: seen()["status"] == "running" and seen()["read"] == 301)
    facts = seen()
    assert (facts["lag"], facts["restarts"], facts["late_dropped"]) == (0, 0, 1)
    assert facts["checkpoints"] >= 1 and facts["checkpoint_bytes"] > 0 and facts["watermark_delay_ms"] > 0


_CARRIED_OUT = """\
import pickle, sys
from headgate.ports import Change
from headgate.providers import flink

connections, action, resource = pickle.loads(sys.stdin.buffer.read())
flink.open_provider(connections).carry_out([Change(action, resource.id, resource)])
"""


def _elsewhere(tried: Tried, folder: Path, resource: Resource, action: Action) -> subprocess.Popen[bytes]:
    """Another process that carries a change out."""
    given = folder / "given"
    given.write_bytes(pickle.dumps((tried.cluster.connections, action, resource)))
    with given.open("rb") as read:
        return subprocess.Popen(
            [sys.executable, "-c", _CARRIED_OUT], stdin=read, stdout=subprocess.DEVNULL, cwd=REPOSITORY
        )
