"""What other tools write, as files of theirs."""

from __future__ import annotations

import json

import yaml

from compiling import world
from headgate.compile.discovery import compile_project

FILES = {
    "headgate.yml": "name: shop\nclassification: {default: internal}\n",
    "streams.yml": """
roles: [{name: desk, principals: ["User:desk"]}]
models:
  - name: orders
    topic: Shop_Orders
    materialized: topic
    kafka: {partitions: 3, replication_factor: 2, config: {min.insync.replicas: "2"}}
    columns: [{name: id, data_type: string}]
  - {name: refunds, materialized: topic, columns: [{name: id, data_type: string}]}
exposures:
  - name: desk
    type: application
    consumes: ["ref('orders')"]
    principal: "User:desk"
    access: {allowed_roles: [desk]}
    quota: {consume: 1MB/s}
""",
}
SINK = {
    "sink.yml": """
models:
  - name: shelf
    materialized: sink
    from: {model: refunds}
    sink: {type: other, config: {connector.class: com.example.Shelf}}
"""
}
ENVIRONMENT = "default: true\nclusters: {main: {kafka: {bootstrap_servers: b}}}\n"


def files(managed: str, *targets: str) -> dict[str, str]:
    made = compile_project(
        world(
            {
                **FILES,
                **(SINK if "connect" in targets else {}),
                "environments/prod.yml": f"{ENVIRONMENT}managed_by: {managed}\n",
            }
        ),
        ["kafka", *targets],
    )
    return {a.path: a.text for a in made.artifacts if a.path.startswith("handed_over/")}


def test_strimzi_gets_topics_and_users_with_their_grants_and_quotas() -> None:
    ((path, text),) = files("{topics: strimzi, acls: strimzi, quotas: strimzi}").items()
    assert path == "handed_over/strimzi/main.yml"
    orders, refunds, user = yaml.safe_load_all(text)
    assert orders["kind"] == "KafkaTopic"
    assert orders["metadata"]["labels"] == {"strimzi.io/cluster": "main"}
    assert orders["metadata"]["name"].startswith("shop-orders-")
    assert orders["spec"] == {
        "topicName": "Shop_Orders",
        "partitions": 3,
        "replicas": 2,
        "config": {"cleanup.policy": "delete", "retention.ms": "604800000", "min.insync.replicas": "2"},
    }
    assert (refunds["metadata"]["name"], "replicas" in refunds["spec"]) == ("refunds", False)
    assert (user["kind"], user["metadata"]["name"]) == ("KafkaUser", "desk")
    assert user["spec"]["quotas"] == {"consumerByteRate": 1_000_000}
    assert user["spec"]["authorization"]["acls"] == [
        {
            "resource": {"type": "group", "name": "desk", "patternType": "prefix"},
            "operations": ["Read"],
            "host": "*",
        },
        {
            "resource": {"type": "topic", "name": "Shop_Orders", "patternType": "literal"},
            "operations": ["Describe", "Read"],
            "host": "*",
        },
    ]


def test_terraform_gets_a_resource_for_each() -> None:
    ((path, text),) = files("{topics: terraform, acls: terraform, quotas: terraform}").items()
    assert path == "handed_over/terraform/main.tf"
    assert text.count('resource "kafka_topic"') == 2
    assert text.count('resource "kafka_acl"') == 3
    assert text.count('resource "kafka_quota"') == 1
    assert '  replication_factor = 2\n  config = {\n    "cleanup.policy" = "delete"\n' in text
    assert '  acl_principal = "User:desk"\n' in text
    labels = [line for line in text.splitlines() if line.startswith("resource")]
    assert len(set(labels)) == len(labels)


def test_console_gets_topics_and_what_nobody_has_a_format_for_is_compared_only() -> None:
    ((path, text),) = files("{topics: console, acls: other, quotas: console}").items()
    assert path == "handed_over/console/main.yml"
    assert [(d["kind"], d["metadata"]["name"]) for d in yaml.safe_load_all(text)] == [
        ("Topic", "Shop_Orders"),
        ("Topic", "refunds"),
    ]
    assert files("{}") == {}


def test_console_gets_the_acls_of_a_principal_as_its_service_account() -> None:
    (text,) = files("{acls: console}").values()
    (account,) = yaml.safe_load_all(text)
    assert (account["apiVersion"], account["kind"]) == ("v1", "ServiceAccount")
    assert account["metadata"] == {"cluster": "main", "name": "desk"}
    assert account["spec"]["authorization"]["type"] == "KAFKA_ACL"
    for_all = {"host": "*", "permission": "Allow"}
    assert account["spec"]["authorization"]["acls"] == [
        {
            "type": "CONSUMER_GROUP",
            "patternType": "PREFIXED",
            "name": "desk",
            "operations": ["Read"],
            **for_all,
        },
        {
            "type": "TOPIC",
            "patternType": "LITERAL",
            "name": "Shop_Orders",
            "operations": ["Describe", "Read"],
            **for_all,
        },
    ]


def test_console_gets_subjects_and_connectors() -> None:
    (text,) = files("{subjects: console, connectors: console}", "schemas", "connect").values()
    found = {one["metadata"]["name"]: one for one in yaml.safe_load_all(text)}
    subject, connector = found["refunds-value"], found["shop.shelf"]
    assert (subject["kind"], subject["spec"]["format"]) == ("Subject", "JSON")
    assert "id" in json.loads(subject["spec"]["schema"])["properties"]
    assert (connector["kind"], connector["metadata"]["connectCluster"]) == ("Connector", "main")
    assert connector["spec"]["config"]["connector.class"] == "com.example.Shelf"
    assert all(isinstance(value, str) for value in connector["spec"]["config"].values())
