"""Jobs on a Flink in memory: what is done with it, and what is said when it will not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.fakes.flink import FakeFlink
from contracts.flink_things import CLUSTER, LARGE, OTHERWISE, connections, fake_flink, job
from headgate.ports import Action, Change, Failure, PermanentFailure, TemporaryFailure
from headgate.providers.flink import FlinkJobs, open_provider
from headgate.providers.flink.labels import KEY
from headgate.providers.flink.probe import probe
from headgate.providers.flink.retained import newest
from headgate.resources import Resource, ResourceId
from headgate.resources.job_state import ANEW, REGAINED

NAME = "shop.counted"
UNREADABLE = (
    "java.io.IOException: Failed to deserialize consumer record\n\tat some.Frame(Frame.java:1)\n"
    'Caused by: java.io.IOException: Failed to deserialize JSON \'{"customer": "eve@example.com"}\'.\n\tat other.Frame'
)


@pytest.fixture
def flink() -> Iterator[FakeFlink]:
    with closing(FakeFlink()) as fake:
        yield fake


@pytest.fixture
def provider(flink: FakeFlink) -> Iterator[FlinkJobs]:
    with closing(fake_flink(flink)) as opened:
        yield opened


def do(provider: FlinkJobs, action: Action, resource: Resource) -> Failure | None:
    (failure,) = provider.carry_out(
        [Change(action, resource.id, None if action is Action.DELETE else resource)]
    )
    return failure


def running(provider: FlinkJobs, resource: Resource) -> object:
    (seen,) = provider.observe([resource.id])
    return seen.fields and seen.fields["running"]


def refused(failure: Failure | None) -> str:
    assert isinstance(failure, PermanentFailure), failure
    return str(failure)


def test_a_job_says_itself_what_was_declared_of_it_and_holds_no_secret(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    wanted = job(NAME)
    assert do(provider, Action.CREATE, wanted) is None
    (live,) = flink.live(NAME)
    assert live.config["pipeline.name"] == NAME and live.label[KEY]
    assert "secret" not in json.dumps(live.config)
    (seen,) = provider.observe([wanted.id])
    assert seen.fields == wanted.fields


def test_what_fills_a_script_stays_within_its_literal(flink: FakeFlink, provider: FlinkJobs) -> None:
    said: list[str] = []
    run = flink._run

    def listening(handle: str, statement: str, config: dict[str, str]) -> tuple[int, object]:
        said.append(statement)
        return run(handle, statement, config)

    flink._run = listening  # type: ignore[method-assign]
    assert do(provider, Action.CREATE, job(NAME)) is None
    assert [one.split("(")[0].split()[:2] for one in said] == [["CREATE", "TABLE"]] * 2 + [["INSERT", "INTO"]]
    assert 'password="it\'\'s \\"secret\\"";' in said[0]


def test_submitted_and_not_recorded_a_job_is_found_and_not_made_again(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    for _ in range(3):
        assert do(provider, Action.CREATE, job(NAME)) is None
    assert len(flink.jobs) == 1


def test_submitted_by_two_at_once_a_job_is_there_once(flink: FakeFlink, provider: FlinkJobs) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    (there,) = flink.jobs.values()
    there.name = "hidden from who looks"
    with closing(fake_flink(flink)) as another:
        assert do(another, Action.CREATE, job(NAME)) is None
    assert len(flink.jobs) == 1


def test_a_job_that_crashes_is_reported_without_the_record_and_does_not_stay(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    flink.crashes[NAME] = UNREADABLE
    said = refused(do(provider, Action.CREATE, job(NAME)))
    assert said == ("the job does not run, and was cancelled: IOException: Failed to deserialize JSON '…'.")
    assert flink.live(NAME) == [] and running(provider, job(NAME)) is None


def test_a_job_that_fails_over_and_over_is_cancelled(flink: FakeFlink, provider: FlinkJobs) -> None:
    flink.loops[NAME] = 'java.lang.NumberFormatException: For input string: "eve"\n\tat some.Frame'
    said = refused(do(provider, Action.CREATE, job(NAME)))
    assert "NumberFormatException" in said and "eve" not in said
    assert flink.live(NAME) == []


def test_a_job_that_gets_no_slot_is_cancelled_and_the_slots_are_told(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    flink.waiting.add(NAME)
    flink.slots = 1
    assert "no free slot among the 1 of 1 TaskManagers" in refused(do(provider, Action.CREATE, job(NAME)))
    assert flink.live(NAME) == []


def test_where_there_is_no_room_nothing_is_submitted(flink: FakeFlink, provider: FlinkJobs) -> None:
    flink.slots = 0
    failure = do(provider, Action.CREATE, job(NAME))
    assert isinstance(failure, TemporaryFailure)
    assert str(failure) == "the job needs 1 slots, and 0 of 0 are free"
    assert not flink.jobs


def test_a_query_that_flink_refuses_is_refused_in_its_words(flink: FakeFlink, provider: FlinkJobs) -> None:
    said = refused(do(provider, Action.CREATE, job(NAME, "SELECT customer, nope AS n FROM orders")))
    assert "Column 'nope' not found in any table" in said and "Frame" not in said
    assert not flink.jobs


def test_a_change_behind_the_state_goes_on_from_the_savepoint_though_the_sink_moves(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    assert do(provider, Action.RESTART, job(NAME, LARGE)) is None
    (live,) = flink.live(NAME)
    old = next(iter(flink.jobs.values()))
    assert live.config["execution.state-recovery.path"] == old.savepoint
    assert live.config["execution.state-recovery.claim-mode"] == "NO_CLAIM"


def test_a_change_of_the_state_is_refused_before_anything_is_touched(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    (before,) = flink.live(NAME)
    said = refused(do(provider, Action.RESTART, job(NAME, OTHERWISE)))
    assert "- GroupAggregate(groupBy=[orders.customer STRING], calls=[COUNT(*)])" in said
    assert "+ GroupAggregate(groupBy=[orders.customer STRING], calls=[SUM(orders.amount BIGINT)])" in said
    assert flink.live(NAME) == [before]


@pytest.mark.parametrize(
    ("start", "mode"),
    [
        ("earliest", "'scan.startup.mode' = 'earliest-offset'"),
        ("latest", "'scan.startup.mode' = 'latest-offset'"),
        ("timestamp:1767225600000", "'timestamp', 'scan.startup.timestamp-millis' = '1767225600000'"),
    ],
)
def test_a_person_chooses_where_a_job_starts(
    flink: FakeFlink, provider: FlinkJobs, start: str, mode: str
) -> None:
    tables: list[str] = []
    run = flink._run

    def listening(handle: str, statement: str, config: dict[str, str]) -> tuple[int, object]:
        tables.append(statement)
        return run(handle, statement, config)

    assert do(provider, Action.CREATE, job(NAME)) is None
    flink._run = listening  # type: ignore[method-assign]
    assert do(provider, Action.RESTART, job(NAME, OTHERWISE, start=start)) is None
    (live,) = flink.live(NAME)
    assert "execution.state-recovery.path" not in live.config
    assert mode in tables[0]
    (seen,) = provider.observe([job(NAME).id])
    assert seen.fields == job(NAME, OTHERWISE).fields


def test_a_person_may_keep_what_fits_of_the_state(flink: FakeFlink, provider: FlinkJobs) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    assert do(provider, Action.RESTART, job(NAME, OTHERWISE, start="savepoint")) is None
    (live,) = flink.live(NAME)
    assert live.config["execution.state-recovery.path"]


def test_where_no_state_is_to_be_kept_none_is_asked_about(flink: FakeFlink, provider: FlinkJobs) -> None:
    assert do(provider, Action.CREATE, job(NAME, upgrade="stateless")) is None
    assert do(provider, Action.RESTART, job(NAME, OTHERWISE, upgrade="stateless")) is None
    (live,) = flink.live(NAME)
    assert "execution.state-recovery.path" not in live.config


def test_the_old_job_comes_back_where_the_new_one_does_not_run(flink: FakeFlink, provider: FlinkJobs) -> None:
    old = job(NAME)
    assert do(provider, Action.CREATE, old) is None
    details = flink._details

    def only_the_new_crashes(one: object) -> dict[str, object]:
        fails = "HAVING" in one.statement  # type: ignore[attr-defined]
        flink.crashes = {NAME: UNREADABLE} if fails else {}
        return details(one)  # type: ignore[arg-type]

    flink._details = only_the_new_crashes  # type: ignore[method-assign, assignment]
    said = refused(do(provider, Action.RESTART, job(NAME, LARGE)))
    assert said.startswith(
        "the changed job does not run, and the old one goes on from its savepoint: IOException"
    )
    (seen,) = provider.observe([old.id])
    assert seen.fields == old.fields
    (live,) = flink.live(NAME)
    assert live.config["execution.state-recovery.path"].endswith(
        tuple(p for p in flink.states if "upgrade" in p)
    )


def test_a_flink_that_will_not_leave_state_behind_has_the_old_job_back(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    insert = flink._insert

    def strict(statement: str, config: dict[str, str]) -> tuple[int, object]:
        return insert(statement, config | {"execution.state-recovery.ignore-unclaimed-state": "false"})

    flink._insert = strict  # type: ignore[method-assign]
    said = refused(do(provider, Action.RESTART, job(NAME, LARGE)))
    assert said.startswith("the changed job does not run, and the old one goes on from its savepoint")
    assert "Cannot map checkpoint/savepoint state" in said
    assert running(provider, job(NAME)) is True


def test_the_jobmanager_down_midway_the_next_apply_goes_on_from_the_savepoint(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    flink.down_after = "/stop"
    failure = do(provider, Action.RESTART, job(NAME, LARGE))
    assert isinstance(failure, TemporaryFailure)
    assert "the JobManager at http://127.0.0.1" in str(failure) and "leader election" in str(failure)
    flink.down, flink.down_after = set(), ""
    assert running(provider, job(NAME)) is False
    assert do(provider, Action.RESTART, job(NAME, LARGE)) is None
    (live,) = flink.live(NAME)
    assert "/upgrade/" in live.config["execution.state-recovery.path"]


def test_a_gateway_that_is_down_is_named(flink: FakeFlink) -> None:
    flink.gateway.close()
    with closing(fake_flink(flink)) as provider:
        failure = do(provider, Action.CREATE, job(NAME))
        assert isinstance(failure, TemporaryFailure)
        assert "the SQL Gateway at http://127.0.0.1" in str(failure) and "cannot be reached" in str(failure)
        with pytest.raises(TemporaryFailure, match="the SQL Gateway"):
            provider.validate([job(NAME)])


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("1.18.1", "the SQL Gateway cannot be used: it is of Flink 1.18.1: headgate needs 1.20 or later"),
        ("2.1.0", "the SQL Gateway is of Flink 2.1, the JobManager of 2.3: both must be of one release"),
    ],
)
def test_a_gateway_of_a_release_that_cannot_do_it_is_named_and_nothing_touched(
    flink: FakeFlink, provider: FlinkJobs, version: str, why: str
) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    before = flink.live(NAME)
    flink.version = version
    with closing(fake_flink(flink)) as another:
        assert refused(do(another, Action.RESTART, job(NAME, LARGE))) == why
        assert refused(do(another, Action.CREATE, job("shop.other"))) == why
    assert flink.live(NAME) == before


def test_a_gateway_that_is_too_old_does_not_count_as_reached(flink: FakeFlink) -> None:
    at = connections({"url": flink.gateway.url, "jobmanager_url": flink.manager.url})
    flink.version = "1.18.1"
    gateway, manager = probe(at, CLUSTER, [])
    assert (gateway.answers, gateway.why) == (False, "it is of Flink 1.18.1: headgate needs 1.20 or later")
    assert (manager.answers, manager.version) == (True, "2.3.0")


def test_an_environment_that_does_not_say_where_flink_is_is_told_so() -> None:
    with closing(
        open_provider(connections({"type": "sql_gateway", "url": "http://127.0.0.1:1"}))
    ) as provider:
        failure = do(provider, Action.CREATE, job(NAME))
        assert refused(failure) == "the environment does not say `flink.jobmanager_url` of the cluster `main`"
        with pytest.raises(PermanentFailure, match="says no Flink of the cluster `other`"):
            provider.observe([ResourceId("flink_job", "other/x")])


def test_of_two_jobs_of_one_name_the_last_stays(flink: FakeFlink, provider: FlinkJobs) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    (first,) = flink.live(NAME)
    config = {**first.config, "$internal.pipeline.job-id": "f" * 32}
    second = flink.add(NAME, first.statement, **config)
    assert running(provider, job(NAME)) is False
    (seen,) = provider.watch([job(NAME).id])
    assert (seen.status, seen.why) == ("failing", "2 jobs of this name run")
    assert do(provider, Action.RESTART, job(NAME)) is None
    assert flink.live(NAME) == [second]


def test_a_job_of_nobody_is_there_and_not_ours(flink: FakeFlink, provider: FlinkJobs) -> None:
    flink.add(NAME)
    (seen,) = provider.observe([job(NAME).id])
    assert seen.fields == {}
    assert "is not this project's" in refused(do(provider, Action.CREATE, job(NAME, start="earliest")))
    assert "says nothing of its state" in refused(do(provider, Action.ADOPT, job(NAME)))
    assert do(provider, Action.ADOPT, job(NAME, start="earliest")) is None
    (live,) = flink.live(NAME)
    assert live.label


def test_what_ended_of_somebody_else_is_not_there(flink: FakeFlink, provider: FlinkJobs) -> None:
    flink.add(NAME).state = "FAILED"
    assert running(provider, job(NAME)) is None


def test_a_removed_job_is_gone_whatever_it_was(flink: FakeFlink, provider: FlinkJobs) -> None:
    wanted = job(NAME)
    assert do(provider, Action.CREATE, wanted) is None
    provider.pause(wanted.id)
    assert running(provider, wanted) == "paused"
    assert do(provider, Action.DELETE, wanted) is None
    assert running(provider, wanted) is None
    assert do(provider, Action.CREATE, wanted) is None
    (live,) = flink.live(NAME)
    assert "execution.state-recovery.path" not in live.config


def test_a_paused_job_is_left_alone_by_what_changes_nothing(flink: FakeFlink, provider: FlinkJobs) -> None:
    wanted = job(NAME)
    assert do(provider, Action.CREATE, wanted) is None
    provider.pause(wanted.id)
    provider.pause(wanted.id)
    assert do(provider, Action.UPDATE, wanted) is None
    assert flink.live(NAME) == []
    (seen,) = provider.watch([wanted.id])
    assert seen.status == "paused" and "/paused/" in seen.facts["savepoint"]
    provider.resume(wanted.id)
    provider.resume(wanted.id)
    (live,) = flink.live(NAME)
    assert live.config["execution.state-recovery.path"] == seen.facts["savepoint"]


def test_what_cannot_be_paused_or_resumed_is_told(flink: FakeFlink, provider: FlinkJobs) -> None:
    with pytest.raises(PermanentFailure, match="does not run"):
        provider.pause(job(NAME).id)
    with pytest.raises(PermanentFailure, match="knows no job"):
        provider.resume(job(NAME).id)
    assert do(provider, Action.CREATE, job(NAME)) is None
    flink.loops[NAME] = "java.lang.Exception: x"
    with pytest.raises(PermanentFailure, match="takes no savepoint: Checkpoint was declined"):
        provider.pause(job(NAME).id)


def test_a_job_that_takes_no_savepoint_goes_on_from_its_last_checkpoint(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    (failing,) = flink.live(NAME)
    flink._stopped = lambda *_: {"failure-cause": {"class": "x", "stack-trace": "java.lang.Exception: x"}}  # type: ignore[method-assign]
    assert do(provider, Action.RESTART, job(NAME, LARGE)) is None
    (live,) = flink.live(NAME)
    assert live.config["execution.state-recovery.path"].endswith(f"{failing.id}/chk-1")


def test_jobs_are_watched(flink: FakeFlink, provider: FlinkJobs) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    (seen,) = provider.watch([job(NAME).id])
    assert seen.status == "running"
    assert (seen.facts["lag"], seen.facts["read"], seen.facts["restarts"], seen.facts["checkpoints"]) == (
        0,
        10,
        0,
        1,
    )
    flink.lag[NAME] = 5000
    (seen,) = provider.watch([job(NAME).id])
    assert (seen.status, seen.why) == ("warming", "5000 records lie before it")
    flink.loops[NAME] = UNREADABLE
    provider.watch([job(NAME).id])
    (seen,) = provider.watch([job(NAME).id])
    assert (seen.status, seen.why) == ("restarting", "IOException: Failed to deserialize JSON '…'.")
    flink.loops.clear()
    flink.crashes[NAME] = UNREADABLE
    provider.watch([job(NAME).id])
    failed, gone = provider.watch([job(NAME).id, job("shop.other").id])
    assert (failed.status, gone.status) == ("failed", "gone")
    assert "eve" not in failed.why and "deserialize" in failed.why


def test_a_checkpoint_that_never_began_is_none_that_failed(flink: FakeFlink, provider: FlinkJobs) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    (live,) = flink.live(NAME)
    (before,) = provider.watch([job(NAME).id])
    live.declined = 2
    (after,) = provider.watch([job(NAME).id])
    assert (before.facts["checkpoints_failed"], after.facts["checkpoints_failed"]) == (0, 2)


def test_a_failed_job_is_started_again_from_its_last_checkpoint(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    (first,) = flink.live(NAME)
    first.state = "FAILED"
    assert running(provider, job(NAME)) is False
    assert do(provider, Action.RESTART, job(NAME)) is None
    (second,) = flink.live(NAME)
    assert second.config["execution.state-recovery.path"].endswith(f"{first.id}/chk-1")


def test_flinks_verdict_is_asked_without_touching_anything(flink: FakeFlink, provider: FlinkJobs) -> None:
    good, wrong = provider.validate([job(NAME), job("shop.wrong", "SELECT customer, nope AS n FROM orders")])
    assert good.faults == () and good.notes == ()
    assert good.facts["state"][1:] == [
        "GroupAggregate(groupBy=[orders.customer STRING], calls=[COUNT(*)])",
        "  Exchange(distribution=[hash[orders.customer STRING]])",
        "  reads orders",
    ]
    assert wrong.faults == ("Column 'nope' not found in any table (line 1, column 18 of its query)",)
    assert not flink.jobs and not flink._sessions


def test_where_flink_understands_a_job_otherwise_than_we_do_it_is_noted(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    (plain,) = provider.validate([job(NAME, "SELECT customer, amount AS n FROM orders")])
    assert plain.faults == ()
    assert plain.notes == (
        "Flink says that the query only appends, headgate that it updates: this is a fault of headgate's, please report it",
    )


def test_a_placeholder_without_a_value_is_a_fault_of_the_thing(provider: FlinkJobs) -> None:
    wanted = job(NAME)
    sql = wanted.fields["sql"].replace("kafka.bootstrap_servers", "kafka.nothing")
    (said,) = provider.validate([replace(wanted, fields={**wanted.fields, "sql": sql})])
    assert said.faults == ("the environment does not say `cluster.main.kafka.nothing`",)


def test_state_that_a_jobmanager_forgot_is_gone_on_from_where_it_is_the_same_jobs(
    flink: FakeFlink, provider: FlinkJobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contracts.fakes.flink.FOLDER", tmp_path.as_uri())
    wanted = job(NAME, state=["Flink 2.3", "reads orders"])
    assert do(provider, Action.CREATE, wanted) is None
    (lost,) = flink.live(NAME)
    folder = tmp_path / "ckpt" / lost.id / "chk-7"
    folder.mkdir(parents=True)
    (folder / "_metadata").touch()
    flink.jobs.clear()
    flink.states[folder.as_uri()] = lost.ids
    with closing(fake_flink(flink)) as another:
        assert do(another, Action.CREATE, wanted) is None
    (live,) = flink.live(NAME)
    assert live.config["execution.state-recovery.path"] == folder.as_uri()
    flink.jobs.clear()
    with closing(fake_flink(flink)) as another:
        changed = job(NAME, OTHERWISE, state=["Flink 2.3", "reads others"])
        assert "need not fit: choose how to start" in refused(do(another, Action.CREATE, changed))
        assert (
            do(another, Action.CREATE, replace(changed, fields={**changed.fields, "start": "earliest"}))
            is None
        )
    (live,) = flink.live(NAME)
    assert "execution.state-recovery.path" not in live.config
    flink.jobs.clear()
    with closing(fake_flink(flink)) as another:
        assert do(another, Action.CREATE, replace(wanted, fields={**wanted.fields, "start": ANEW})) is None
    (live,) = flink.live(NAME)
    assert "execution.state-recovery.path" not in live.config
    assert live.config == lost.config
    manager = provider.cluster("main").manager
    assert newest(manager, "tried/dev", "main/shop.unknown", "shop.unknown") is None


def test_a_job_that_was_forgotten_with_its_state_out_of_sight_begins_only_as_somebody_chose(
    flink: FakeFlink, provider: FlinkJobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = replace(job(NAME), fields={**job(NAME).fields, "start": REGAINED})
    assert "its checkpoints are nowhere that can be seen from here: choose how to start" in refused(
        do(provider, Action.CREATE, gone)
    )
    assert flink.live(NAME) == []
    stateless = replace(gone, fields={**gone.fields, "upgrade": "stateless"})
    assert do(provider, Action.CREATE, stateless) is None
    flink.jobs.clear()
    monkeypatch.setattr("contracts.fakes.flink.FOLDER", tmp_path.as_uri())
    with closing(fake_flink(flink)) as another:
        # Where it is seen that there is no state, none is lost.
        (tmp_path / "ckpt").mkdir()
        assert do(another, Action.CREATE, gone) is None
        (live,) = flink.live(NAME)
        live.state = "CANCELED"
        assert do(another, Action.CREATE, gone) is None
    assert len(flink.live(NAME)) == 1


def test_what_a_change_or_a_person_left_behind_is_told_apart(flink: FakeFlink, provider: FlinkJobs) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    (live,) = flink.live(NAME)
    live.state = "CANCELED"
    (seen,) = provider.watch([job(NAME).id])
    assert seen.why == "it is canceled, and not by us: the next apply goes on from its last state"
    live.state, live.savepoint = "FINISHED", "s3://states/headgate/shop.counted/x/upgrade/savepoint-1"
    (seen,) = provider.watch([job(NAME).id])
    assert seen.why == "a change of it was cut off: the next apply goes on from its savepoint"


def test_a_job_that_ran_for_long_is_not_judged_by_what_it_once_failed_with(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    (live,) = flink.live(NAME)
    live.trace, live.fails = UNREADABLE, 7
    assert do(provider, Action.UPDATE, job(NAME)) is None
    assert flink.live(NAME) == [live]


def test_a_job_that_runs_and_has_much_to_read_is_made_though_its_checkpoint_takes_long(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    flink.slow.add(NAME)
    assert do(provider, Action.CREATE, job(NAME)) is None
    assert len(flink.live(NAME)) == 1
    with pytest.raises(TemporaryFailure, match="savepoint of the job is not done after"):
        provider.pause(job(NAME).id)


def test_state_that_a_first_try_did_not_run_from_is_still_gone_on_from(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    provider.pause(job(NAME).id)
    (paused,) = flink.jobs.values()
    flink.jobs.clear()
    flink.crashes[NAME] = UNREADABLE
    again = job(NAME, start=f"savepoint:{paused.savepoint}")
    with closing(fake_flink(flink)) as another:
        said = refused(do(another, Action.CREATE, again))
        assert said.startswith("the job does not run, and was cancelled")
        assert running(another, job(NAME)) is False
        flink.crashes.clear()
        assert do(another, Action.RESTART, job(NAME)) is None
    (live,) = flink.live(NAME)
    assert live.config["execution.state-recovery.path"] == paused.savepoint


def test_a_restored_job_that_never_took_state_of_its_own_hands_on_what_it_began_from(
    flink: FakeFlink, provider: FlinkJobs
) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    (first,) = flink.live(NAME)
    assert do(provider, Action.RESTART, job(NAME, LARGE)) is None
    (second,) = flink.live(NAME)
    second.checkpoints = 0
    flink._stopped = lambda *_: {"failure-cause": {"class": "x", "stack-trace": "java.lang.Exception: x"}}  # type: ignore[method-assign]
    assert do(provider, Action.RESTART, job(NAME)) is None
    (third,) = flink.live(NAME)
    assert third.config["execution.state-recovery.path"] == first.savepoint


@pytest.mark.parametrize("then", ["the same", "something else", "a pause"])
def test_cut_off_before_it_was_looked_at_a_job_that_lost_state_is_not_gone_on_from(
    flink: FakeFlink, provider: FlinkJobs, then: str
) -> None:
    assert do(provider, Action.CREATE, job(NAME)) is None
    (first,) = flink.live(NAME)
    insert, details = flink._insert, flink._details

    def cut_off(statement: str, config: dict[str, str]) -> tuple[int, object]:
        if config.get("execution.state-recovery.ignore-unclaimed-state") == "true":
            flink.down.add("jobmanager")
        return insert(statement, config)

    def elsewhere(one: object) -> dict[str, object]:
        said = details(one)  # type: ignore[arg-type]
        if "HAVING" in one.statement:  # type: ignore[attr-defined]
            said["vertices"][-1]["name"] = said["vertices"][-1]["name"].replace("GroupAggregate", "Rank")
        return said

    flink._insert, flink._details = cut_off, elsewhere  # type: ignore[method-assign, assignment]
    assert isinstance(do(provider, Action.RESTART, job(NAME, LARGE)), TemporaryFailure)
    flink.down.clear()
    flink._insert = insert  # type: ignore[method-assign]
    with closing(fake_flink(flink)) as another:
        if then == "the same":
            said = refused(do(another, Action.RESTART, job(NAME, LARGE)))
            assert "the state of GroupAggregate would be lost" in said
            assert flink.live(NAME) == []
        if then == "a pause":
            with pytest.raises(PermanentFailure, match="the state of GroupAggregate would be lost"):
                another.pause(job(NAME).id)
        assert do(another, Action.RESTART, job(NAME)) is None
    (live,) = flink.live(NAME)
    assert live.config["execution.state-recovery.path"] == first.savepoint
