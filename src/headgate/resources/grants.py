"""What an account needs in Kafka: the rights, and the commands of Kafka's own tools that give them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID = "topic", "group", "cluster", "transactional_id"
LITERAL, PREFIXED = "literal", "prefixed"
KAFKA_CLUSTER = "kafka-cluster"
"""The one name that a cluster as a resource has."""
_VARIABLE = re.compile(r"\$[A-Z_0-9]+")
"""A variable of the shell, where nobody knows the value: it stays one."""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A right of an account, which is allowed one operation (Kafka's name for it) on a resource of a cluster."""

    principal: str
    resource: str
    name: str
    operation: str
    pattern: str = LITERAL


def reading(principal: str, topic: str) -> list[Grant]:
    """What it takes to read the state."""
    return [Grant(principal, TOPIC, topic, operation) for operation in ("Describe", "Read")]


def writing(principal: str, topic: str, transactional_id: str = "") -> list[Grant]:
    """What it takes to write the state, once its topic is there."""
    grants = [*reading(principal, topic), Grant(principal, TOPIC, topic, "Write")]
    grants.append(Grant(principal, TOPIC, topic, "DescribeConfigs"))
    if transactional_id:
        grants += [
            Grant(principal, TRANSACTIONAL_ID, transactional_id, operation)
            for operation in ("Describe", "Write")
        ]
    return grants


def topic_command(servers: str, topic: str, config: Mapping[str, str]) -> str:
    """The command that makes a topic of one partition."""
    settings = [word for key, value in config.items() for word in ("--config", f"{key}={value}")]
    return _words(
        [
            "kafka-topics.sh",
            "--bootstrap-server",
            servers,
            "--create",
            "--topic",
            topic,
            "--partitions",
            "1",
            *settings,
        ]
    )


def acl_commands(servers: str, grants: Iterable[Grant]) -> list[str]:
    """The commands that give rights, one for each resource of an account."""
    together: dict[tuple[str, str, str, str], list[str]] = {}
    for one in sorted(set(grants)):
        together.setdefault((one.principal, one.resource, one.name, one.pattern), []).append(one.operation)
    return [_acl_command(servers, *which, operations) for which, operations in together.items()]


def _acl_command(
    servers: str, principal: str, resource: str, name: str, pattern: str, operations: list[str]
) -> str:
    words = ["kafka-acls.sh", "--bootstrap-server", servers, "--add", "--allow-principal", principal]
    words += ["--cluster"] if resource == CLUSTER else [f"--{resource.replace('_', '-')}", name]
    words += ["--resource-pattern-type", pattern] if pattern != LITERAL else []
    return _words([*words, *(word for operation in operations for word in ("--operation", operation))])


def _words(words: list[str]) -> str:
    return " ".join(f'"{word}"' if _VARIABLE.fullmatch(word) else shlex.quote(word) for word in words)
