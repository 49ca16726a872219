"""`headgate local` with everything that it starts, on stacks of its own that it breaks. Run by `make real`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from confluent_kafka.cimpl import NewTopic

from headgate.local import warehouse
from headgate.local.connections import LocalStack, connections
from headgate.local.parts import ALL, PARTS
from headgate.local.processes import find
from headgate.local.settings import Layout, read
from headgate.local.supervisor import NAME as SUPERVISOR

pytestmark = [pytest.mark.real, pytest.mark.slow]
EVERYTHING = (*PARTS, SUPERVISOR, "format")


def command(project: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "headgate", "local", *words, "--project", str(project)]


def local(project: Path, *words: str) -> dict[str, Any]:
    ran = subprocess.run(
        command(project, *words, "--output", "json"), capture_output=True, text=True, timeout=900, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def layout_of(project: Path) -> Layout:
    return Layout(project.resolve() / ".headgate" / "local")


def processes(layout: Layout) -> Mapping[str, tuple[int, ...]]:
    """What runs of a stack, by name; nothing where nothing does."""
    found = {name: find(layout.mark(name)) for name in EVERYTHING}
    return {name: pids for name, pids in found.items() if pids}


def until(what: str, come: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)


def new_project(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "headgate.yml").write_text("name: shop\n")
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose whole stack is up; taken down whatever happens."""
    folder = new_project(tmp_path_factory.mktemp("project"))
    try:
        local(folder, "up")
        yield folder
    finally:
        local(folder, "down", "--wipe")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A project of its own, whose stack is taken down whatever happens."""
    folder = new_project(tmp_path / "small")
    try:
        yield folder
    finally:
        local(new_project(folder), "down", "--wipe")


@pytest.fixture
def layout(project: Path) -> Layout:
    return layout_of(project)


@pytest.fixture
def stack(layout: Layout) -> LocalStack:
    found = connections(layout)
    assert found is not None
    return found


def client(stack: LocalStack, user: str = "", **more: Any) -> dict[str, Any]:
    """How a client logs in: as the administrator, or as a SCRAM user with the password that is the user's."""
    return {
        "bootstrap.servers": stack.kafka,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-256" if user else "PLAIN",
        "sasl.username": user or stack.user,
        "sasl.password": stack.password_of(user) if user else stack.password,
        "error_cb": lambda _: None,
        "log_level": 0,
        **more,
    }


def asked(stack: LocalStack, query: str) -> str:
    """What PostgreSQL answers, in its own client's plain form."""
    host, port = stack.warehouse.removeprefix("jdbc:postgresql://").partition("/")[0].split(":")
    words = [
        str(warehouse.require() / "psql"),
        "-h",
        host,
        "-p",
        port,
        "-U",
        stack.user,
        "-AtX",
        "-c",
        query,
        "postgres",
    ]
    ran = subprocess.run(
        words,
        env={**os.environ, "PGPASSWORD": stack.password_of(stack.user)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return ran.stdout.strip() if ran.returncode == 0 else f"refused: {ran.stderr.strip()}"


def test_every_part_answers_on_the_loopback_and_is_looked_after(project: Path, layout: Layout) -> None:
    said = local(project, "status")
    assert {part["part"]: part["answers"] for part in said["parts"]} == dict.fromkeys(PARTS, True)
    assert (said["supervisor"],) == find(layout.mark(SUPERVISOR))
    assert all("127.0.0.1:" in part["url"] for part in said["parts"] if part["url"])


def test_each_part_can_do_what_the_others_need(stack: LocalStack) -> None:
    plugins = httpx.get(
        f"{stack.connect}/connector-plugins", params={"connectorsOnly": "false"}, timeout=20
    ).json()
    assert {
        "io.debezium.connector.jdbc.JdbcSinkConnector",
        "org.apache.kafka.connect.file.FileStreamSinkConnector",
        "io.apicurio.registry.utils.converter.AvroConverter",
        "dev.headgate.connect.ContractJsonConverter",
    } <= {plugin["class"] for plugin in plugins}
    flink = httpx.get(f"{stack.jobmanager}/overview", timeout=20).json()
    assert flink["taskmanagers"] == 1 and flink["slots-total"] >= 16
    assert httpx.get(f"{stack.gateway}/info", timeout=20).json()["version"] == flink["flink-version"]
    assert asked(stack, "select 1 + 1") == "2"
    assert httpx.get(f"{stack.registry}/config", timeout=20).json()["compatibilityLevel"] == "BACKWARD"


def test_nobody_gets_in_without_the_password(stack: LocalStack) -> None:
    wrong = AdminClient({**client(stack), "sasl.password": "wrong"})
    with pytest.raises(KafkaException):
        wrong.list_topics(timeout=3)
    carol = UserScramCredentialUpsertion(
        "carol", ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), stack.password_of("carol").encode()
    )
    admin = AdminClient(client(stack))
    admin.alter_user_scram_credentials([carol])["carol"].result(20)
    admin.create_topics([NewTopic("secret", 1, 1)])["secret"].result(20)
    refused: list[str] = []
    producer = Producer(client(stack, "carol"))
    producer.produce(
        "secret", b"x", on_delivery=lambda error, _: refused.append(error.name() if error else "")
    )
    producer.flush(20)
    assert refused == ["TOPIC_AUTHORIZATION_FAILED"]


def test_plain_json_lands_in_postgresql_typed_and_what_breaks_its_contract_in_the_dead_letters(
    stack: LocalStack,
) -> None:
    admin = AdminClient(client(stack))
    for name in ("sales", "sales_dead"):
        admin.create_topics([NewTopic(name, 1, 1)])[name].result(20)
    columns = (
        "id:BIGINT!,amount:DECIMAL(10,2),at:TIMESTAMP(3),seen:TIMESTAMP_LTZ(3),fine:TIMESTAMP(6),note:STRING"
    )
    converter = "dev.headgate.connect.ContractJsonConverter"
    config = {
        "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
        "topics": "sales",
        "connection.url": stack.warehouse,
        "connection.username": stack.user,
        "connection.password": stack.password_of(stack.user),
        "insert.mode": "upsert",
        "primary.key.mode": "record_key",
        "primary.key.fields": "id",
        "delete.enabled": "true",
        "schema.evolution": "basic",
        "collection.name.format": "sales",
        "key.converter": converter,
        "key.converter.columns": "id:BIGINT!",
        "value.converter": converter,
        "value.converter.columns": columns,
        "errors.tolerance": "all",
        "errors.deadletterqueue.topic.name": "sales_dead",
        "errors.deadletterqueue.topic.replication.factor": "1",
        "errors.deadletterqueue.context.headers.enable": "true",
    }
    httpx.put(f"{stack.connect}/connectors/sales/config", json=config, timeout=60).raise_for_status()
    producer = Producer(client(stack))
    at, fine = "2026-01-02 03:04:05.123", "2026-01-02 03:04:05.123456"
    row = {"at": at, "seen": f"{at}Z", "fine": fine, "note": "é"}
    for key, value in (
        (1, {"id": 1, "amount": 1.5, **row}),
        (1, {"id": 1, "amount": 2.25, **row}),
        (2, {"id": 2, "amount": "2.25", **row}),
        (3, {"id": 3}),
        (4, {"id": 4}),
        (4, None),
    ):
        producer.produce("sales", None if value is None else json.dumps(value), key=json.dumps({"id": key}))
    assert producer.flush(20) == 0
    rows = "select id, amount, at, seen at time zone 'UTC', fine, note from sales order by id"
    landed = f"1|2.25|{at}|{at}|{fine}|é\n3|||||"
    until("rows in PostgreSQL", lambda: asked(stack, rows) == landed, 60)

    consumer = Consumer(client(stack, **{"group.id": "dead", "auto.offset.reset": "earliest"}))
    consumer.subscribe(["sales_dead"])
    try:
        dead = consumer.poll(30)
        assert dead is not None and json.loads(dead.key()) == {"id": 2}
        headers = dict(dead.headers())
        why = headers["__connect.errors.exception.message"].decode()
        assert "column `amount` is not DECIMAL(10, 2): it is a text" in why
    finally:
        consumer.close()
        httpx.delete(f"{stack.connect}/connectors/sales", timeout=60).raise_for_status()


def test_a_second_up_starts_nothing(project: Path, layout: Layout) -> None:
    before = processes(layout)
    assert local(project, "up")["changed"] == []
    assert processes(layout) == before


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_killed_comes_back_by_itself_and_is_counted(
    project: Path, layout: Layout, part: str
) -> None:
    (before,) = find(layout.mark(part))
    os.kill(before, signal.SIGKILL)

    settings = read(layout)
    assert settings is not None

    def is_back() -> bool:
        return find(layout.mark(part)) not in ((), (before,)) and ALL[part].answers(settings)

    until(f"{part} is back", is_back, 90)
    rows = local(project, "status")["parts"]
    assert [row["restarts"] for row in rows if row["part"] == part] == [1]


def test_what_is_in_the_parts_outlives_down_and_up(project: Path, layout: Layout, stack: LocalStack) -> None:
    schema = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}
    subject = f"{stack.registry}/subjects/orders-value/versions"
    number = httpx.post(subject, json={"schema": json.dumps(schema)}, timeout=20).json()["id"]
    admin = AdminClient(client(stack))
    admin.create_topics([NewTopic("orders", 1, 1)])["orders"].result(20)
    asked(stack, "create table kept as select 7 as n")
    file = {
        "connector.class": "FileStreamSink",
        "topics": "orders",
        "file": str(layout.folder / "orders.txt"),
    }
    httpx.put(f"{stack.connect}/connectors/kept/config", json=file, timeout=60).raise_for_status()

    local(project, "down")
    assert processes(layout) == {}
    local(project, "up")

    assert httpx.get(f"{subject}/1", timeout=20).json()["id"] == number
    incompatible = {**schema, "fields": [{"name": "id", "type": "int"}]}
    assert httpx.post(subject, json={"schema": json.dumps(incompatible)}, timeout=20).status_code == 409
    assert "orders" in AdminClient(client(stack)).list_topics(timeout=10).topics
    assert asked(stack, "select n from kept") == "7"
    assert "kept" in httpx.get(f"{stack.connect}/connectors", timeout=20).json()


def test_parts_live_on_without_their_supervisor_and_up_brings_a_new_one(
    project: Path, layout: Layout
) -> None:
    before = dict(processes(layout))
    (supervisor,) = before.pop(SUPERVISOR)
    os.kill(supervisor, signal.SIGKILL)
    until("the supervisor is gone", lambda: not find(layout.mark(SUPERVISOR)))
    assert processes(layout) == before
    assert local(project, "status")["supervisor"] is None
    assert local(project, "up")["changed"] == []
    assert len(find(layout.mark(SUPERVISOR))) == 1
    assert {name: pids for name, pids in processes(layout).items() if name != SUPERVISOR} == before


@pytest.mark.parametrize("seen", [SUPERVISOR, "format", "registry"])
def test_down_leaves_nothing_when_up_was_killed_midway(small: Path, seen: str) -> None:
    layout = layout_of(small)
    with subprocess.Popen(
        command(small, "up", "--only", "kafka,registry"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as up:
        while not find(layout.mark(seen)):
            assert up.poll() is None
            time.sleep(0.005)
        up.kill()
    assert processes(layout)
    local(small, "down")
    assert processes(layout) == {}


def test_down_leaves_nothing_when_the_supervisor_was_killed_while_it_started_parts(small: Path) -> None:
    layout = layout_of(small)
    with subprocess.Popen(
        command(small, "up", "--only", "kafka,registry"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as up:
        while not find(layout.mark("registry")):
            time.sleep(0.005)
        os.kill(find(layout.mark(SUPERVISOR))[0], signal.SIGKILL)
        assert up.stderr is not None
        said = up.stderr.read()
    assert "supervisor ended" in said and "Traceback" not in said
    local(small, "down", "--wipe")
    assert processes(layout) == {}
    assert not layout.folder.exists()


def test_a_stack_whose_folder_is_deleted_ends_itself(small: Path) -> None:
    layout = layout_of(small)
    local(small, "up", "--only", "registry")
    assert set(processes(layout)) == {"registry", SUPERVISOR}
    shutil.rmtree(layout.folder, ignore_errors=True)
    until("all has ended", lambda: processes(layout) == {})


def test_a_part_that_cannot_start_is_said_with_the_end_of_its_log(small: Path) -> None:
    layout = layout_of(small)
    local(small, "up", "--only", "registry")
    local(small, "down")
    (store,) = layout.data.glob("registry*.db")
    store.write_text("in the way")
    ran = subprocess.run(
        command(small, "up", "--only", "registry"), capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert f"registry did not start in 3 tries; its log is {layout.log('registry')}" in ran.stderr
    assert "registry ended with 1" in ran.stderr
    assert "org.h2" in ran.stderr.partition("its log is")[2]
