"""What other tools write, as files of theirs."""

from __future__ import annotations

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
ENVIRONMENT = "default: true\nclusters: {main: {kafka: {bootstrap_servers: b}}}\n"


def files(managed: str) -> dict[str, str]:
    made = compile_project(
        world({**FILES, "environments/prod.yml": f"{ENVIRONMENT}managed_by: {managed}\n"}), ["kafka"]
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
