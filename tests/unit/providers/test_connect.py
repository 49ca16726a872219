"""Connectors: what Connect's failures become, what is told of a configuration that holds secrets, and how one is doing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from contracts.connect_things import CLUSTER, PASSWORD, connections, connector, connectors, fake_connect
from contracts.fakes.connect_worker import FakeConnector, FakeConnectWorker
from headgate.ports import Action, Change, ClusterConnection, Failure, PermanentFailure, TemporaryFailure
from headgate.providers._http import CHANGED, HIDDEN
from headgate.providers.connect.causes import cause
from headgate.providers.connect.declared import LABEL
from headgate.providers.connect.lag import ends
from headgate.providers.connect.provider import Connectors, open_provider
from headgate.providers.connect.worker import Patience
from headgate.resources import Resource

TRACE = f"""org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.
\tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:636)
Caused by: org.apache.kafka.connect.errors.ConnectException: JDBC sink connector failure
\tat io.debezium.connector.jdbc.JdbcSinkConnectorTask.put(JdbcSinkConnectorTask.java:86)
Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user "sink" ({PASSWORD})
\t... 12 more
"""


@pytest.fixture
def worker() -> Iterator[FakeConnectWorker]:
    fake = FakeConnectWorker()
    yield fake
    fake.server.close()


@pytest.fixture
def provider(worker: FakeConnectWorker) -> Iterator[Connectors]:
    opened = fake_connect(worker)
    yield opened
    opened.close()


def made(provider: Connectors, *resources: Resource) -> list[Failure | None]:
    return provider.carry_out([Change(Action.CREATE, one.id, one) for one in resources])


def only(found: Sequence[Failure | None]) -> Failure:
    (failure,) = found
    assert failure is not None
    return failure


def test_many_are_looked_at_in_one_request(worker: FakeConnectWorker, provider: Connectors) -> None:
    made(provider, *connectors("a_"))
    worker.requests.clear()
    provider.observe([one.id for one in connectors("a_")])
    assert worker.requests == ["GET /connectors"]


def test_what_is_as_wanted_already_is_not_written_again(
    worker: FakeConnectWorker, provider: Connectors
) -> None:
    (plain, *_) = connectors("a_")
    made(provider, plain)
    made(provider, plain)
    assert worker.changes() == ["PUT /connectors/a_plain/config"]


def test_a_task_that_dies_after_its_start_fails_the_change_with_the_reason_and_no_secret(
    worker: FakeConnectWorker, provider: Connectors
) -> None:
    worker.dies["x"] = TRACE
    failure = only(made(provider, connector("x")))
    assert isinstance(failure, PermanentFailure)
    assert str(failure) == (
        "connector `x` does not run: task 0 failed:"
        ' PSQLException: FATAL: password authentication failed for user "sink" (***)'
    )


@pytest.mark.parametrize("more", [{"file": "/else"}, {"errors_retry_timeout": "1"}])
def test_what_runs_by_the_configuration_before_is_not_taken_for_what_was_asked(
    worker: FakeConnectWorker, provider: Connectors, more: dict[str, str]
) -> None:
    made(provider, connector("x", file="/here"))
    worker.slow, worker.requests = 20, []
    assert made(provider, connector("x", **{"file": "/here", **more})) == [None]
    assert worker.slow == 0 and worker.requests.count("GET /connectors/x/tasks") > 20


def test_a_class_that_hands_no_setting_on_is_believed_after_a_while(worker: FakeConnectWorker) -> None:
    hasty = Patience(follow_s=5, settled_s=0.01, pause_s=0.005, outdated_s=0.05)
    with closing(open_provider(connections(worker.url), patience=hasty)) as provider:
        made(provider, connector("x", file="/here"))
        worker.slow = 10_000
        assert made(provider, connector("x", file="/else")) == [None]


def test_what_failed_is_started_again_when_it_is_asked_for_again(
    worker: FakeConnectWorker, provider: Connectors
) -> None:
    worker.dies["x"] = TRACE
    made(provider, connector("x"))
    (seen,) = provider.observe([connector("x").id])
    assert seen.fields is not None and seen.fields["running"] is False
    worker.dies.clear()
    assert made(provider, connector("x")) == [None]
    assert worker.changes() == ["PUT /connectors/x/config", "POST /connectors/x/restart"]


def test_one_that_fails_stops_no_other(worker: FakeConnectWorker, provider: Connectors) -> None:
    worker.dies["x"] = TRACE
    found = made(provider, connector("w"), connector("x"), connector("y"))
    assert [one is None for one in found] == [True, False, True]


def test_while_the_workers_divide_their_work_a_change_waits(
    worker: FakeConnectWorker, provider: Connectors
) -> None:
    worker.rebalances = 2
    assert made(provider, connector("x")) == [None]
    assert worker.requests[:3] == ["GET /connectors/x/config"] * 3
    worker.rebalances = 2
    assert provider.carry_out([Change(Action.DELETE, connector("x").id, None)]) == [None]
    assert worker.changes() == ["PUT /connectors/x/config", *["DELETE /connectors/x"] * 3]


def test_a_connector_that_never_comes_up_is_said_and_may_come_later(worker: FakeConnectWorker) -> None:
    worker.unassigned.add("x")
    with closing(open_provider(connections(worker.url), patience=Patience(0.05, 0.01, 0.01))) as hasty:
        failure = only(made(hasty, connector("x")))
    assert isinstance(failure, TemporaryFailure)
    assert str(failure) == "connector `x` does not run yet: task 0 is unassigned"


def test_a_worker_that_is_down_is_said(worker: FakeConnectWorker) -> None:
    worker.server.close()
    with closing(fake_connect(worker)) as provider:
        failure = only(made(provider, connector("x")))
    assert isinstance(failure, TemporaryFailure)
    assert str(failure).startswith(f"Connect `main` of `main` at {worker.url} cannot be reached (")


def test_a_class_that_the_workers_do_not_have_is_said_when_planning_and_when_making(
    provider: Connectors,
) -> None:
    one = connector("x", connector_class="com.example.Nope", value_converter="com.example.Json")
    (verdict,) = provider.validate([one])
    assert verdict.faults == (
        "`connector.class`: Connect `main` of `main` has no class `com.example.Nope`",
        "`value.converter`: Connect `main` of `main` has no class `com.example.Json`",
    )
    assert "and which name matches com.example.Nope" in str(only(made(provider, one)))


def test_what_connect_finds_wrong_is_told_by_setting_and_the_label_is_none(
    worker: FakeConnectWorker, provider: Connectors
) -> None:
    worker.refuses = {"tasks.max": f"Invalid value for {PASSWORD}", LABEL: "Unknown configuration"}
    good, bad = connectors("a_")[1], connector("x")
    assert [v.faults for v in provider.validate([good, bad])] == [("`tasks.max`: Invalid value for ***",)] * 2
    worker.refuses = {}
    assert [v.faults for v in provider.validate([good, bad])] == [(), ()]


def test_a_secret_is_sent_and_told_as_it_was_declared(
    worker: FakeConnectWorker, provider: Connectors
) -> None:
    secret = connectors("a_")[1]
    made(provider, secret)
    sent = worker.connectors["a_secret"].config
    assert PASSWORD in sent["consumer.override.ssl.truststore.password"] and PASSWORD not in sent[LABEL]
    (seen,) = provider.observe([secret.id])
    assert seen.fields == secret.fields


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("consumer.override.ssl.truststore.password", "else", CHANGED),
        ("consumer.override.sasl.jaas.config", 'password="else"', HIDDEN),
        ("connection.password", "else", HIDDEN),
        ("connection.password", "${file:/run/secrets:db}", "${file:/run/secrets:db}"),
        ("connection.url", "jdbc:postgresql://me:else@db/shop", HIDDEN),
        ("connection.url", "jdbc:postgresql://db/shop?user=me&password=else", HIDDEN),
        ("transforms.x.static.value", PASSWORD, HIDDEN),
        ("value.converter.basic.auth.credentials.source", "USER_INFO", "USER_INFO"),
        ("tasks.max", "2", "2"),
    ],
)
def test_what_others_changed_is_told_but_never_a_secret(
    worker: FakeConnectWorker, provider: Connectors, key: str, value: str, told: str
) -> None:
    secret = connectors("a_")[1]
    made(provider, secret)
    worker.connectors["a_secret"].config[key] = value
    (seen,) = provider.observe([secret.id])
    assert seen.fields is not None
    assert seen.fields["config"] == {**secret.fields["config"], key: told}


def test_a_label_that_is_no_label_hides_what_may_be_secret(
    worker: FakeConnectWorker, provider: Connectors
) -> None:
    for label in ("[", "[1]", "{}"):
        worker.connectors["x"] = FakeConnector({"a.password": "else", LABEL: label, "name": "x"})
        (seen,) = provider.observe([connector("x").id])
        assert seen.fields is not None and seen.fields["config"] == {"a.password": HIDDEN}


def test_how_connectors_do_is_watched_in_words(worker: FakeConnectWorker, provider: Connectors) -> None:
    worker.dies["failed"] = TRACE
    made(provider, connector("runs"), connector("failed"), connector("held"))
    provider.pause(connector("held").id)
    worker.unassigned.add("late")
    worker.connectors["late"] = FakeConnector({})
    names = ("runs", "failed", "held", "late", "nothing")
    found = provider.watch([connector(name).id for name in names])
    assert [one.status for one in found] == ["running", "failed", "paused", "warming", "gone"]
    assert found[0].facts == {"tasks": "1 of 1 running", "group": "connect-runs"}
    assert found[1].why.startswith("task 0 failed: PSQLException") and PASSWORD not in found[1].why
    assert found[3].why == "task 0 is unassigned"
    assert found[4].why == "Connect `main` of `main` has no such connector"


def test_one_that_is_paused_stays_so_when_it_is_changed_and_goes_on_when_it_is_resumed(
    worker: FakeConnectWorker, provider: Connectors
) -> None:
    one = connector("x")
    made(provider, one)
    provider.pause(one.id)
    (seen,) = provider.observe([one.id])
    assert seen.fields is not None and seen.fields["running"] == "paused"
    changed = connector("x", tasks_max="2")
    assert provider.carry_out([Change(Action.RESTART, one.id, changed)]) == [None]
    assert worker.connectors["x"].held == "PAUSED"
    provider.resume(one.id)
    assert [running.status for running in provider.watch([one.id])] == ["running"]


def test_how_far_a_sink_is_behind_is_counted_where_the_brokers_say_where_the_topic_ends(
    worker: FakeConnectWorker,
) -> None:
    asked: list[Any] = []

    def ends_at_nine(cluster: str, partitions: Any) -> dict[tuple[str, int], int]:
        asked.append((cluster, sorted(partitions)))
        return dict.fromkeys(partitions, 9)

    for name, offset in (("x", 5), ("y", 9)):
        worker.connectors[name] = FakeConnector({})
        worker.offsets[name] = [
            {"partition": {"kafka_topic": name, "kafka_partition": 0}, "offset": {"kafka_offset": offset}},
            {"partition": {"kafka_topic": name, "kafka_partition": 1}, "offset": {"kafka_offset": 8}},
            {"partition": {"table": "of a source"}, "offset": {"at": 1}},
        ]
    plain = fake_connect(worker)
    with closing(Connectors(plain._connections, plain._reach, ends_at_nine)) as provider:
        found = provider.watch([connector("x").id, connector("y").id])
    assert asked == [(CLUSTER, [("x", 0), ("x", 1), ("y", 0), ("y", 1)])]
    assert [one.facts["lag"] for one in found] == [5, 1]


def test_where_the_brokers_cannot_be_asked_there_is_no_lag() -> None:
    said = connections("http://127.0.0.1:1")
    assert ends(said, CLUSTER, [("t", 0)]) == {}
    kafka = {"bootstrap_servers": "127.0.0.1:1"}
    said = replace(said, clusters={CLUSTER: ClusterConnection(name=CLUSTER, kafka=kafka)})
    assert ends(said, CLUSTER, []) == {}
    assert ends(said, CLUSTER, [("t", 0)], seconds=0.2) == {}


def test_a_connect_that_the_environment_does_not_say_is_said(worker: FakeConnectWorker) -> None:
    one = connector("x")
    elsewhere = replace(one, id=replace(one.id, name="main/other/x"))
    failure = only(made(fake_connect(worker), elsewhere))
    assert str(failure) == "the environment says no Connect `other` of `main`"


@pytest.mark.parametrize(
    ("trace", "told"),
    [
        ("", ""),
        ("a.b.ConnectException: Exiting\nCaused by: java.net.ConnectException: Connection refused", "ConnectException: Connection refused"),
        ("a.b.DataException: not int64: 4111", "DataException: not int64"),
        ("a.JsonParseException: Unrecognized token 'abc': was expecting (JSON)", "JsonParseException: Unrecognized token"),
        ('a.PSQLException: ERROR: invalid input syntax for type integer: "secret"', "PSQLException: ERROR: invalid input syntax for type integer"),
        ('a.PSQLException: ERROR: relation "orders" does not exist\n  Position: 13', 'PSQLException: ERROR: relation "orders" does not exist'),
        ("a.BatchUpdateException: Batch entry 0 INSERT INTO t VALUES ('4111') was aborted: ERROR: full", "BatchUpdateException: ERROR: full"),
        ("a.SQLIntegrityConstraintViolationException: Duplicate entry 'a@b.c' for key 'users.email'", "SQLIntegrityConstraintViolationException: Duplicate entry …"),
        ("a.SQLServerException: Cannot insert duplicate key in object 'dbo.t'. The duplicate key value is (4111).", "SQLServerException: Cannot insert duplicate key in object 'dbo.t'. The duplicate key value is …"),
        ('a.PSQLException: ERROR: duplicate key violates "t_pk" Detail: Key (id)=(4111) already exists.', 'PSQLException: ERROR: duplicate key violates "t_pk" Detail: Key … already exists'),
        ('a.MongoBulkWriteException: E11000 collection: t index: _id_ dup key: { _id: "4111" }', "MongoBulkWriteException: E11000 collection: t index: _id_ dup key …"),
        ("a.SQLSyntaxErrorException: Table 'shop.orders' doesn't exist", "SQLSyntaxErrorException: Table 'shop.orders' doesn't exist"),
        ("a.NullPointerException\n\tat x", "NullPointerException"),
        ("a.DataException: column `price` is not DECIMAL(10, 2): it is a text", "DataException: column `price` is not DECIMAL(10, 2): it is a text"),
        ("a.HibernateException: Unable to determine Dialect without JDBC metadata (please set x)", "the database does not answer, or refuses the login (HibernateException: Unable to determine Dialect without JDBC metadata)"),
        ("a.Outer$Inner: no\nCaused by: a.b.ExecutionException", "Inner: no"),
    ],
)  # fmt: skip
def test_the_reason_of_a_trace_is_its_last_cause_without_a_record(trace: str, told: str) -> None:
    assert cause(trace) == told
