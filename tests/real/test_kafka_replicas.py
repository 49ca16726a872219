"""How often a topic is kept, changed on a cluster of three real brokers on two racks: that of the local stack has one."""

from __future__ import annotations

import base64
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicCollection
from confluent_kafka.admin import AdminClient

from contracts.kafka_things import connections, topic
from headgate.local.artifacts import cached_in
from headgate.local.ports import free_ports
from headgate.ports import Action, Change
from headgate.providers.kafka import Kafka, open_provider
from headgate.resources import Resource
from real.conftest import Stack
from real.flink_trial import until

pytestmark = pytest.mark.real

RACKS = {1: "a", 2: "a", 3: "b"}


def _node(folder: Path, number: int, ports: list[int], controller: int) -> Path:
    """The configuration of one broker; the first is the controller too."""
    listener = f"PLAINTEXT://127.0.0.1:{ports[number - 1]}"
    said = {
        "process.roles": "broker,controller" if number == 1 else "broker",
        "node.id": number,
        "broker.rack": RACKS[number],
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": listener + (f",CONTROLLER://127.0.0.1:{controller}" if number == 1 else ""),
        "advertised.listeners": listener,
        "log.dirs": folder / f"data-{number}",
        "log.cleaner.dedupe.buffer.size": 4194304,
    }
    file = folder / f"{number}.properties"
    file.write_text("".join(f"{key}={value}\n" for key, value in said.items()))
    return file


@pytest.fixture(scope="module")
def servers(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where three brokers listen, run from the programs that the local stack has fetched."""
    folder = tmp_path_factory.mktemp("trio")
    java = [
        "java",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xmx192m",
        "-cp",
        f"{cached_in(os.environ)}/kafka/*",
    ]
    *ports, controller = free_ports(4)
    cluster = f"--cluster-id={base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip('=')}"
    running: list[subprocess.Popen[bytes]] = []
    try:
        for number in RACKS:
            file = _node(folder, number, ports, controller)
            joins = "--standalone" if number == 1 else "--no-initial-controllers"
            storage = [*java, "kafka.tools.StorageTool", "format", cluster, "-c", str(file), joins]
            subprocess.run(storage, check=True, capture_output=True, timeout=60)
            with (folder / f"{number}.log").open("w") as log:
                running.append(subprocess.Popen([*java, "kafka.Kafka", str(file)], stdout=log, stderr=log))
        yield ",".join(f"127.0.0.1:{port}" for port in ports)
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(60)


@pytest.fixture
def admin(servers: str) -> Iterator[AdminClient]:
    client = AdminClient({"bootstrap.servers": servers, "log_level": 0})
    until(lambda: len(client.list_topics(timeout=30).brokers) == len(RACKS))
    yield client


def kept(factor: int, partitions: int) -> Resource:
    wanted = topic("kept", partitions, cleanup_policy="delete")
    return replace(wanted, fields={**wanted.fields, "replication_factor": factor})


def made(provider: Kafka, wanted: Resource, action: Action = Action.UPDATE) -> str:
    (failure,) = provider.carry_out([Change(action, wanted.id, wanted)])
    return str(failure or "")


def test_a_topic_is_kept_more_often_and_less_while_it_holds_what_was_written(
    servers: str, admin: AdminClient
) -> None:
    def places() -> list[tuple[list[int], list[int]]]:
        """Of each partition, the brokers that shall have it and those that do."""
        found = admin.describe_topics(TopicCollection(["kept"]))["kept"].result(10)
        return [
            ([node.id for node in p.replicas], sorted(node.id for node in p.isr)) for p in found.partitions
        ]

    with closing(open_provider(connections(kafka={"bootstrap_servers": servers}))) as provider:
        assert made(provider, kept(1, 2), Action.CREATE) == ""
        before = [replicas for replicas, _ in places()]
        producer = Producer({"bootstrap.servers": servers})
        for number in range(100):
            producer.produce("kept", str(number).encode(), partition=number % 2)
        producer.flush(30)

        (verdict,) = provider.validate([kept(2, 3)])
        assert (verdict.faults, len(verdict.warnings)) == ((), 2)
        assert made(provider, kept(2, 3)) == ""
        assert provider.observe([kept(2, 3).id])[0].fields == kept(2, 3).fields
        until(lambda: all(sorted(replicas) == isr for replicas, isr in places()))
        after = [replicas for replicas, _ in places()]
        assert [one[0] for one in after[:2]] == [one[0] for one in before]
        assert all({RACKS[broker] for broker in replicas} == {"a", "b"} for replicas in after)

        (verdict,) = provider.validate([kept(4, 3)])
        assert verdict.faults == ("it cannot be kept 4 times: the cluster has 3 brokers",)
        assert made(provider, kept(1, 3)) == ""
        assert [len(replicas) for replicas, _ in places()] == [1, 1, 1]

    consumer = Consumer({"bootstrap.servers": servers, "group.id": "g", "auto.offset.reset": "earliest"})
    consumer.subscribe(["kept"])
    seen: set[bytes | None] = set()

    def all_read() -> bool:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            seen.add(message.value())
        return len(seen) == 100

    until(all_read)
    consumer.close()
