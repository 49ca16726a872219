"""Accounts of a stack's broker with exactly the rights that they are given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from headgate.local.connections import LocalStack, connections
from headgate.local.settings import Layout
from headgate.ports import ClusterConnection
from headgate.resources.grants import Grant

PASSWORD = "of-a-test"


def local_stack(project: Path) -> LocalStack:
    """How the stack of a project folder is reached."""
    found = connections(Layout(project.resolve() / ".headgate" / "local"))
    assert found is not None
    return found


def connection(stack: LocalStack, user: str = "") -> ClusterConnection:
    """The stack's cluster, as its administrator or as an account that `account` made."""
    kafka = {"bootstrap_servers": stack.kafka, "security_protocol": "SASL_PLAINTEXT"}
    if user:
        who = {"sasl_mechanism": "SCRAM-SHA-256", "username": user, "password": PASSWORD}
    else:
        who = {"sasl_mechanism": "PLAIN", "username": stack.user, "password": stack.password}
    return ClusterConnection(name="dev", kafka={**kafka, **who})


def admin(stack: LocalStack) -> AdminClient:
    """The administration of the stack's broker."""
    return AdminClient(
        {
            "bootstrap.servers": stack.kafka,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.username": stack.user,
            "sasl.password": stack.password,
        }
    )


def account(stack: LocalStack, user: str, grants: Iterable[Grant] = ()) -> None:
    """An account with these rights, which are seen by the broker when this returns."""
    client = admin(stack)
    mechanism = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096)
    upserted = client.alter_user_scram_credentials(
        [UserScramCredentialUpsertion(user, mechanism, PASSWORD.encode())]
    )
    upserted[user].result(10)
    bindings = [binding(grant) for grant in grants]
    for made in client.create_acls(bindings).values() if bindings else ():
        made.result(10)


def create_topic(stack: LocalStack, topic: NewTopic) -> None:
    """There is such a topic."""
    client = admin(stack)  # a future of a client that is let go never ends
    client.create_topics([topic])[topic.topic].result(10)


def binding(grant: Grant) -> AclBinding:
    """A right as the client spells it."""
    resource: dict[str, Any] = {
        "topic": ResourceType.TOPIC,
        "group": ResourceType.GROUP,
        "cluster": ResourceType.BROKER,
        "transactional_id": ResourceType.TRANSACTIONAL_ID,
    }
    operation = "".join(f"_{c}" if c.isupper() else c for c in grant.operation).lstrip("_").upper()
    return AclBinding(
        resource[grant.resource],
        grant.name,
        ResourcePatternType[grant.pattern.upper()],
        grant.principal,
        "*",
        AclOperation[operation],
        AclPermissionType.ALLOW,
    )
