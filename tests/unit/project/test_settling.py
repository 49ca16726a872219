"""What is not said is filled in: defaults, materialization, formats, keys, topics, groups."""

from __future__ import annotations

import pytest

from headgate.addresses import Address, Kind
from headgate.project.declarations import Materialization
from loading import ORDERS, lines, load, sound, stream

PROJECT = """name: shop
defaults:
  cluster: main
  owner: team-shop
  format: avro
  tags: [a, b]
  kafka: {partitions: 6, retention: 3 days, config: {max.message.bytes: 10, x.y: 1}}
folders:
  models: {owner: team-models}
  models/fraud: {owner: team-fraud, kafka: {partitions: 2}}
"""
MODEL = "models:\n  - name: {}\n    columns: [{{name: id, data_type: string}}]\n"


def test_maps_merge_key_by_key_and_lists_replace_from_the_project_to_the_object() -> None:
    files = {
        "headgate.yml": PROJECT,
        "environments/dev.yml": "engine: embedded\ndefaults: {kafka: {partitions: 3, config: {x.y: 2}}}\n",
        "models/a.yml": MODEL.format("a"),
        "models/fraud/b.yml": MODEL.format("b"),
        "models/fraud/deep/c.yml": MODEL.format("c")
        + "    owner: me\n    tags: [c]\n    kafka: {config: {x.y: 5}}\n",
        "models/frauds/d.yml": MODEL.format("d"),
    }
    project = sound(files, env="dev")
    a, b, c, d = (stream(project, name) for name in "abcd")
    assert (a.owner, b.owner, c.owner, d.owner) == ("team-models", "team-fraud", "me", "team-models")
    assert (a.kafka.partitions, b.kafka.partitions, c.kafka.partitions) == (3, 2, 2)
    assert a.kafka.retention_ms == c.kafka.retention_ms == 3 * 86_400_000
    assert dict(c.kafka.config) == {"max.message.bytes": "10", "x.y": "5"}
    assert dict(a.kafka.config)["x.y"] == "2"
    assert c.tags == ("c",) and a.tags == ("a", "b")
    assert a.cluster == "main" and a.format == "avro" and c.folder == "models/fraud/deep"


@pytest.mark.parametrize(
    ("kafka", "kept"),
    [
        ("{retention: 3 days}", 3 * 86_400_000),
        ("{retention: 3 days, config: {retention.ms: 1000}}", 1000),
        ("{config: {retention.ms: -1}}", None),
        ("{config: {retention.ms: soon}}", 7 * 86_400_000),
    ],
)
def test_a_topic_of_its_own_retention_keeps_its_records_so_long(kafka: str, kept: int | None) -> None:
    project = sound({"a.yml": MODEL.format("a") + f"    kafka: {kafka}\n"})
    assert stream(project, "a").kafka.retention_ms == kept


def test_limits_cap_and_say_so() -> None:
    files = {
        "environments/dev.yml": "engine: embedded\nlimits: {max_partitions: 3, replication_factor: 1}\n",
        "a.yml": MODEL.format("a") + "    kafka: {partitions: 12, replication_factor: 3}\n",
    }
    kafka = stream(sound(files, env="dev"), "a").kafka
    assert (kafka.partitions, kafka.replication_factor) == (3, 1)
    assert kafka.capped == ("partitions 12 → 3", "replication_factor 3 → 1")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("columns: [{name: id, data_type: string}]", Materialization.TOPIC),
        ("from: {source: orders}", Materialization.FLINK_STREAM),
        ("sql: 'SELECT id FROM {{ source(\"orders\") }}'", Materialization.FLINK_STREAM),
        ("from: {source: orders}\n    sink: {type: file}", Materialization.SINK),
        ("from: {source: orders}\n    config: {materialized: virtual_topic}", Materialization.VIRTUAL_TOPIC),
        ("from: [{source: orders}]\n    materialized: ephemeral", Materialization.EPHEMERAL),
    ],
)
def test_materialization_follows_from_what_is_said(said: str, meant: Materialization) -> None:
    project = sound({"a.yml": ORDERS, "b.yml": f"models:\n  - name: m\n    {said}\n"})
    assert stream(project, "m").materialized is meant


@pytest.mark.parametrize(
    "said",
    [
        "materialized: flink_stream",
        "materialized: topic\n    from: {source: orders}",
        "materialized: sink\n    from: {source: orders}",
        "materialized: flink_stream\n    from: {source: orders}\n    sink: {type: file}",
        "from: [{source: orders}, {source: others}]",
    ],
)
def test_what_does_not_fit_is_said_once(said: str) -> None:
    sources = ORDERS + "  - {name: others, columns: [{name: id, data_type: int}]}\n"
    found = lines({"a.yml": sources, "b.yml": f"models:\n  - name: m\n    {said}\n"})
    assert [line.split()[0] for line in found] == ["HGP073"]


def test_a_model_with_from_alone_serves_its_input_as_it_is() -> None:
    project = sound(
        {
            "a.yml": ORDERS,
            "b.yml": "models:\n  - {name: m, materialized: virtual_topic, from: {source: orders}}\n",
        }
    )
    sql = stream(project, "m").sql
    assert sql is not None and sql.rendered.text == "SELECT * FROM orders"
    span = sql.rendered.span(0, 5)
    assert project.texts["b.yml"][span.start : span.end] == "orders"


def test_names_in_sql_are_quoted_where_flink_would_not_take_them() -> None:
    source = "sources:\n  - {name: order, columns: [{name: id, data_type: int}]}\n"
    project = sound(
        {"a.yml": source, "b.yml": "models:\n  - {name: m, sql: 'SELECT id FROM {{ source(\"order\") }}'}\n"}
    )
    sql = stream(project, "m").sql
    assert sql is not None and sql.rendered.text == "SELECT id FROM `order`"
    assert project.relations["order"] == Address(Kind.SOURCE, "order")


def test_a_source_and_a_model_of_one_name_are_two_relations() -> None:
    text = ORDERS + "models:\n  - {name: orders, topic: x, sql: 'SELECT id FROM {{ source(\"orders\") }}'}\n"
    project = sound({"a.yml": text})
    assert project.relations == {
        "orders": Address(Kind.MODEL, "orders"),
        "orders_source": Address(Kind.SOURCE, "orders"),
    }


@pytest.mark.parametrize(
    ("keys", "key_format"),
    [
        ("key: a", "raw"), ("key: [a]", "raw"), ("key: [a, b]", "json"), ("key: [a, b]\n    format: avro", "avro"),
        ("key: r", "json"), ("key: a\n    key_format: avro", "avro"), ("description: x", ""),
    ],
)  # fmt: skip
def test_the_format_of_keys(keys: str, key_format: str) -> None:
    columns = (
        "columns: [{name: a, data_type: int}, {name: b, data_type: int}, {name: r, data_type: 'row<x int>'}]"
    )
    project = sound({"a.yml": f"models:\n  - name: m\n    {columns}\n    {keys}\n"})
    assert stream(project, "m").key_format == key_format


def test_topics_carry_variables_and_sinks_take_that_of_their_input() -> None:
    project = sound(
        {
            "headgate.yml": "name: shop\nvars: {area: eu}\n",
            "a.yml": """models:
  - {name: m, topic: '{{ var("area") }}.m', description: 'in {{ var("area") }}', columns: [{name: id, data_type: int}]}
  - {name: s, from: {model: m}, sink: {type: file}}
""",
        }
    )
    assert stream(project, "m").topic == stream(project, "s").topic == "eu.m"
    assert stream(project, "m").description == "in eu"


def test_a_contract_may_not_contradict_its_source() -> None:
    text = ORDERS.replace("    key: id\n", "    key: id\n    owner: team-a\n")
    contract = (
        "models:\n  - {name: orders, owner: team-b, key: amount, sink: null, flink: {parallelism: 2}}\n"
    )
    assert lines({"a.yml": text, "b.yml": contract}) == ["HGP058 b.yml:2", "HGP058 b.yml:2", "HGP073 b.yml:2"]


def test_a_contract_adds_to_its_source() -> None:
    contract = """models:
  - name: orders
    access: public
    security: {classification: {amount: confidential}}
    config: {contract: {enforced: true}}
    tests: [{unique_key: {key: id}}]
"""
    project = sound({"a.yml": ORDERS, "b.yml": contract})
    orders = stream(project, "orders", kind=Kind.SOURCE)
    assert orders.contract and orders.access.value == "public" and len(orders.columns) == 2
    assert orders.security.classification[0].place.file == "b.yml"
    assert [str(t.address) for t in project.tests.values()] == ["test.unique_key_orders"]


def test_both_ways_of_referring_find_a_contract_without_a_warning() -> None:
    text = (
        ORDERS
        + "models:\n  - {name: orders, access: public}\n  - {name: m, sql: 'SELECT id FROM {{ ref(\"orders\") }}'}\n"
    )
    assert lines({"a.yml": text}) == []


def test_an_object_without_cluster_uses_the_only_one() -> None:
    environment = "engine: live\nclusters: {main: {kafka: {bootstrap_servers: x}}}\n"
    project, found = load({"environments/prod.yml": environment, "a.yml": MODEL.format("a")}, env="prod")
    assert found == [] and stream(project, "a").cluster == "main" and project.environment.fail_closed
