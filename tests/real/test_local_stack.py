"""`headgate local` with everything that it starts. Run by `make real`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from confluent_kafka.cimpl import NewTopic

from headgate.local.parts import PARTS, Layout
from headgate.local.processes import find
from headgate.local.stack import read

pytestmark = [pytest.mark.real, pytest.mark.slow]


def local(project: Path, *words: str) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "headgate",
        "local",
        *words,
        "--output",
        "json",
        "--project",
        str(project),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def processes(layout: Layout) -> dict[str, tuple[int, ...]]:
    return {part: find(layout.mark(part)) for part in PARTS}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose stack is up; taken down whatever happens."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "headgate.yml").write_text("name: shop\n")
    try:
        local(folder, "up")
        yield folder
    finally:
        local(folder, "down", "--wipe")


@pytest.fixture
def layout(project: Path) -> Layout:
    return Layout(project.resolve() / ".headgate" / "local")


def client(layout: Layout, user: str = "admin", password: str | None = None) -> dict[str, Any]:
    settings = read(layout)
    assert settings is not None
    return {
        "bootstrap.servers": f"127.0.0.1:{settings.ports['kafka']}",
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-256" if password else "PLAIN",
        "sasl.username": user,
        "sasl.password": password or settings.password,
        "error_cb": lambda _: None,
        "log_level": 0,
    }


def test_a_scram_user_without_a_rule_may_not_write_and_the_topic_outlives_a_restart(
    project: Path, layout: Layout
) -> None:
    admin = AdminClient(client(layout))
    admin.create_topics([NewTopic("orders", 1, 1)])["orders"].result(20)
    carol = UserScramCredentialUpsertion(
        "carol", ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), b"pw"
    )
    admin.alter_user_scram_credentials([carol])["carol"].result(20)
    refused: list[str] = []
    producer = Producer(client(layout, "carol", "pw"))
    producer.produce(
        "orders", b"x", on_delivery=lambda error, _: refused.append(error.name() if error else "")
    )
    producer.flush(20)
    assert refused == ["TOPIC_AUTHORIZATION_FAILED"]
    with pytest.raises(KafkaException):
        AdminClient(client(layout, "carol", "wrong")).list_topics(timeout=3)

    local(project, "down")
    assert processes(layout) == {"kafka": (), "registry": ()}
    local(project, "up")
    again = AdminClient(client(layout))
    assert "orders" in again.list_topics(timeout=10).topics


def test_the_registry_takes_a_schema_and_refuses_an_incompatible_one(project: Path) -> None:
    (url,) = (p["url"] for p in local(project, "status")["parts"] if p["part"] == "registry")
    subject = f"{url}/subjects/orders-value/versions"

    def register(type_: str) -> int:
        schema = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": type_}]}
        return httpx.post(subject, json={"schema": json.dumps(schema)}, timeout=20).status_code

    assert register("string") == 200
    assert register("int") == 409


def test_a_second_up_starts_nothing(project: Path, layout: Layout) -> None:
    before = processes(layout)
    assert local(project, "up")["changed"] == []
    assert processes(layout) == before


def test_up_heals_a_part_that_was_killed(project: Path, layout: Layout) -> None:
    before = processes(layout)
    subprocess.run(["kill", "-KILL", str(before["registry"][0])], check=True)
    while find(layout.mark("registry")):
        time.sleep(0.05)
    answer = local(project, "up")
    assert answer["changed"] == ["registry"]
    assert all(part["answers"] for part in answer["parts"])
    assert processes(layout)["kafka"] == before["kafka"]


def test_down_leaves_nothing_when_up_was_killed_midway(project: Path, layout: Layout) -> None:
    local(project, "down")
    command = [sys.executable, "-m", "headgate", "local", "up", "--project", str(project)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as up:
        while not find(layout.mark("kafka")):
            assert up.poll() is None
            time.sleep(0.02)
        up.kill()
    local(project, "down")
    assert processes(layout) == {"kafka": (), "registry": ()}
