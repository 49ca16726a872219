"""Connectors on a real worker: rows that land in a real table, and what is said of those that do not run."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import httpx
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from compiling import compiled
from contracts.connect_things import connector
from headgate.compile.connectors import connector_types
from headgate.local import warehouse
from headgate.local.connections import LocalStack
from headgate.local.connections import connections as stack_connections
from headgate.local.settings import Layout
from headgate.ports import (
    Action,
    Change,
    ClusterConnection,
    Connections,
    PermanentFailure,
    client_settings,
)
from headgate.providers.connect.provider import Connectors, open_provider
from headgate.resources import Resource
from real.conftest import Stack

pytestmark = [pytest.mark.real, pytest.mark.slow]

SECONDS = 60.0
MODELS = """
sources:
  - name: {name}
    key: id
    format: {format}
    changelog: {changelog}
    columns:
      - {{name: id, data_type: string, constraints: [not_null]}}
      - {{name: amount, data_type: bigint}}
      - {{name: price, data_type: "decimal(10,2)"}}
      - {{name: at, data_type: timestamp(3)}}
      - {{name: user, data_type: string}}
models:
  - name: {name}_out
    materialized: sink
    from: {{source: {name}}}
    dead_letter: {{topic: {name}.dlq}}
    sink:
      type: snowflake_table
      config: {{snowflake_database: DB, snowflake_table: {table}, insert_mode: UPSERT, key_columns: [id]}}
"""


@dataclass
class There:
    """The stack's Kafka, Connect and PostgreSQL, as a test uses them."""

    parts: LocalStack
    provider: Connectors
    admin: AdminClient
    made: list[Resource] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)

    def apply(self, resource: Resource) -> Exception | None:
        self.made.append(resource)
        (outcome,) = self.provider.carry_out([Change(Action.UPDATE, resource.id, resource)])
        return outcome

    def sink(self, name: str, changelog: str = "append", format_: str = "json") -> Resource:
        """The compiled sink of a stream, whose topics are there; it reads and writes as the worker does."""
        self.table(f"DROP TABLE IF EXISTS {name}")
        new = [name, f"{name}.dlq"]
        self.topics += new
        for future in self.admin.create_topics([NewTopic(one, 1, 1) for one in new]).values():
            future.result(SECONDS)
        (made,) = compiled("connect", project(name, changelog, format_)).resources
        config = {k: v for k, v in made.fields["config"].items() if ".override." not in k}
        return replace(made, fields={**made.fields, "config": config})

    def write(self, topic: str, *records: tuple[str, Any]) -> None:
        producer = Producer(client_settings(login(self.parts)))
        for key, value in records:
            text = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
            producer.produce(topic, key=key, value=text)
        assert producer.flush(SECONDS) == 0

    def table(self, query: str) -> list[str]:
        """The rows of a query; none while the table is not there."""
        host, _, port = (
            self.parts.warehouse.removeprefix("jdbc:postgresql://").partition("/")[0].partition(":")
        )
        psql = str(warehouse.require() / "psql")
        ran = subprocess.run(
            [psql, "-h", host, "-p", port, "-U", self.parts.user, "-d", "postgres", "-Atc", query],
            env={"PGPASSWORD": self.parts.password_of(self.parts.user)},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert not ran.returncode or "does not exist" in ran.stderr, ran.stderr
        return ran.stdout.splitlines()


def login(parts: LocalStack) -> Mapping[str, str]:
    return {
        "bootstrap_servers": parts.kafka,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "username": parts.user,
        "password": parts.password,
    }


@pytest.fixture(scope="module")
def parts(stack: Stack) -> LocalStack:
    found = stack_connections(Layout(stack.project / ".headgate" / "local"))
    assert isinstance(found, LocalStack)
    return found


@pytest.fixture
def there(parts: LocalStack) -> Iterator[There]:
    password = parts.password_of(parts.user)
    said = Connections(
        project="shop",
        environment="local",
        clusters={
            "main": ClusterConnection(
                name="main", kafka=login(parts), connect={"main": {"url": parts.connect}}
            )
        },
        values={
            "cluster.main.schema_registry.apicurio_url": parts.registry.replace(
                "/apis/ccompat/v7", "/apis/registry/v2"
            ),
            "cluster.main.warehouse.url": parts.warehouse,
            "cluster.main.warehouse.username": parts.user,
            "cluster.main.warehouse.password": password,
        },
        secrets=frozenset({password, parts.password}),
    )
    with closing(open_provider(said)) as provider:
        found = There(parts, provider, AdminClient(client_settings(login(parts))))
        yield found
        gone = {one.id for one in found.made}
        assert not any(provider.carry_out([Change(Action.DELETE, id_, None) for id_ in gone]))
        for future in found.admin.delete_topics(found.topics).values() if found.topics else ():
            future.result(SECONDS)


def project(name: str, changelog: str, format_: str) -> dict[str, str]:
    models = MODELS.format(name=name, table=name.upper(), changelog=changelog, format=format_)
    return {"environments/local.yml": "default: true\nengine: local\n", "models.yml": models}


def wait_for(done: Callable[[], bool], what: Callable[[], Any]) -> None:
    end = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < end, what()
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("changelog", "left"),
    [("append", ["a|3|3.00|y", "b|2|2.25|", "c|9||"]), ("upsert", ["a|3|3.00|y", "b|2|2.25|"])],
)
def test_rows_are_upserted_by_key_and_deleted_where_the_stream_deletes(
    there: There, changelog: str, left: list[str]
) -> None:
    name = f"connect_{changelog}"
    assert there.apply(there.sink(name, changelog)) is None
    there.write(
        name,
        ("a", {"id": "a", "amount": 1, "price": 1.50, "at": "2024-01-01 00:00:00.123", "user": "x"}),
        ("b", {"id": "b", "amount": 2, "price": 2.25, "at": "2024-01-01 00:00:01"}),
        ("c", {"id": "c", "amount": 9}),
        ("a", {"id": "a", "amount": 3, "price": 3.00, "at": "2024-01-02 00:00:00.123", "user": "y"}),
        ("c", None),
        ("z", b'{"id": "z", "amount": "4111"}'),
    )
    query = f'SELECT id, amount, price, "user" FROM {name.upper()} ORDER BY id'
    wait_for(lambda: there.table(query) == left, lambda: (there.table(query), watched(there)))
    assert there.table(f"SELECT at FROM {name} WHERE id = 'a'") == ["2024-01-02 00:00:00.123"]
    assert watched(there) == ["running"]


def test_a_record_that_does_not_fit_fails_the_task_where_it_has_nowhere_to_go_and_is_not_quoted(
    there: There,
) -> None:
    resource = there.sink("connect_unfit")
    config = {key: value for key, value in resource.fields["config"].items() if "errors." not in key}
    resource = replace(resource, fields={**resource.fields, "config": config})
    assert there.apply(resource) is None
    there.write("connect_unfit", ("a", {"id": "a", "amount": "4111-1111"}))
    wait_for(lambda: watched(there) == ["failed"], lambda: watched(there))
    (seen,) = there.provider.watch([resource.id])
    assert seen.why == "task 0 failed: DataException: column `amount` is not BIGINT: it is a text"


def test_avro_lands_as_the_registry_types_it(there: There) -> None:
    name = "connect_avro"
    assert there.apply(there.sink(name, format_="avro")) is None
    (subject,) = compiled("schemas", project(name, "append", "avro")).resources
    schema = json.dumps(subject.fields["schema"])
    subject_url = f"{there.parts.registry}/subjects/{name}-value/versions"
    id_ = httpx.post(subject_url, json={"schema": schema}, trust_env=False).json()["id"]
    at = dt.datetime(2024, 1, 1, 0, 0, 0, 123_000, tzinfo=dt.UTC)
    row = {"id": "a", "amount": 1, "price": Decimal("1.50"), "at": at, "user": "x"}
    body = io.BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(json.loads(schema)), row)
    there.write(name, ("a", b"\0" + id_.to_bytes(4, "big") + body.getvalue()))
    query = f'SELECT id, amount, price, at, "user" FROM {name}'
    left = ["a|1|1.50|2024-01-01 00:00:00.123|x"]
    wait_for(lambda: there.table(query) == left, lambda: (there.table(query), watched(there)))


def watched(there: There) -> list[str]:
    return [one.status for one in there.provider.watch([resource.id for resource in there.made])]


def test_a_table_that_cannot_be_reached_fails_the_task_and_the_reason_tells_no_password(there: There) -> None:
    resource = there.sink("connect_wrong")
    config = {**resource.fields["config"], "connection.url": "jdbc:postgresql://127.0.0.1:1/postgres"}
    failure = there.apply(replace(resource, fields={**resource.fields, "config": config}))
    assert isinstance(failure, PermanentFailure)
    assert str(failure).startswith(
        "connector `shop.connect_wrong_out` does not run: task 0 failed:"
        " the database does not answer, or refuses the login ("
    )
    assert there.parts.password_of(there.parts.user) not in str(failure)
    (seen,) = there.provider.observe([resource.id])
    assert seen.fields is not None and seen.fields["running"] is False
    assert there.apply(resource) is None and watched(there)[0] == "running"


def test_a_change_that_makes_a_running_connector_fail_is_no_success(there: There, tmp_path: Path) -> None:
    good = connector("connect_file", file=str(tmp_path / "out"), topics="connect_file_topic")
    bad = connector("connect_file", file="/nowhere/at/all", topics="connect_file_topic")
    for _ in range(2):
        assert there.apply(good) is None
        assert "task 0 failed: NoSuchFileException: /nowhere/at/all" in str(there.apply(bad))


def test_what_connect_would_not_take_is_known_before_and_refused(there: There) -> None:
    none = connector("connect_none", connector_class="com.example.Nope", file="/x")
    wrong = connector("connect_wrong", tasks_max="0", file="/x")
    no_class, bad = there.provider.validate([none, wrong])
    assert no_class.faults == ("`connector.class`: Connect `main` of `main` has no class `com.example.Nope`",)
    assert bad.faults == (
        "`tasks.max`: Invalid value 0 for configuration tasks.max: Value must be at least 1",
    )
    assert "Value must be at least 1" in str(there.apply(wrong))


def test_a_connector_is_paused_and_goes_on(there: There) -> None:
    one = connector("connect_held", file="/dev/null", topics="connect_held_topic")
    assert there.apply(one) is None
    there.provider.pause(one.id)
    assert watched(there) == ["paused"]
    assert there.apply(connector("connect_held", file="/dev/null", topics="connect_held_other")) is None
    assert {*watched(there)} == {"paused"}
    there.provider.resume(one.id)
    assert {*watched(there)} == {"running"}


@pytest.mark.parametrize("name", ["file", "jdbc"])
def test_every_setting_of_the_library_is_one_that_connect_knows(there: There, name: str) -> None:
    type_ = connector_types()[name]
    asked = {"name": name, "topics": "t", "connector.class": type_.connector_class}
    path = f"{there.parts.connect}/connector-plugins/{type_.connector_class}/config/validate"
    said = httpx.put(path, json=asked, timeout=60).raise_for_status().json()
    known = {one["definition"]["name"] for one in said["configs"]}
    assert {setting.key for setting in type_.settings.values()} <= known
