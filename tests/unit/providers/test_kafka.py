"""What the provider of Kafka clusters asks of them, and how it says what they refuse."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from contracts.fakes.kafka_cluster import FakeAdmin, FakeCluster, Group, Topic
from contracts.kafka_things import CLUSTER, binding, connections, fake_kafka, kafka_things, quota, topic, user
from headgate.plan.diff import dearest, field_changes
from headgate.ports import Action, Change, LiveGroup, PermanentFailure, TemporaryFailure, client_settings
from headgate.providers.kafka import Kafka, broker
from headgate.providers.kafka.broker import batches
from headgate.providers.kafka.replicas import spread
from headgate.resources import Effect, Resource, ResourceId
from headgate.resources.live import ACL, SCRAM_USER, TOPIC, same_setting


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def provider(cluster: FakeCluster) -> Kafka:
    return fake_kafka(cluster)


def made(provider: Kafka, *resources: Resource, action: Action = Action.CREATE) -> list[str]:
    """What became of them, "" where they are made."""
    found = provider.carry_out([Change(action, one.id, one) for one in resources])
    return [str(failure or "") for failure in found]


def deleted(provider: Kafka, *resources: Resource) -> list[str]:
    return [str(f or "") for f in provider.carry_out([Change(Action.DELETE, r.id, None) for r in resources])]


def test_however_many_topics_are_looked_at_in_two_requests_and_made_in_one(
    provider: Kafka, cluster: FakeCluster
) -> None:
    topics = [topic(f"t{i}", cleanup_policy="delete") for i in range(500)]
    assert set(made(provider, *topics)) == {""}
    assert cluster.requests == ["create_topics", "describe_topics"]
    cluster.requests.clear()
    assert all(one.fields for one in provider.observe([one.id for one in topics]))
    assert cluster.requests == ["describe_topics", "describe_configs"]


def test_however_many_acls_are_made_in_one_request_and_taken_in_one(
    provider: Kafka, cluster: FakeCluster
) -> None:
    acls = [binding(ACL, f"User:u{i}", "topic", "t", "READ") for i in range(500)]
    made(provider, *acls)
    deleted(provider, *acls)
    assert cluster.requests.count("create_acls") == cluster.requests.count("delete_acls") == 1
    assert not cluster.acls


def test_a_request_holds_no_more_records_than_a_controller_takes() -> None:
    topics = [(f"t{i}", 12) for i in range(1000)]
    found = batches(topics, lambda one: 1 + one[1] + 2)
    assert [len(batch) for batch in found] == [600, 400]
    assert [one for batch in found for one in batch] == topics
    assert batches([("huge", 20_000)], lambda one: one[1]) == [[("huge", 20_000)]]
    assert batches([], lambda one: 1) == []


def test_access_is_waited_for_until_the_brokers_show_it(provider: Kafka, cluster: FakeCluster) -> None:
    cluster.lag = 2
    acl = binding(ACL, "User:u", "topic", "t", "READ")
    assert made(provider, acl) == [""]
    assert cluster.requests.count("describe_acls") > 2
    assert [one.fields for one in provider.observe([acl.id])] == [acl.fields]


def test_what_somebody_else_set_on_a_topic_stays_and_what_we_drop_goes(
    provider: Kafka, cluster: FakeCluster
) -> None:
    made(provider, topic("t", cleanup_policy="delete", retention_ms="1"))
    cluster.topics["t"].config["max.message.bytes"] = "9"
    wanted = topic("t", 2, cleanup_policy="compact")
    change = Change(Action.UPDATE, wanted.id, wanted, dropped=("config.retention.ms",))
    assert provider.carry_out([change]) == [None]
    assert cluster.topics["t"] == Topic(2, 1, {"cleanup.policy": "compact", "max.message.bytes": "9"})


def test_what_the_cluster_added_to_a_topic_is_no_change_to_plan(
    provider: Kafka, cluster: FakeCluster
) -> None:
    wanted = topic("t", cleanup_policy="delete")
    made(provider, wanted)
    cluster.topics["t"].config["max.message.bytes"] = "9"
    (live,) = provider.observe([wanted.id])
    assert live.fields is not None
    assert field_changes(TOPIC, wanted.fields, wanted.fields, live.fields) == ()


@pytest.mark.parametrize(
    ("one", "other"), [("compact, delete", "compact,delete"), ("0.50", "0.5"), ("TRUE", "true"), (None, None)]
)
def test_two_spellings_of_a_setting_are_one(one: str, other: str) -> None:
    assert same_setting(one, other)
    assert TOPIC.effect("config.x", one, other) is Effect.IGNORE


@pytest.mark.parametrize(
    ("one", "other"), [("9223372036854775807", "9223372036854775806"), ("1", None), ("compact", "delete")]
)
def test_different_settings_are_two(one: str, other: str) -> None:
    assert not same_setting(one, other)
    assert TOPIC.effect("config.x", one, other) is Effect.UPDATE


def test_partitions_grow_and_never_shrink(provider: Kafka, cluster: FakeCluster) -> None:
    cluster.topics["t"] = Topic(3)
    assert made(provider, topic("t", 1), action=Action.UPDATE) == [
        "topic `t` has 3 partitions, and Kafka takes none away to leave 1"
    ]
    assert cluster.topics["t"] == Topic(3)


MOVES = "a key's later records may come to another partition than its earlier ones"


def test_a_plan_says_what_more_partitions_mean_for_keys(provider: Kafka, cluster: FakeCluster) -> None:
    cluster.topics |= {"t": Topic(2), "c": Topic(2, config={"cleanup.policy": "compact"})}
    more = [topic("t", 3), topic("c", 3, cleanup_policy="compact"), topic("t", 2), topic("new", 3)]
    assert [provider.validate([one])[0].warnings for one in more] == [
        (MOVES,),
        (f"{MOVES}, and compaction keeps both",),
        (),
        (),
    ]


def kept(factor: int, partitions: int = 1, **config: str) -> Resource:
    """The topic `t`, kept so often."""
    wanted = topic("t", partitions, **config)
    return replace(wanted, fields={**wanted.fields, "replication_factor": factor})


def test_how_often_a_topic_is_kept_is_changed_by_reassigning_it_and_the_plan_says_what_that_means(
    provider: Kafka, cluster: FakeCluster
) -> None:
    cluster.brokers, cluster.topics["t"] = 3, Topic(2)
    more = kept(3, 4, retention_ms="1")
    assert (
        dearest(field_changes(TOPIC, more.fields, None, provider.observe([more.id])[0].fields or {}))
        is Effect.UPDATE
    )
    (verdict,) = provider.validate([more])
    assert (verdict.faults, verdict.warnings) == (
        (),
        ("brokers copy its 2 partitions 2 times more, after the apply and at full speed", MOVES),
    )
    assert made(provider, more, action=Action.UPDATE) == [""]
    assert cluster.topics["t"] == Topic(4, 3, {"retention.ms": "1"})
    less = kept(2, 4, retention_ms="1")
    assert provider.validate([less])[0].warnings == ("its 4 partitions will be kept 1 time less",)
    assert made(provider, less, action=Action.UPDATE) == [""]
    assert cluster.topics["t"].replication == 2
    cluster.requests.clear()
    assert made(provider, less, action=Action.UPDATE) == [""]
    assert "alter_partition_reassignments" not in cluster.requests


def test_a_topic_is_not_kept_more_often_than_there_are_brokers_nor_less_than_its_writers_need(
    provider: Kafka, cluster: FakeCluster
) -> None:
    cluster.brokers, cluster.topics["t"] = 2, Topic(1, 2, {"min.insync.replicas": "2"})
    too_few = "it cannot be kept 3 times: the cluster has 2 brokers"
    (verdict,) = provider.validate([kept(3)])
    assert (verdict.faults, verdict.warnings) == ((too_few,), ())
    assert made(provider, kept(3), action=Action.UPDATE) == [f"topic `t`: {too_few}"]
    assert provider.validate([kept(1)])[0].faults == (
        "kept 1 times, it could not be written: its `min.insync.replicas` is 2",
    )
    assert cluster.topics["t"].replication == 2


def test_the_second_client_logs_in_as_the_first_or_says_why_it_cannot(cluster: FakeCluster) -> None:
    dialled: list[dict[str, Any]] = []

    def dial(**settings: Any) -> Any:
        dialled.append(settings)
        return cluster.dial_wire()

    kafka = {"bootstrap_servers": "a:1,b:2", "security_protocol": "ssl", "options.ssl.ca.location": "ca.pem"}
    Kafka(connections(kafka=kafka), cluster.dial, dial).observe([quota("u").id])
    (said,) = dialled
    assert said["bootstrap_servers"] == ["a:1", "b:2"]
    assert (said["security_protocol"], said["ssl_cafile"]) == ("SSL", "ca.pem")
    kafka |= {"options.ssl.keystore.location": "me.p12"}
    with pytest.raises(
        PermanentFailure,
        match=r"^quotas cannot be reached with `ssl\.keystore\.location`, only with `ssl\.ca\.",
    ):
        Kafka(connections(kafka=kafka), cluster.dial, dial).observe([quota("u").id])


def test_where_brokers_cannot_be_asked_to_reassign_a_topic_the_plan_says_which_command_does(
    cluster: FakeCluster,
) -> None:
    cluster.brokers, cluster.topics["t"] = 3, Topic(1)
    kafka = {"bootstrap_servers": "k:1", "username": "me", "password": "x", "sasl_mechanism": "OAUTHBEARER"}
    (verdict,) = Kafka(connections(kafka=kafka), cluster.dial).validate([kept(3)])
    (fault,) = verdict.faults
    assert fault.startswith("reassignments of partitions cannot be reached by OAUTHBEARER")
    assert fault.endswith("; `kafka-reassign-partitions.sh` makes them")


def test_partitions_go_to_other_racks_first_and_then_to_the_brokers_with_the_fewest() -> None:
    racks = {1: "a", 2: "a", 3: "b", 4: "b"}
    found = spread("t", [[1], [2], [1], [2]], racks, 2)
    assert [one[0] for one in found] == [1, 2, 1, 2]
    assert sorted(one[1] for one in found) == [3, 3, 4, 4]
    assert spread("t", [[1, 2, 3]], {2: "", 3: ""}, 2) == [[2, 3]]
    first = {spread(f"t{i}", [[0]], dict.fromkeys(range(5), ""), 2)[0][1] for i in range(50)}
    assert first == {1, 2, 3, 4}


def test_a_replaced_topic_is_made_anew_and_not_again_where_it_was_already(
    provider: Kafka, cluster: FakeCluster
) -> None:
    cluster.topics["t"] = Topic(3)
    assert made(provider, topic("t", 1), action=Action.REPLACE) == [""]
    assert cluster.topics["t"].partitions == 1
    cluster.requests.clear()
    assert made(provider, topic("t", 1), action=Action.REPLACE) == [""]
    assert "delete_topics" not in cluster.requests


def test_what_a_cluster_would_not_take_is_known_before_anything_is_done(
    provider: Kafka, cluster: FakeCluster
) -> None:
    made(provider, topic("there", cleanup_policy="delete"))
    before = dict(cluster.topics)
    acl = binding(ACL, "User:u", "topic", "t", "READ")
    wanted = [topic("there", nope="1"), topic("new", nope="1"), topic("fine"), topic("there"), acl]
    assert [one.faults for one in provider.validate(wanted[1:3] + wanted[4:])] == [
        ("could not create topic `new`: Unknown topic config name: nope",),
        (),
        (),
    ]
    assert [one.faults for one in provider.validate(wanted[:1])] == [
        ("could not configure topic `there`: Unknown topic config name: nope",)
    ]
    assert [one.faults for one in provider.validate(wanted[3:4])] == [()]
    assert cluster.topics == before
    assert not cluster.acls


def test_who_may_only_look_is_told_no_fault_that_it_may_not_ask_for(
    provider: Kafka, cluster: FakeCluster
) -> None:
    cluster.denied.add("CREATE topic new")
    assert [one.faults for one in provider.validate([topic("new", nope="1")])] == [()]


def test_one_that_fails_does_not_stop_the_others(provider: Kafka, cluster: FakeCluster) -> None:
    cluster.denied |= {"CREATE topic b"}
    wrong = Resource(id=topic("c").id, fields={**topic("c").fields, "config": {"nope": "1"}})
    assert made(provider, topic("a"), topic("b"), wrong) == [
        "",
        "`me` may not create topic `b`: it needs CREATE on topic `b`",
        "could not create topic `c`: Unknown topic config name: nope",
    ]
    assert set(cluster.topics) == {"a"}


@pytest.mark.parametrize(
    ("right", "thing", "message"),
    [
        ("DESCRIBE topic t", topic("t"), "`me` may not describe topic `t`: it needs DESCRIBE on topic `t`"),
        ("DESCRIBE cluster", user("u"), "`me` may not look at SCRAM users: it needs DESCRIBE on the cluster"),
        (
            "DESCRIBE cluster",
            binding(ACL, "User:u", "topic", "t", "READ"),
            "`me` may not look at ACLs: it needs DESCRIBE on the cluster",
        ),
        (
            "DESCRIBE_CONFIGS cluster",
            quota("u"),
            "`me` may not look at quotas: it needs DESCRIBE_CONFIGS on the cluster",
        ),
    ],
)
def test_what_may_not_be_looked_at_is_never_taken_for_absent(
    provider: Kafka, cluster: FakeCluster, right: str, thing: Resource, message: str
) -> None:
    made(provider, *kafka_things("a_"), topic("t"))
    cluster.denied.add(right)
    blind = fake_kafka(cluster)
    with pytest.raises(PermanentFailure, match=f"^{message}$"):
        blind.observe([thing.id])


def test_whoever_may_only_look_changes_no_access_and_is_told_what_it_needs(
    provider: Kafka, cluster: FakeCluster
) -> None:
    cluster.denied |= {"ALTER cluster", "ALTER_CONFIGS cluster"}
    acl = binding(ACL, "User:u", "topic", "t", "READ")
    assert made(provider, acl, user("a_clerk"), quota("a_clerk", producer_byte_rate=1)) == [
        "`me` may not change ACLs: it needs ALTER on the cluster",
        "`me` may not change SCRAM users: it needs ALTER on the cluster",
        "`me` may not change quotas: it needs ALTER_CONFIGS on the cluster",
    ]
    assert not cluster.acls
    assert not cluster.users


def test_a_cluster_that_does_not_answer_is_a_failure_that_may_pass(
    provider: Kafka, cluster: FakeCluster
) -> None:
    cluster.down = True
    with pytest.raises(TemporaryFailure, match=r"^cluster `main` does not answer at kafka\.test:9092$"):
        provider.observe([topic("t").id])


def test_a_question_that_nobody_answers_ends(cluster: FakeCluster) -> None:
    class Silent(FakeAdmin):
        def describe_cluster(self, **_: Any) -> Future[Any]:
            return Future()

        def poll(self, timeout: float) -> int:
            time.sleep(timeout)
            return 0

    login = {"bootstrap_servers": "k:1"}
    silent = Kafka(connections(kafka=login), lambda settings: Silent(cluster, settings), look_seconds=0.01)
    with pytest.raises(TemporaryFailure, match="does not answer"):
        silent.observe([user("u").id])


def test_brokers_that_nobody_reaches_are_not_waited_for_as_long_as_slow_ones(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Down(FakeAdmin):
        def describe_cluster(self, **_: Any) -> Future[Any]:
            return Future()

        def poll(self, timeout: float) -> int:
            self._settings["error_cb"](KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))
            return 1

    monkeypatch.setattr(broker, "UNREACHED_SECONDS", 0.05)
    down = Kafka(connections(kafka={"bootstrap_servers": "k:1"}), lambda settings: Down(cluster, settings))
    began = time.monotonic()
    with pytest.raises(
        TemporaryFailure,
        match=r"^cluster `main` does not answer at k:1: no connection to it lasts, as where its `security_protocol` is another$",
    ):
        down.observe([user("u").id])
    assert time.monotonic() - began < broker.LOOK_SECONDS / 2


def test_a_refused_login_says_why_at_once_and_shows_no_password() -> None:
    said = (
        "sasl_ssl://k:1/bootstrap: SASL authentication error: no `hush-a_clerk` (after 3ms in state AUTH_REQ)"
    )

    class Refusing(FakeAdmin):
        def __init__(self, settings: dict[str, Any]) -> None:
            super().__init__(FakeCluster(), settings)
            self._told = settings["error_cb"]

        def describe_topics(self, names: Any, **_: Any) -> dict[str, Any]:
            return {name: Future() for name in names.topic_names}

        def poll(self, timeout: float) -> int:
            self._told(KafkaError(KafkaError._AUTHENTICATION, said))
            return 1

    login = {"bootstrap_servers": "k:1", "username": "me", "password": "hush-a_clerk"}
    refused = Kafka(connections(kafka=login), Refusing)
    with pytest.raises(PermanentFailure) as failure:
        refused.observe([topic("t").id])
    assert str(failure.value) == "cluster `main` does not let `me` in: SASL authentication error: no `***`"


def test_a_password_reaches_the_cluster_and_nothing_that_is_observed(
    provider: Kafka, cluster: FakeCluster
) -> None:
    clerk = user("a_clerk")
    assert made(provider, clerk) == [""]
    assert cluster.passwords == {"a_clerk": b"hush-a_clerk"}
    (seen,) = provider.observe([clerk.id])
    assert seen.fields == clerk.fields
    assert "hush" not in str(seen)


def rotated(kafka: dict[str, str], cluster: FakeCluster, password: str) -> Kafka:
    """The cluster again, for an environment where the clerk's password is another one."""
    known = connections(kafka=kafka)
    values = {**known.values, f"cluster.{CLUSTER}.users.a_clerk.password": password}
    return Kafka(replace(known, values=values), cluster.dial)


def test_a_rotated_password_is_a_change_that_a_login_shows_and_an_apply_makes(
    provider: Kafka, cluster: FakeCluster
) -> None:
    clerk = user("a_clerk")
    made(provider, clerk)
    new = rotated({"bootstrap_servers": "k:1", "username": "me", "password": "hush"}, cluster, "hush-new")
    (seen,) = new.observe([clerk.id])
    assert seen.fields == {**clerk.fields, "password": "(other)"}
    (change,) = field_changes(SCRAM_USER, clerk.fields, clerk.fields, seen.fields)
    assert (change.field, change.then, change.effect) == ("password", clerk.fields["password"], Effect.UPDATE)
    assert made(new, clerk, action=Action.UPDATE) == [""]
    assert cluster.passwords == {"a_clerk": b"hush-new"}
    assert new.observe([clerk.id])[0].fields == clerk.fields


def test_a_password_that_no_login_can_show_is_unknown_and_no_change(
    provider: Kafka, cluster: FakeCluster
) -> None:
    clerk = user("a_clerk")
    made(provider, clerk)
    without_sasl = rotated({"bootstrap_servers": "k:1", "security_protocol": "SSL"}, cluster, "hush-new")
    (seen,) = without_sasl.observe([clerk.id])
    assert seen.fields == {**clerk.fields, "password": "(unknown)"}
    assert dearest(field_changes(SCRAM_USER, clerk.fields, clerk.fields, seen.fields)) is Effect.IGNORE
    stranger = user("nobody_declares")
    cluster.users["nobody_declares"] = dict(cluster.users["a_clerk"])
    (of_stranger,) = provider.observe([stranger.id])
    assert (of_stranger.fields or {})["password"] == "(unknown)"


def test_a_listener_that_does_not_take_the_users_mechanism_tells_nothing_of_the_password(
    provider: Kafka, cluster: FakeCluster
) -> None:
    clerk = user("a_clerk")
    made(provider, clerk)
    cluster.refuses_with = "SASL SCRAM-SHA-512 mechanism handshake failed: Broker: Unsupported SASL mechanism"
    known = {"bootstrap_servers": "k:1", "username": "me", "password": "hush"}
    (seen,) = rotated(known, cluster, "hush-new").observe([clerk.id])
    assert (seen.fields or {})["password"] == "(unknown)"


def test_a_user_has_the_mechanism_that_is_declared_and_no_other(
    provider: Kafka, cluster: FakeCluster
) -> None:
    clerk = user("a_clerk")
    other = Resource(id=clerk.id, fields={**clerk.fields, "mechanism": "SCRAM-SHA-256"})
    made(provider, other)
    assert made(provider, clerk, action=Action.UPDATE) == [""]
    assert [m.name for m in cluster.users["a_clerk"]] == ["SCRAM_SHA_512"]


def test_a_rate_that_somebody_else_set_beside_ours_stays(provider: Kafka, cluster: FakeCluster) -> None:
    cluster.quotas["u"] = {"consumer_byte_rate": 7.0, "request_percentage": 50.0}
    assert made(provider, quota("u", producer_byte_rate=1)) == [""]
    assert cluster.quotas["u"] == {
        "consumer_byte_rate": 7.0,
        "request_percentage": 50.0,
        "producer_byte_rate": 1.0,
    }
    ours = quota("u", consumer_byte_rate=7)
    change = Change(Action.UPDATE, ours.id, ours, dropped=("producer_byte_rate",))
    assert provider.carry_out([change]) == [None]
    assert cluster.quotas["u"] == {"consumer_byte_rate": 7.0, "request_percentage": 50.0}


def test_a_cluster_that_the_environment_does_not_describe_is_said(provider: Kafka) -> None:
    with pytest.raises(PermanentFailure, match="does not describe the cluster `other`"):
        provider.observe([ResourceId("topic", "other/t")])
    nowhere = Kafka(connections())
    with pytest.raises(PermanentFailure, match="cluster `main` has no `kafka` in this environment"):
        nowhere.observe([topic("t").id])


def test_everything_is_listed_but_what_is_kafkas_own_and_what_is_hidden_is_said(
    provider: Kafka, cluster: FakeCluster
) -> None:
    made(provider, *kafka_things("a_"))
    cluster.topics["__consumer_offsets"] = Topic(50)
    listing = provider.list_all()
    assert [(t.name, t.partitions, dict(t.config)) for t in listing.topics] == [
        ("a_orders", 2, {"cleanup.policy": "delete"}),
        ("a_other", 1, {"cleanup.policy": "delete"}),
    ]
    assert [(a.principal, a.name, a.pattern) for a in listing.acls] == [
        ("User:a/flink", "a_orders", "literal"),
        ("User:a_clerk", "a_app", "prefixed"),
        ("User:a_clerk", "a_orders", "literal"),
    ]
    assert [(u.name, u.mechanisms) for u in listing.users] == [("a_clerk", ("SCRAM-SHA-512",))]
    assert listing.unseen == ()

    cluster.denied |= {"DESCRIBE cluster", "DESCRIBE_CONFIGS topic a_orders"}
    hidden = fake_kafka(cluster).list_all()
    assert [t.name for t in hidden.topics] == ["a_orders", "a_other"]
    assert not hidden.acls
    assert not hidden.users
    assert [one.removeprefix(f"cluster `{CLUSTER}`: `me` may not ") for one in hidden.unseen] == [
        "describe the configuration of topic `a_orders`: it needs DESCRIBE_CONFIGS on topic `a_orders`",
        "look at ACLs: it needs DESCRIBE on the cluster",
        "look at SCRAM users: it needs DESCRIBE on the cluster",
    ]


def test_groups_that_one_broker_does_not_list_are_not_taken_for_all(
    provider: Kafka, cluster: FakeCluster
) -> None:
    cluster.groups["one"] = Group(committed={("t", 0): 1})
    cluster.unlisted = [KafkaException(KafkaError(KafkaError.COORDINATOR_NOT_AVAILABLE))]
    with pytest.raises(TemporaryFailure, match=r"^could not list groups: "):
        provider.groups(CLUSTER)


def test_a_group_says_what_it_reads_who_is_in_it_and_how_far_behind_it_is(
    provider: Kafka, cluster: FakeCluster
) -> None:
    cluster.ends = {"t": 10, "u": 5}
    cluster.groups["one"] = Group(clients=("b", "a"), reads=("t",), committed={("t", 0): 4, ("u", 0): 5})
    cluster.groups["new"] = Group(clients=("c",), reads=("t",))
    cluster.groups["left"] = Group(state="empty", committed={("gone", 0): 3})
    assert provider.groups(CLUSTER) == [
        LiveGroup(cluster=CLUSTER, name="left", state="empty", topics=("gone",)),
        LiveGroup(
            cluster=CLUSTER, name="new", state="stable", topics=("t",), clients=("c",), uncommitted={"t": 1}
        ),
        LiveGroup(
            cluster=CLUSTER,
            name="one",
            state="stable",
            topics=("t", "u"),
            clients=("a", "b"),
            lag={"t": 6, "u": 0},
        ),
    ]
    assert [(g.name, dict(g.lag)) for g in provider.groups(CLUSTER, ["u"])] == [("one", {"u": 0})]


def test_the_second_client_library_is_not_loaded_until_it_is_needed() -> None:
    modules = ", ".join(f"headgate.providers.kafka.{name}" for name in ("topics", "acls", "users"))
    program = f"import sys, {modules}; print('kafka' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_the_keys_of_an_environment_become_the_clients_and_options_go_through() -> None:
    said = {
        "bootstrap_servers": "k:9093",
        "sasl_mechanism": "SCRAM-SHA-512",
        "username": "me",
        "password": "hush",
        "options.ssl.ca.location": "/ca.pem",
    }
    assert client_settings(said) == {
        "bootstrap.servers": "k:9093",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "me",
        "sasl.password": "hush",
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": "/ca.pem",
    }
