"""A project from a real cluster, made with an account that may describe things and nothing else."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
)

from accounts import PASSWORD, account, admin, local_stack
from headgate.local.connections import LocalStack
from headgate.resources.grants import Grant
from imported import record
from real.conftest import Stack
from running import Ran, headgate_process

pytestmark = [pytest.mark.real, pytest.mark.slow]

Answer = TypeVar("Answer")

COUNT = 1_000
AREAS = ("orders", "stock", "web", "billing")
ANYTHING = AclBindingFilter(
    ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
)


def describing(user: str) -> list[Grant]:
    """All that an import needs."""
    who = f"User:{user}"
    return [
        Grant(who, "topic", "*", "Describe"),
        Grant(who, "topic", "*", "DescribeConfigs"),
        Grant(who, "group", "*", "Describe"),
        Grant(who, "cluster", "kafka-cluster", "Describe"),
    ]


@pytest.fixture(scope="module")
def broker(stack: Stack) -> LocalStack:
    """A broker with a thousand topics, a schema each, and those who write and read them."""
    found = local_stack(stack.project)
    names = topics()
    client = admin(found)
    for first in range(0, COUNT, 250):
        some = [NewTopic(name, 1, 1) for name in names[first : first + 250]]
        for made in client.create_topics(some, request_timeout=60).values():
            made.result(60)
    until = time.monotonic() + 60
    while not set(names) <= set(client.list_topics(timeout=30).topics):
        assert time.monotonic() < until
        time.sleep(0.1)
    schema = {"schema": json.dumps(record(("id", "string"), ("amount", ["null", "long"])))}
    with httpx.Client(base_url=found.registry, timeout=30) as registry:
        for name in names:
            registry.post(f"/subjects/{name}-value/versions", json=schema).raise_for_status()
    for number, area in enumerate(AREAS):
        who = f"User:import-{area}"
        grants = [
            Grant(who, "topic", f"import.{area}.", "Write", pattern="prefixed"),
            Grant(who, "topic", f"import.{AREAS[number - 1]}.", "Read", pattern="prefixed"),
            Grant(who, "group", f"import-{area}", "Read", pattern="prefixed"),
        ]
        account(found, f"import-{area}", grants)
    partition = TopicPartition(names[0], 0, 0)
    offsets = [ConsumerGroupTopicPartitions("import-stock-1", [partition])]
    patiently(lambda: client.alter_consumer_group_offsets(offsets)["import-stock-1"].result(30))
    account(found, "import-looks", describing("import-looks"))
    return found


def topics() -> list[str]:
    return [f"import.{AREAS[i % len(AREAS)]}.t{i}" for i in range(COUNT)]


def world(broker: LocalStack) -> dict[str, Any]:
    """All that somebody could have written: topics and their settings and ends, groups, rights, users, schemas."""
    client = admin(broker)
    names = sorted(client.list_topics(timeout=30).topics)
    configs = client.describe_configs([ConfigResource(ResourceType.TOPIC, one) for one in names])
    ends = patiently(lambda: ends_of(broker))
    groups = sorted(one.group_id for one in client.list_consumer_groups().result(30).valid)
    acls = client.describe_acls(ANYTHING).result(30)
    users = client.describe_user_scram_credentials().result(30)
    with httpx.Client(base_url=broker.registry, timeout=60) as registry:
        subjects = sorted(registry.get("/subjects").json())
        versions = {one: registry.get(f"/subjects/{one}/versions").json() for one in subjects}
    return {
        "topics": {
            key.name: {entry.name: entry.value for entry in answer.result(30).values()}
            for key, answer in configs.items()
        },
        "ends": ends,
        "groups": dict.fromkeys(groups),
        "acls": dict.fromkeys(map(str, acls)),
        "users": dict.fromkeys(users),
        "subjects": versions,
    }


def ends_of(broker: LocalStack) -> dict[str, int]:
    client = admin(broker)  # a new one each time: it remembers what it did not find
    asked = client.list_offsets({TopicPartition(one, 0): OffsetSpec.latest() for one in topics()[::20]})
    return {key.topic: answer.result(30).offset for key, answer in asked.items()}


def patiently(ask: Callable[[], Answer]) -> Answer:
    """What is answered once the partitions that were just made have their leaders."""
    until = time.monotonic() + 60
    while True:
        try:
            return ask()
        except KafkaException:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def init(broker: LocalStack, folder: Path, user: str, *more: str) -> Ran:
    return headgate_process(
        "init", str(folder), "--from-cluster",
        "--bootstrap-servers", broker.kafka,
        "--security-protocol", "SASL_PLAINTEXT",
        "--sasl-mechanism", "SCRAM-SHA-256",
        "--username", user,
        *more,
        environ=password(),
    )  # fmt: skip


def password() -> dict[str, str]:
    return {"KAFKA_PASSWORD": PASSWORD, "PATH": os.environ["PATH"]}


def ours(rows: Sequence[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Those of this test; other tests leave theirs on the broker that they share."""
    return [row for row in rows if "import_" in row[key]]


def test_a_project_of_a_thousand_topics_stands_in_under_a_minute_and_nothing_was_written(
    broker: LocalStack, tmp_path: Path
) -> None:
    before = world(broker)
    folder, began = tmp_path / "shop", time.monotonic()
    made = init(broker, folder, "import-looks", "--registry-url", broker.registry)
    assert made.code == 0, made.err
    checked = headgate_process("check", "--output", "json", project=folder)
    listed = headgate_process("ls", "--output", "json", project=folder)
    lineage = headgate_process(
        "lineage", "import_orders_t0", "--depth", "1", "--output", "json", project=folder
    )
    access = headgate_process("access", "--output", "json", project=folder)
    took = time.monotonic() - began
    assert took < 60, f"{took:.0f} s"
    assert checked.json["summary"]["errors"] == 0, checked.err
    assert len([one for one in ours(listed.json["nodes"], "name") if one["kind"] == "source"]) == COUNT
    assert {(edge["from"], edge["to"]) for edge in lineage.json["edges"]} == {
        ("exposure.import_orders", "source.import_orders_t0"),
        ("source.import_orders_t0", "exposure.import_stock"),
    }
    given = {
        (one["role"], one["node"].split("_")[1])
        for one in ours(access.json["grants"], "node")
        if one["given"]
    }
    assert given == {(f"import_{area}", AREAS[number - 1]) for number, area in enumerate(AREAS)}
    (row,) = [
        one
        for one in access.json["grants"]
        if (one["role"], one["node"], one["column"]) == ("import_stock", "source.import_orders_t0", "amount")
    ]
    assert (row["form"], row["plane"], row["enforced"]) == ("clear", "broker", "by principal")
    assert "consumer_group: import-stock-1" in (folder / "exposures.yml").read_text()
    environment = folder / "environments" / "live.yml"
    environment.write_text(f"{environment.read_text()}state: {{cluster: main, topic: _import_state}}\n")
    planned = headgate_process("plan", "--exit-code", "--output", "json", project=folder, environ=password())
    assert planned.code == 0, planned.err
    mine = ours(planned.json["changes"], "address")
    assert {(one["action"], one["reason"]) for one in mine} == {
        ("handed over", "other writes it; as declared")
    }
    again = headgate_process("import", "--output", "json", project=folder, environ=password())
    assert (again.json["written"], again.json["removed"]) == ([], [])
    after = world(broker)
    for part, was in before.items():
        changed = {key: (was[key], after[part].get(key)) for key in was if after[part].get(key) != was[key]}
        assert (changed, sorted(set(after[part]) - set(was))) == ({}, []), part


def test_what_an_account_may_not_see_is_said(broker: LocalStack, tmp_path: Path) -> None:
    account(
        broker,
        "import-little",
        [Grant("User:import-little", "topic", "import.web.", "Describe", pattern="prefixed")],
    )
    ran = init(broker, tmp_path / "shop", "import-little")
    assert ran.code == 0, ran.err
    assert "may not look at ACLs: it needs DESCRIBE on the cluster" in ran.out
    assert "DESCRIBE_CONFIGS on topic `import.web." in ran.out
    checked = headgate_process("check", "--output", "json", project=tmp_path / "shop")
    assert checked.json["counts"] == {"streams": COUNT // 4, "exposures": 0, "tests": 0}
    assert checked.json["summary"]["errors"] == 0


def test_the_account_has_no_right_to_write(broker: LocalStack) -> None:
    rights = {one.operation for one in describing("import-looks")}
    assert rights == {"Describe", "DescribeConfigs"}
    client = admin(broker)  # a future of a client that is let go never ends
    granted = client.describe_acls(ANYTHING).result(30)
    assert {one.operation.name for one in granted if one.principal == "User:import-looks"} == {
        "DESCRIBE",
        "DESCRIBE_CONFIGS",
    }
