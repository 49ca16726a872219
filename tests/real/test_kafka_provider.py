"""The provider of Kafka clusters on a real broker: who may not look, what is too much for one request, groups that read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer

from contracts.kafka_things import CLUSTER, binding, quota, topic, user
from headgate.ports import Action, Change, Connections, PermanentFailure, TemporaryFailure, client_settings
from headgate.providers.kafka import Kafka, open_provider
from headgate.resources import Resource, ResourceId
from headgate.resources.live import ACL, SCRAM_USER

pytestmark = pytest.mark.real

VIEWER = "kafka-viewer"
PASSWORD = "hush-viewer"


@pytest.fixture
def admin(reached: Connections) -> Iterator[Kafka]:
    with closing(open_provider(reached)) as provider:
        yield provider


def made(provider: Kafka, *resources: Resource, action: Action = Action.CREATE) -> list[str]:
    found = provider.carry_out([Change(action, one.id, one) for one in resources])
    return [str(failure or "") for failure in found]


def deleted(provider: Kafka, *resources: Resource) -> None:
    assert not any(provider.carry_out([Change(Action.DELETE, one.id, None) for one in resources]))


def login(connections: Connections, **settings: str) -> Connections:
    """The same cluster for somebody else."""
    cluster = connections.clusters[CLUSTER]
    kafka = {**(cluster.kafka or {}), **settings}
    return replace(connections, clusters={CLUSTER: replace(cluster, kafka=kafka)})


@pytest.fixture
def as_viewer(admin: Kafka, reached: Connections) -> Iterator[Callable[[], Kafka]]:
    """Opens the provider as a user that has no rights of its own."""
    fields = {"cluster": CLUSTER, "mechanism": "SCRAM-SHA-512", "iterations": 4096, "password": PASSWORD}
    user = Resource(id=ResourceId(SCRAM_USER.name, f"{CLUSTER}/{VIEWER}"), fields=fields)
    assert made(admin, user) == [""]
    opened: list[Kafka] = []

    def viewer() -> Kafka:
        said = {"sasl_mechanism": "SCRAM-SHA-512", "username": VIEWER, "password": PASSWORD}
        opened.append(open_provider(login(reached, **said)))
        return opened[-1]

    yield viewer
    for one in opened:
        one.close()
    deleted(admin, user)


def test_who_has_no_rights_is_told_which_and_the_process_lives(
    admin: Kafka, as_viewer: Callable[[], Kafka]
) -> None:
    there, acl, limit = (
        topic("rights.there"),
        binding(ACL, f"User:{VIEWER}", "topic", "none", "READ"),
        quota(VIEWER, producer_byte_rate=1_000),
    )
    made(admin, there)
    viewer = as_viewer()
    for thing, needs in (
        (there, "DESCRIBE on topic `rights.there`"),
        (acl, "DESCRIBE on the cluster"),
        (limit, "DESCRIBE_CONFIGS on the cluster"),
    ):
        with pytest.raises(PermanentFailure, match=f"^`{VIEWER}` may not .*: it needs {needs}$"):
            viewer.observe([thing.id])
    assert made(viewer, topic("rights.new")) == [
        f"`{VIEWER}` may not create topic `rights.new`: it needs CREATE on topic `rights.new`"
    ]
    listing = viewer.list_all()
    assert listing.topics == ()
    assert [one.rpartition(": it needs ")[2] for one in listing.unseen] == ["DESCRIBE on the cluster"] * 2
    deleted(admin, there)


def test_who_may_only_describe_sees_everything_and_changes_nothing(
    admin: Kafka, as_viewer: Callable[[], Kafka]
) -> None:
    there = topic("describe.there", 2, cleanup_policy="compact")
    principal = f"User:{VIEWER}"
    rights = [
        binding(ACL, principal, "topic", "*", "DESCRIBE"),
        binding(ACL, principal, "topic", "*", "DESCRIBE_CONFIGS"),
        binding(ACL, principal, "group", "*", "DESCRIBE"),
        binding(ACL, principal, "cluster", "kafka-cluster", "DESCRIBE"),
    ]
    made(admin, there, *rights)
    viewer = as_viewer()
    before = admin.list_all()
    seen = viewer.list_all()
    assert (seen.topics, seen.acls, seen.users, seen.unseen) == (before.topics, before.acls, before.users, ())
    assert any(one.name == "describe.there" and one.partitions == 2 for one in seen.topics)
    assert viewer.observe([there.id]) == admin.observe([there.id])
    assert all(
        made(viewer, topic("describe.new"), *rights[:1], topic("describe.there", 3), action=Action.UPDATE)[
            ::2
        ]
    )
    with pytest.raises(PermanentFailure):
        viewer.observe([quota(VIEWER).id])
    assert admin.list_all().topics == before.topics
    deleted(admin, there, *rights)


def test_what_the_broker_would_not_take_is_known_before_anything_is_done(admin: Kafka) -> None:
    there = topic("judged.there", cleanup_policy="delete")
    made(admin, there)
    wide = Resource(
        id=topic("judged.wide").id, fields={**topic("judged.wide").fields, "replication_factor": 3}
    )
    wanted = [
        topic("judged.new", nope="1"),
        wide,
        topic("judged.there", retention_ms="soon"),
        topic("judged.fine"),
    ]
    said = [one.faults for one in admin.validate(wanted)]
    assert said[0] == ("could not create topic `judged.new`: Unknown topic config name: nope",)
    assert said[1][0].startswith(
        "could not create topic `judged.wide`: Unable to replicate the partition 3 time(s)"
    )
    assert said[2][0].startswith(
        "could not configure topic `judged.there`: Invalid value soon for configuration"
    )
    assert said[3] == ()
    assert [one.fields for one in admin.observe([t.id for t in (*wanted, there)])][::2] == [
        None,
        there.fields,
        there.fields,
    ]
    deleted(admin, there)


def test_a_wrong_password_is_said_at_once_and_a_broker_that_is_not_there_in_time(
    reached: Connections,
) -> None:
    with closing(open_provider(login(reached, password="hush-wrong"))) as refused:
        with pytest.raises(
            PermanentFailure, match=r"does not let `admin` in: .*Authentication failed"
        ) as failure:
            refused.observe([topic("any").id])
        assert "hush" not in str(failure.value)
    with (
        closing(Kafka(login(reached, bootstrap_servers="127.0.0.1:1"), look_seconds=1)) as nobody,
        pytest.raises(TemporaryFailure, match=r"does not answer at 127\.0\.0\.1:1"),
    ):
        nobody.observe([topic("any").id])


def let_in(connections: Connections, password: str) -> bool:
    """Whether the viewer logs in by a password."""
    said = {"sasl_mechanism": "SCRAM-SHA-512", "username": VIEWER, "password": password}
    with closing(open_provider(login(connections, **said))) as viewer:
        try:
            viewer.observe([topic("login.any").id])
        except PermanentFailure as failure:
            return "does not let" not in str(failure)
    return True


def test_a_rotated_password_is_seen_and_set_and_the_old_one_refused_from_then_on(
    admin: Kafka, reached: Connections
) -> None:
    wanted = user(VIEWER)
    key = f"cluster.{CLUSTER}.users.{VIEWER}.password"

    def knowing(password: str) -> Kafka:
        return open_provider(replace(reached, values={**reached.values, key: password}))

    with closing(knowing("hush-old")) as before, closing(knowing("hush-new")) as after:
        assert made(before, wanted) == [""]
        assert before.observe([wanted.id])[0].fields == wanted.fields
        assert after.observe([wanted.id])[0].fields == {**wanted.fields, "password": "(other)"}
        assert made(after, wanted, action=Action.UPDATE) == [""]
        assert after.observe([wanted.id])[0].fields == wanted.fields
        assert before.observe([wanted.id])[0].fields == {**wanted.fields, "password": "(other)"}
        assert (admin.observe([wanted.id])[0].fields or {})["password"] == "(unknown)"
    assert (let_in(reached, "hush-old"), let_in(reached, "hush-new")) == (False, True)
    deleted(admin, wanted)


def test_more_than_one_request_takes_is_made_in_several(admin: Kafka) -> None:
    # A controller takes 10,000 records at once, and refuses the whole request where it has more.
    acls = [binding(ACL, f"User:many-{i}", "topic", "many", "READ") for i in range(10_500)]
    assert set(made(admin, *acls)) == {""}
    assert [one.fields for one in admin.observe([a.id for a in acls])] == [a.fields for a in acls]
    deleted(admin, *acls)
    assert not any(one.fields for one in admin.observe([a.id for a in acls]))


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_a_group_tells_its_members_and_its_lag(admin: Kafka, reached: Connections, protocol: str) -> None:
    name = f"groups.{protocol}"
    made(admin, topic(name, cleanup_policy="delete"))
    settings: dict[str, Any] = client_settings(reached.clusters[CLUSTER].kafka or {})
    producer = Producer(settings)
    for _ in range(10):
        producer.produce(name, b"x")
    producer.flush(10)
    consumer = Consumer(
        {
            **settings,
            "group.id": name,
            "client.id": f"app-{protocol}",
            "group.protocol": protocol,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([name])
    message = next(one for one in iter(lambda: consumer.poll(1), 0) if one is not None)
    assert message.error() is None
    consumer.commit(message, asynchronous=False)
    (group,) = admin.groups(CLUSTER, [name])
    assert (group.name, group.state, group.topics) == (name, "stable", (name,))
    assert group.clients == (f"app-{protocol}",)
    assert dict(group.lag) == {name: 9}
    consumer.close()
    (left,) = admin.groups(CLUSTER, [name])
    assert (left.state, left.clients, dict(left.lag)) == ("empty", (), {name: 9})
    deleted(admin, topic(name))
