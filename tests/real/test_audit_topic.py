"""The audit in a topic of a real broker: kept for ever, read from its end, written by whoever may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from confluent_kafka.admin import ConfigResource, ResourceType

from accounts import account, admin, connection, local_stack
from headgate.local.connections import LocalStack
from headgate.ports import PermanentFailure
from headgate.resources.grants import Grant, writing
from headgate.state import Audit, AuditEntry, audit_topic, open_topic_audit
from real.conftest import Stack

pytestmark = [pytest.mark.real, pytest.mark.slow]

APPLY = AuditEntry(verb="apply", project="shop", environment="prod", who="ann", host="ci-7", version="0.1")


@pytest.fixture(scope="module")
def broker(stack: Stack) -> LocalStack:
    return local_stack(stack.project)


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    return f"audit-{abs(hash(request.node.nodeid))}"


@pytest.fixture
def audit(broker: LocalStack, topic: str) -> Iterator[Audit]:
    with closing(in_topic(broker, topic)) as opened:
        yield opened


def in_topic(broker: LocalStack, topic: str, project: str = "shop", user: str = "") -> Audit:
    return open_topic_audit(connection(broker, user), topic, project=project, environment="prod")


def test_to_look_makes_no_topic(audit: Audit, broker: LocalStack, topic: str) -> None:
    assert list(audit.newest()) == []
    client = admin(broker)
    assert topic not in client.list_topics(timeout=10).topics


def test_entries_come_newest_first_and_of_each_run_the_last(audit: Audit) -> None:
    second = replace(APPLY, run="second")
    done = replace(APPLY, outcome="done")
    for entry in (APPLY, second, done):
        audit.append(entry)
    assert list(audit.newest()) == [done, second]


def test_many_entries_are_read_from_the_end_in_parts(
    audit: Audit, broker: LocalStack, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_topic, "AT_ONCE", 3)
    with closing(in_topic(broker, topic, "bank")) as bank:
        for number in range(10):
            audit.append(replace(APPLY, run=str(number)))
            bank.append(replace(APPLY, project="bank", run=f"bank {number}"))
        assert [one.run for one in audit.newest()] == [str(number) for number in reversed(range(10))]
        assert {one.project for one in bank.newest()} == {"bank"}


def test_its_topic_forgets_nothing(audit: Audit, broker: LocalStack, topic: str) -> None:
    audit.append(APPLY)
    client = admin(broker)
    (found,) = client.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]).values()
    config = found.result(10)
    assert (config["cleanup.policy"].value, config["retention.ms"].value) == ("delete", "-1")


def test_who_may_not_write_it_is_told_what_gives_the_right(broker: LocalStack, topic: str) -> None:
    user = f"auditor-{topic}"
    account(broker, user, [Grant(f"User:{user}", "topic", topic, "Describe")])
    with (
        closing(in_topic(broker, topic, user=user)) as opened,
        pytest.raises(PermanentFailure, match=f"`{user}` may not create topic") as refused,
    ):
        opened.append(APPLY)
    assert "kafka-acls.sh" in str(refused.value)


def test_an_account_with_what_writing_takes_can_write(audit: Audit, broker: LocalStack, topic: str) -> None:
    audit.append(APPLY)
    user = f"writer-{topic}"
    account(broker, user, writing(f"User:{user}", topic))
    with closing(in_topic(broker, topic, user=user)) as opened:
        opened.append(replace(APPLY, run="its own"))
        assert [one.run for one in opened.newest()] == ["its own", APPLY.run]
