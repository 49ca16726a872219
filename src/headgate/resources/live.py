"""Kinds of things on live systems: Kafka, the registry, Flink, Connect, a proxy; what changing their fields costs.

Ranks are apply.md's order: topics and schemas (2), the proxy's protection and virtual topics (3), the jobs' own grants, jobs
and connectors (4), readers' and producers' grants (5).
"""

from __future__ import annotations

from typing import Any

from headgate.resources._model import Effect, ResourceKind


def _partitions(old: Any, new: Any) -> Effect:
    """Kafka can add partitions and never take one away (Kafka docs, "Modifying topics")."""
    return Effect.UPDATE if (new or 0) >= (old or 0) else Effect.REPLACE


TOPIC = ResourceKind(
    name="topic",
    provider="kafka",
    rank=2,
    effects={
        "cluster": Effect.FORBIDDEN,
        "partitions": _partitions,
        "replication_factor": Effect.UPDATE,
        "config": Effect.UPDATE,
    },
    holds_data=True,
)
ACL = ResourceKind(name="acl", provider="kafka", rank=5, effects={}, gives_access=True)
JOB_ACL = ResourceKind(name="job_acl", provider="kafka", rank=4, effects={}, gives_access=True)
SUBJECT = ResourceKind(
    name="subject",
    provider="schema_registry",
    rank=2,
    effects={
        "cluster": Effect.FORBIDDEN,
        "type": Effect.FORBIDDEN,
        "schema": Effect.UPDATE,
        "compatibility": Effect.UPDATE,
    },
)
JOB = ResourceKind(
    name="flink_job",
    provider="flink",
    rank=4,
    effects={
        "cluster": Effect.FORBIDDEN,
        "sql": Effect.RESTART,
        "settings": Effect.RESTART,
        "output": Effect.REPLACE,
        "upgrade": Effect.IGNORE,
    },
)
CONNECTOR = ResourceKind(
    name="connector",
    provider="connect",
    rank=4,
    effects={"cluster": Effect.FORBIDDEN, "connect": Effect.FORBIDDEN, "config": Effect.RESTART},
)
_DOCUMENT = {
    "cluster": Effect.FORBIDDEN,
    "kind": Effect.FORBIDDEN,
    "apiVersion": Effect.UPDATE,
    "metadata": Effect.FORBIDDEN,
    "spec": Effect.UPDATE,
}
GATEWAY = ResourceKind(name="gateway_resource", provider="conduktor", rank=3, effects=_DOCUMENT)
GATEWAY_GROUP = ResourceKind(name="gateway_group", provider="conduktor", rank=3, effects=_DOCUMENT)
GATEWAY_ACL = ResourceKind(name="gateway_acl", provider="conduktor", rank=5, effects={}, gives_access=True)
GATEWAY_JOB_ACL = ResourceKind(
    name="gateway_job_acl", provider="conduktor", rank=4, effects={}, gives_access=True
)
KINDS = (
    TOPIC,
    ACL,
    JOB_ACL,
    SUBJECT,
    JOB,
    CONNECTOR,
    GATEWAY,
    GATEWAY_GROUP,
    GATEWAY_ACL,
    GATEWAY_JOB_ACL,
)
