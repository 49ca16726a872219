"""Records of topics on a real broker: shown as the embedded engine shows the same ones, and read whatever stands between."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import NewPartitions, NewTopic

from accounts import account, admin, connection, local_stack
from headgate.local.connections import LocalStack
from headgate.observe.held import Held, held, lists_every_group
from headgate.observe.reading import read_records
from headgate.observe.topic import NoTopic, Topic
from headgate.ports import TemporaryFailure, client_settings
from headgate.resources.grants import Grant
from headgate.resources.wire import Wire
from real.conftest import Stack
from running import Ran, headgate, headgate_process

pytestmark = [pytest.mark.real, pytest.mark.slow]

PROJECT = """\
name: seen
defaults: {cluster: main}
purposes: [care]
classification: {default: internal, clearance_default: internal}
"""
STREAMS = """\
roles:
  - {name: desk, principals: ["User:desk"]}
sources:
  - name: seen_orders
    topic: seen.orders
    format: avro
    key: order_id
    owner: shop
    columns:
      - {name: order_id, data_type: string, constraints: [not_null]}
      - {name: price, data_type: "decimal(10, 2)"}
      - {name: card, data_type: string, classification: highly_sensitive}
      - {name: lines, data_type: "array<row<sku string, count_of int>>"}
      - {name: day, data_type: date}
      - {name: ordered_at, data_type: timestamp(3)}
    event_time: {column: ordered_at, max_out_of_orderness: 5 seconds}
  - name: seen_clicks
    topic: seen.clicks
    format: json
    timestamps: iso
    owner: shop
    columns:
      - {name: page, data_type: string}
      - {name: weight, data_type: float}
      - {name: clicked_at, data_type: timestamp(3)}
      - {name: shouted, expression: "UPPER(page)", data_type: string}
models:
  - name: seen_customers
    materialized: topic
    key: customer_id
    changelog: upsert
    owner: shop
    columns:
      - {name: customer_id, data_type: int, constraints: [not_null]}
      - {name: country, data_type: string}
      - {name: updated_at, data_type: timestamp(3)}
    event_time: {column: updated_at, max_out_of_orderness: 5 seconds}
"""
LOCAL = "engine: local\nvirtual_topics: flink\nclusters: {main: {}}\n"
SAMPLES: dict[str, list[dict[str, Any]]] = {
    "seen_orders": [
        {
            "order_id": f"o{n}",
            "price": f"{n}.{n}0",
            "card": f"4000{n:012d}",
            "lines": [{"sku": "x", "count_of": n}, {"sku": "y", "count_of": None}],
            "day": "2026-01-05",
            "ordered_at": f"2026-01-05 09:00:{n:02d}.125",
        }
        for n in range(1, 31)
    ],
    "seen_clicks": [
        {"page": f"p{n}", "weight": n / 10, "clicked_at": f"2026-01-05T09:00:{n:02d}.500"}
        for n in range(1, 8)
    ],
    "seen_customers": [
        {"customer_id": 1, "country": "DE", "updated_at": "2026-01-05 09:00:01.000"},
        {"customer_id": 2, "country": "FR", "updated_at": "2026-01-05 09:00:02.000"},
        {"customer_id": 1, "country": "NL", "updated_at": "2026-01-05 09:00:03.000"},
        {"customer_id": 3, "country": "ES", "updated_at": "2026-01-05 09:00:04.000"},
        {"_op": "-D", "customer_id": 2, "updated_at": None, "_timestamp": "2026-01-05 09:00:05.000"},
        {"customer_id": 4, "country": "PT", "updated_at": "2026-01-05 09:00:06.000"},
    ],
}


@pytest.fixture(scope="module")
def project(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of topics alone, built on the embedded engine and on the stack of the same samples."""
    folder = stack.lend(tmp_path_factory.mktemp("seen") / "project")
    files = {"headgate.yml": PROJECT, "streams.yml": STREAMS, "environments/local.yml": LOCAL}
    files |= {f"samples/{name}.jsonl": "".join(map(_line, rows)) for name, rows in SAMPLES.items()}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for environment in ("embedded", "local"):
        built = headgate("build", "--env", environment, project=folder)
        assert built.code == 0, built.out + built.err
    return folder


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row) + "\n"


def answer(project: Path, environment: str, *words: str) -> dict[str, Any]:
    return headgate("show", *words, "--env", environment, "--output", "json", project=project).json


@pytest.mark.parametrize(
    "words",
    [
        ("seen_orders", "--limit", "100"),
        ("seen_orders", "--limit", "3"),
        ("seen_orders", "--from", "latest", "--limit", "3"),
        ("seen_orders", "--from", "2026-01-05T09:00:20", "--limit", "4"),
        ("seen_orders", "--as", "desk"),
        ("seen_clicks",),
        ("seen_clicks", "--changelog"),
        ("seen_customers",),
        ("seen_customers", "--limit", "2", "--from", "latest"),
        ("seen_customers", "--from", "2026-01-05T09:00:04"),
        ("seen_customers", "--from", "2030-01-01T00:00:00"),
    ],
    ids=" ".join,
)
def test_a_live_topic_is_shown_as_the_embedded_engine_shows_the_same_records(
    project: Path, words: tuple[str, ...]
) -> None:
    live, embedded = (answer(project, environment, *words) for environment in ("local", "embedded"))
    assert live["ok"] and (live["rows"] or "2030" in words[-1])
    assert [live[part] for part in ("columns", "rows", "truncated")] == [
        embedded[part] for part in ("columns", "rows", "truncated")
    ]


def test_changes_have_their_kinds_and_a_record_without_a_value_deletes(project: Path) -> None:
    rows = answer(project, "local", "seen_customers", "--changelog")["rows"]
    assert [(row["_op"], row["customer_id"]) for row in rows] == [
        ("+I", 1), ("+I", 2), ("+U", 1), ("+I", 3), ("-D", 2), ("+I", 4),
    ]  # fmt: skip


def test_text_is_the_same_as_well(project: Path) -> None:
    live, embedded = (
        headgate("show", "seen_orders", "--env", environment, project=project).out
        for environment in ("local", "embedded")
    )
    assert live == embedded and "4000" in live


def test_what_a_role_may_not_see_is_not_shown(project: Path) -> None:
    ran = headgate("show", "seen_orders", "--as", "desk", "--env", "local", project=project)
    assert ran.code == 0 and "card [redacted]" in ran.out and "4000" not in ran.out


def test_a_topic_that_is_not_there_is_said_at_the_declaration(project: Path, broker: LocalStack) -> None:
    streams = (project / "streams.yml").read_text()
    (project / "streams.yml").write_text(streams.replace("topic: seen.clicks", "topic: seen.nowhere"))
    try:
        ran = headgate("show", "seen_clicks", "--env", "local", "--output", "json", project=project)
    finally:
        (project / "streams.yml").write_text(streams)
    (told,) = ran.json["diagnostics"]
    assert (ran.code, told["code"], told["file"]) == (2, "HGD020", "streams.yml")
    assert "there is no topic seen.nowhere" in told["message"]


def test_tail_begins_with_the_last_records_and_goes_on_with_those_that_come(
    project: Path, broker: LocalStack
) -> None:
    followed: list[Ran] = []
    words = ("tail", "seen_clicks", "--last", "2", "--limit", "3", "--env", "local", "--output", "json")
    tailing = threading.Thread(target=lambda: followed.append(headgate_process(*words, project=project)))
    tailing.start()
    producer = Producer(client_settings(connection(broker).kafka or {}))
    until = time.monotonic() + 60
    while tailing.is_alive() and time.monotonic() < until:
        producer.produce(
            "seen.clicks", b'{"page": "late", "weight": 1, "clicked_at": "2026-01-05T10:00:00.000"}'
        )
        producer.flush(10)
        tailing.join(0.5)
    (ran,) = followed
    pages = [json.loads(line)["page"] for line in ran.out.splitlines()]
    assert ran.code == 0 and len(pages) == 3 and pages[-1] == "late"


def test_status_tells_what_topics_hold_and_names_a_reader_that_nobody_declared(
    project: Path, broker: LocalStack
) -> None:
    settings = client_settings(connection(broker).kafka or {})
    stranger = Consumer({**settings, "group.id": "seen-stranger", "auto.offset.reset": "earliest"})
    stranger.subscribe(["seen.orders"])
    read = stranger.consume(5, 60)
    stranger.commit(asynchronous=False)
    stranger.close()
    ran = headgate("status", "--env", "local", "--output", "json", project=project)
    topics = {row["topic"]: row for row in ran.json["topics"]}
    assert ran.code == 0 and ran.json["unseen"] == []
    assert (topics["seen.orders"]["records"], topics["seen_customers"]["records"]) == (30, 6)
    assert topics["seen.orders"]["newest"] == "2026-01-05 09:00:30.125Z"
    (group,) = [row for row in ran.json["groups"] if row["group"] == "seen-stranger"]
    assert (group["whose"], group["declared"], group["lag"]) == ("", False, 30 - len(read))


def test_who_may_describe_alone_is_told_what_topics_hold_and_not_what_it_may_not_see(
    project: Path, broker: LocalStack
) -> None:
    account(broker, "seen-looker", [Grant("User:seen-looker", "topic", "seen.orders", "Describe")])
    looker = connection(broker, "seen-looker")
    found = held(looker, ["seen.orders", "seen.clicks"])
    assert isinstance(found["seen.orders"], Held)
    assert (
        str(found["seen.clicks"])
        == "`seen-looker` may not describe topic `seen.clicks`: it needs DESCRIBE on topic `seen.clicks`"
    )
    assert not lists_every_group(looker)


def test_who_may_describe_everything_is_told_of_all(project: Path, broker: LocalStack) -> None:
    everything = [
        Grant("User:seen-all", kind, name, "Describe")
        for kind, name in (("topic", "*"), ("cluster", "kafka-cluster"))
    ]
    account(broker, "seen-all", everything)
    looker = connection(broker, "seen-all")
    assert set(held(looker, ["seen.orders", "seen.nowhere"])) == {"seen.orders"}
    assert lists_every_group(looker)


@pytest.fixture(scope="module")
def broker(stack: Stack) -> LocalStack:
    return local_stack(stack.project)


@pytest.fixture
def topic(broker: LocalStack, request: pytest.FixtureRequest) -> Iterator[str]:
    """A topic of one partition that keeps everything."""
    name = f"records-{abs(hash(request.node.nodeid))}"
    client = admin(broker)
    client.create_topics([NewTopic(name, 1, 1, config={"retention.ms": "-1"})])[name].result(30)
    yield name
    client.delete_topics([name])[name].result(30)


def number(topic: str) -> Wire:
    return Wire(cluster="main", topic=topic, columns=(("n", "INT"),))


def test_what_a_transaction_took_back_or_did_not_end_is_not_read(broker: LocalStack, topic: str) -> None:
    settings = client_settings(connection(broker).kafka or {})
    producer = Producer({**settings, "transactional.id": topic, "log_level": 0})
    producer.init_transactions(30)
    for n, ends in enumerate(["commit", "abort"] * 40):
        producer.begin_transaction()
        producer.produce(topic, f'{{"n": {n}}}'.encode())
        producer.flush(10)
        producer.commit_transaction(30) if ends == "commit" else producer.abort_transaction(30)
    producer.begin_transaction()
    producer.produce(topic, b'{"n": 999}')
    producer.flush(10)
    try:
        for asked, expected in (({"first": 2}, [0, 2]), ({"latest": 3}, [74, 76, 78]), ({}, range(0, 80, 2))):
            found = read_records(connection(broker), number(topic), **asked)  # type: ignore[arg-type]
            assert [r.values["n"] for r in found.records] == list(expected)
    finally:
        producer.abort_transaction(30)


def test_a_topic_that_is_followed_may_grow_and_its_end_is_told(
    broker: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headgate.observe.topic._AGAIN_SECONDS", 0.2)
    client, name = admin(broker), "records-grows"
    client.create_topics([NewTopic(name, 1, 1)])[name].result(30)
    with Topic(connection(broker), name) as followed:
        come = followed.follow({partition: end for partition, (_, end) in patient(followed.spans).items()})
        next(come)
        client.create_partitions([NewPartitions(name, 2)])[name].result(30)
        producer = Producer(client_settings(connection(broker).kafka or {}))
        for partition in (0, 1):
            patient(partial(producer.produce, name, str(partition), partition=partition))
        producer.flush(30)
        values: set[bytes | None] = set()
        until = time.monotonic() + 30
        while values != {b"0", b"1"}:
            assert time.monotonic() < until
            values |= {message.value for message in next(come)}
        client.delete_topics([name])[name].result(30)
        with pytest.raises(NoTopic, match="there is no topic records-grows"):
            while time.monotonic() < until + 30:
                next(come)


def patient(do: Callable[[], Any]) -> Any:
    """What is done once a client has heard of a topic that was just made."""
    until = time.monotonic() + 30
    while True:
        try:
            return do()
        except (KafkaException, NoTopic, TemporaryFailure):
            assert time.monotonic() < until
            time.sleep(0.2)


def test_malformed_records_are_counted_and_told_by_their_place_alone(broker: LocalStack, topic: str) -> None:
    producer = Producer(client_settings(connection(broker).kafka or {}))
    for value in (b'{"n": 1}', b'{"n": "secret-4711"}', b"secret-4711", None, b'{"n": 2}'):
        producer.produce(topic, value, timestamp=1_767_225_600_000)
    producer.flush(30)
    found = read_records(connection(broker), number(topic))
    assert [r.values["n"] for r in found.records] == [1, 2]
    assert found.records[0].timestamp == dt.datetime(2026, 1, 1)
    assert list(map(str, found.malformed)) == [
        "partition 0, offset 1: `n` is no INT",
        "partition 0, offset 2: it is not JSON",
    ]


def test_compaction_leaves_gaps_and_the_last_records_are_found_behind_them(
    broker: LocalStack, topic: str
) -> None:
    producer = Producer(client_settings(connection(broker).kafka or {}))
    for n in range(2000):
        producer.produce(topic, f'{{"n": {n}}}'.encode() if n < 5 else None)
    producer.flush(30)
    found = read_records(connection(broker), number(topic), latest=3)
    assert ([r.values["n"] for r in found.records], found.more) == ([2, 3, 4], True)


def test_nothing_joins_a_group(broker: LocalStack, topic: str) -> None:
    before = _groups(broker)
    read_records(connection(broker), number(topic))
    assert _groups(broker) == before


def _groups(broker: LocalStack) -> set[str]:
    client = admin(broker)
    return {group.group_id for group in client.list_consumer_groups().result(30).valid}


def test_a_topic_that_is_not_there_is_named(broker: LocalStack) -> None:
    with pytest.raises(NoTopic, match="there is no topic records-nowhere"):
        read_records(connection(broker), number("records-nowhere"))
