"""Clusters in memory to import from: the real providers over fakes, and lists of what a cluster might hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from contracts.fakes.kafka_cluster import FakeCluster, Group, Topic
from contracts.fakes.registry import FakeRegistry
from headgate.ports import Listing, LiveAcl, LiveSubject, LiveTopic, Provider
from headgate.providers.kafka.provider import Kafka
from headgate.providers.schema_registry.provider import SchemaRegistry
from headgate.workflows.importing.connecting import Reached
from headgate.workflows.systems import LiveSystems

MAIN = "main"
TYPES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "cluster": ResourceType.BROKER,
    "transactional_id": ResourceType.TRANSACTIONAL_ID,
}
REACHED = Reached(
    kafka={"bootstrap_servers": "broker.test:9092", "username": "looks"},
    registry_url="http://registry.test",
    connect_url="http://connect.test",
    secrets={"KAFKA_PASSWORD": "hunter2-of-import"},
)


def topic(name: str, **config: str) -> LiveTopic:
    settings = {key.replace("_", "."): value for key, value in config.items()}
    return LiveTopic(cluster=MAIN, name=name, partitions=3, replication_factor=1, config=settings)


def acl(
    who: str, operation: str, name: str, of: str = "topic", *, pattern: str = "literal", deny: bool = False
) -> LiveAcl:
    return LiveAcl(
        cluster=MAIN,
        principal=f"User:{who}",
        host="*",
        resource_type=of,
        name=name,
        pattern=pattern,
        operation=operation,
        permission="deny" if deny else "allow",
    )


def subject(
    name: str, schema: Any, type_: str = "AVRO", references: Iterable[Mapping[str, Any]] = ()
) -> LiveSubject:
    return LiveSubject(
        cluster=MAIN, name=name, version=1, type=type_, schema=schema, references=tuple(references)
    )


def record(*fields: tuple[str, Any], name: str = "R") -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": [{"name": n, "type": t} for n, t in fields]}


def play(monkeypatch: pytest.MonkeyPatch, kafka: FakeCluster, registry: FakeRegistry) -> None:
    """Every environment's brokers and registry are these."""

    def provider(self: LiveSystems, name: str) -> Provider:
        if name not in self._opened:
            self._opened[name] = (
                Kafka(self.connections, dial=kafka.dial)
                if name == "kafka"
                else SchemaRegistry(self.connections, transport=registry.transport)
            )
        return self._opened[name]

    monkeypatch.setattr(LiveSystems, "provider", provider)
    monkeypatch.setenv("KAFKA_PASSWORD", "hunter2-of-import")


def hold(kafka: FakeCluster, registry: FakeRegistry, listing: Listing) -> None:
    """The fakes hold what is listed."""
    for there in listing.topics:
        kafka.topics[there.name] = Topic(there.partitions, there.replication_factor, dict(there.config))
    kafka.acls |= {binding(one) for one in listing.acls}
    for group in listing.groups:
        kafka.groups[group.name] = Group(group.state, group.clients or ("client",), group.topics)
    for number, one in enumerate(listing.subjects):
        text = one.schema if isinstance(one.schema, str) else json.dumps(one.schema)
        said = {"subject": one.name, "version": 1, "id": number, "schema": text, "schemaType": one.type}
        registry.subjects[one.name] = [{**said, "references": [dict(r) for r in one.references]}]


def binding(one: LiveAcl) -> AclBinding:
    return AclBinding(
        TYPES[one.resource_type],
        one.name,
        ResourcePatternType[one.pattern.upper()],
        one.principal,
        one.host,
        AclOperation[one.operation],
        AclPermissionType[one.permission.upper()],
    )


def files(root: Path) -> dict[str, str]:
    """The declarations below a folder."""
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in sorted(root.rglob("*.yml"))
        if not any(part.startswith(".") for part in path.relative_to(root).parts)
    }
