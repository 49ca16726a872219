"""Kinds of things on live systems: Kafka, the registry, Flink, Connect, a proxy, Console; what changing their fields costs.

Ranks are apply.md's order: topics and schemas (2), the proxy's protection and virtual topics (3), the jobs' own grants, jobs
and connectors (4), readers' and producers' grants and what Console tells of them (5).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from headgate.resources._model import Effect, ResourceKind
from headgate.resources.job_state import state_change
from headgate.schema.spelling import same_schema


def _partitions(old: Any, new: Any) -> Effect:
    """Kafka can add partitions and never take one away (Kafka docs, "Modifying topics")."""
    return Effect.UPDATE if (new or 0) >= (old or 0) else Effect.REPLACE


def _replication(old: Any, new: Any) -> Effect:
    """Partitions are reassigned while they are served (KIP-455); where it is said no more, it stays as it is."""
    return Effect.UPDATE if new is not None else Effect.IGNORE


def same_setting(one: str | None, other: str | None) -> bool:
    """Whether two spellings of a configuration's value mean the same to a broker: `compact, delete`, `TRUE`, `0.50`."""
    return one == other or (one is not None and other is not None and _setting(one) == _setting(other))


def _setting(value: str) -> object:
    words = [word.strip().lower() for word in str(value).split(",")]
    try:
        return [Decimal(word) for word in words]
    except InvalidOperation:
        return words


def _configured(old: Any, new: Any) -> Effect:
    return Effect.IGNORE if same_setting(old, new) else Effect.UPDATE


TOPIC = ResourceKind(
    name="topic",
    provider="kafka",
    rank=2,
    effects={
        "cluster": Effect.FORBIDDEN,
        "partitions": _partitions,
        "replication_factor": _replication,
        "config": _configured,
    },
    holds_data=True,
    keyed=frozenset({"config"}),
)
ACL = ResourceKind(name="acl", provider="kafka", rank=5, effects={}, gives_access=True, names="acl")
JOB_ACL = ResourceKind(name="job_acl", provider="kafka", rank=4, effects={}, gives_access=True, names="acl")


def acl_name(
    cluster: str, *, principal: str, operation: str, resource_type: str, name: str, pattern: str
) -> str:
    """The name of a binding that allows from any host: all it says, since nothing of an ACL can be changed."""
    what = f"{resource_type}:{name}" + ("*" if pattern == "prefixed" else "")
    return f"{cluster}/{principal}/{operation}/{what}"


def user_password(cluster: str, user: str) -> str:
    """The placeholder of a user's password."""
    return f"${{cluster.{cluster}.users.{user}.password}}"


OTHER_PASSWORD, UNKNOWN_PASSWORD = "(other)", "(unknown)"
"""Instead of a password that is not the declared one, and of one of which that cannot be found out."""


def _password(old: Any, new: Any) -> Effect:
    """Brokers show no password: that it is another is known where they refuse who logs in by the declared one."""
    return Effect.UPDATE if old == OTHER_PASSWORD else Effect.IGNORE


SCRAM_USER = ResourceKind(
    name="scram_user",
    provider="kafka",
    rank=2,
    effects={
        "cluster": Effect.FORBIDDEN,
        "mechanism": Effect.UPDATE,
        "iterations": Effect.UPDATE,
        "password": _password,
    },
)
QUOTA = ResourceKind(
    name="quota",
    provider="kafka",
    rank=2,
    effects={
        "cluster": Effect.FORBIDDEN,
        "user": Effect.FORBIDDEN,
        "producer_byte_rate": Effect.UPDATE,
        "consumer_byte_rate": Effect.UPDATE,
    },
)


def _schema(old: Any, new: Any) -> Effect:
    return Effect.IGNORE if same_schema(old, new) else Effect.UPDATE


SUBJECT = ResourceKind(
    name="subject",
    provider="schema_registry",
    rank=2,
    effects={
        "cluster": Effect.FORBIDDEN,
        "type": Effect.FORBIDDEN,
        "schema": _schema,
        "references": Effect.UPDATE,
        "compatibility": Effect.UPDATE,
    },
)


def _running(old: Any, new: Any) -> Effect:
    """What ended or failed is started again; what somebody paused stays so."""
    return Effect.IGNORE if old == "paused" else Effect.RESTART


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
        "running": _running,
        "state": state_change,
        "start": Effect.IGNORE,
    },
    facts=frozenset({"state"}),
)
CONNECTOR = ResourceKind(
    name="connector",
    provider="connect",
    rank=4,
    effects={
        "cluster": Effect.FORBIDDEN,
        "connect": Effect.FORBIDDEN,
        "config": Effect.RESTART,
        "running": _running,
    },
)
_DOCUMENT = {
    "cluster": Effect.FORBIDDEN,
    "kind": Effect.FORBIDDEN,
    "apiVersion": Effect.UPDATE,
    "metadata": Effect.FORBIDDEN,
    "spec": Effect.UPDATE,
}
GATEWAY = ResourceKind(
    name="gateway_resource",
    provider="conduktor",
    rank=3,
    # In which form its readers see what it is about: from that, and from nothing in it, follows who sees more or less.
    effects={**_DOCUMENT, "forms": Effect.IGNORE},
    remembered=frozenset({"forms"}),
)
GATEWAY_ACCOUNT = ResourceKind(name="gateway_account", provider="conduktor", rank=3, effects=_DOCUMENT)
# Others may put their own accounts into a group, so each that is in it is a thing of its own. Who leaves a group leaves its
# masks, so members go when protection does, and come when it does.
GATEWAY_MEMBER = ResourceKind(
    name="gateway_member", provider="conduktor", rank=3, effects={}, gives_access=True
)
GATEWAY_ACL = ResourceKind(name="gateway_acl", provider="conduktor", rank=5, effects={}, gives_access=True)
GATEWAY_JOB_ACL = ResourceKind(
    name="gateway_job_acl", provider="conduktor", rank=4, effects={}, gives_access=True
)


def _instance(old: Any, new: Any) -> Effect:
    """Console cannot move an application to another cluster, where it is a new one."""
    moved = isinstance(old, Mapping) and isinstance(new, Mapping) and old.get("cluster") != new.get("cluster")
    return Effect.REPLACE if moved else Effect.UPDATE


# What Console's people may do with a consumer group, and nothing that holds data: it goes first and unasked, or who is to
# have the group next could not.
CONSOLE_APPLICATION = ResourceKind(
    name="console_application", provider="console", rank=5, effects=_DOCUMENT, gives_access=True
)
CONSOLE_INSTANCE = ResourceKind(
    name="console_instance",
    provider="console",
    rank=5,
    effects={**_DOCUMENT, "spec": _instance},
    gives_access=True,
)
CONSOLE_ALERT = ResourceKind(
    name="console_alert", provider="console", rank=5, effects=_DOCUMENT, gives_access=True
)
KINDS = (
    TOPIC,
    ACL,
    JOB_ACL,
    SCRAM_USER,
    QUOTA,
    SUBJECT,
    JOB,
    CONNECTOR,
    GATEWAY,
    GATEWAY_ACCOUNT,
    GATEWAY_MEMBER,
    GATEWAY_ACL,
    GATEWAY_JOB_ACL,
    CONSOLE_APPLICATION,
    CONSOLE_INSTANCE,
    CONSOLE_ALERT,
)
