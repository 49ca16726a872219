"""Things of Kafka clusters and registries to try providers on, as compiled ones are, and how a fake of each is reached."""

from __future__ import annotations

from typing import Any

from contracts.fakes.kafka_cluster import FakeCluster
from contracts.fakes.registry import FakeRegistry
from headgate.ports import ClusterConnection, Connections
from headgate.providers.kafka import Kafka
from headgate.providers.schema_registry import SchemaRegistry
from headgate.resources import Resource, ResourceId, ResourceKind
from headgate.resources.live import ACL, JOB_ACL, QUOTA, SCRAM_USER, SUBJECT, TOPIC, acl_name, user_password
from headgate.schema import json_schema
from headgate.schema.types import DataType

CLUSTER = "main"
PRINCIPAL = f"${{cluster.{CLUSTER}.identities.flink.principal}}"


def topic(name: str, partitions: int = 1, **config: str) -> Resource:
    fields = {
        "cluster": CLUSTER,
        "partitions": partitions,
        "replication_factor": 1,
        "config": {key.replace("_", "."): value for key, value in config.items()},
    }
    return Resource(id=ResourceId(TOPIC.name, f"{CLUSTER}/{name}"), fields=fields, address=f"model.{name}")


def binding(kind: ResourceKind, principal: str, type_: str, name: str, operation: str, pattern: str = "literal") -> Resource:  # fmt: skip
    said = {
        "principal": principal,
        "resource_type": type_,
        "name": name,
        "pattern": pattern,
        "operation": operation,
    }
    fields = {"cluster": CLUSTER, "host": "*", "permission": "allow", **said}
    return Resource(
        id=ResourceId(kind.name, acl_name(CLUSTER, **said)), fields=fields, address=f"model.{name}"
    )


def user(name: str, iterations: int = 4096) -> Resource:
    fields = {
        "cluster": CLUSTER,
        "mechanism": "SCRAM-SHA-512",
        "iterations": iterations,
        "password": user_password(CLUSTER, name),
    }
    return Resource(id=ResourceId(SCRAM_USER.name, f"{CLUSTER}/{name}"), fields=fields)


def quota(name: str, **rates: int) -> Resource:
    fields = {"cluster": CLUSTER, "user": name, **rates}
    return Resource(id=ResourceId(QUOTA.name, f"{CLUSTER}/{name}"), fields=fields)


def kafka_things(prefix: str, *, changed: bool = False) -> list[Resource]:
    """A topic, users and what they may do; as `changed`, each that can be has another value."""
    rates, config = {"producer_byte_rate": 1_000_000}, {"cleanup_policy": "delete"}
    if changed:
        rates = {"producer_byte_rate": 2_000_000, "consumer_byte_rate": 3_000_000}
        config = {"cleanup_policy": "compact", "retention_ms": "60000"}
    return [
        topic(f"{prefix}orders", 3 if changed else 2, **config),
        topic(f"{prefix}other", cleanup_policy="compact" if changed else "delete"),
        user(f"{prefix}clerk", 8192 if changed else 4096),
        quota(f"{prefix}clerk", **rates),
        binding(JOB_ACL, PRINCIPAL, "topic", f"{prefix}orders", "READ"),
        binding(ACL, f"User:{prefix}clerk", "topic", f"{prefix}orders", "READ"),
        binding(ACL, f"User:{prefix}clerk", "group", f"{prefix}app", "READ", "prefixed"),
    ]


def subject(name: str, schema: Any, *, type_: str = "AVRO", level: str = "BACKWARD") -> Resource:
    fields = {"cluster": CLUSTER, "type": type_, "schema": schema, "compatibility": level}
    return Resource(id=ResourceId(SUBJECT.name, f"{CLUSTER}/{name}"), fields=fields, address=f"model.{name}")


def record(*fields: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    said: list[dict[str, Any]] = [{"name": name, "type": "string"} for name in fields]
    said += [{"name": name, "type": ["null", "string"], "default": None} for name in optional]
    return {"type": "record", "name": "Order", "namespace": "shop", "fields": said}


def document(*fields: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in fields}}


def subjects(prefix: str, *, changed: bool = False) -> list[Resource]:
    """Subjects of two types; as `changed`, one of each has a new version and another one another level."""
    more = ("note",) if changed else ()
    columns = [("id", DataType("STRING", nullable=False)), *((name, DataType("STRING")) for name in more)]
    return [
        subject(f"{prefix}orders-value", record("id", optional=more)),
        subject(f"{prefix}a/b c", document("id"), type_="JSON", level="FULL" if changed else "BACKWARD"),
        subject(f"{prefix}papers-value", json_schema.record("papers", columns), type_="JSON"),
    ]


def connections(**parts: Any) -> Connections:
    """An environment with one cluster, where a password is known for everybody that these things name."""
    names = [f"{prefix}clerk" for prefix in ("a_", "b_")]
    return Connections(
        project="shop",
        environment="dev",
        clusters={CLUSTER: ClusterConnection(name=CLUSTER, **parts)},
        values={
            f"cluster.{CLUSTER}.identities.flink.principal": "User:a/flink",
            **{f"cluster.{CLUSTER}.users.{name}.password": f"hush-{name}" for name in names},
        },
        secrets=frozenset({f"hush-{name}" for name in names}),
    )


def fake_kafka(cluster: FakeCluster) -> Kafka:
    kafka = {"bootstrap_servers": "kafka.test:9092", "username": "me", "password": "hush"}
    return Kafka(connections(kafka=kafka), cluster.dial, cluster.dial_wire)


def fake_registry(registry: FakeRegistry) -> SchemaRegistry:
    return SchemaRegistry(connections(schema_registry={"url": registry.url}), registry.transport)
