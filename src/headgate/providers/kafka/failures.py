"""What a broker or the client library says, as failures in one line: who may not do what, what is wrong, what is not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError

from headgate.ports import Failure, PermanentFailure, TemporaryFailure

_MAY_NOT = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    }
)
_PASSING = frozenset(
    {
        KafkaError._TIMED_OUT,
        KafkaError._TRANSPORT,
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._RESOLVE,
        KafkaError._WAIT_COORD,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.NOT_CONTROLLER,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.THROTTLING_QUOTA_EXCEEDED,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.REASSIGNMENT_IN_PROGRESS,
    }
)
_IN_WORDS = {
    KafkaError.POLICY_VIOLATION: "the cluster's policy forbids it: ",
    KafkaError.UNSUPPORTED_VERSION: "the cluster is too old for it: ",
    KafkaError._UNSUPPORTED_FEATURE: "the cluster is too old for it: ",
    KafkaError.SECURITY_DISABLED: "the cluster has no authorizer, so it has no ACLs: ",
    KafkaError.TOPIC_DELETION_DISABLED: "the cluster's `delete.topic.enable` is off: ",
}


class Denied(PermanentFailure):
    """Somebody has not the right to do it."""


class Absent(PermanentFailure):
    """There is no such thing."""


class Present(PermanentFailure):
    """It is there already."""


_SPECIAL = {
    KafkaError.UNKNOWN_TOPIC_OR_PART: Absent,
    KafkaError.RESOURCE_NOT_FOUND: Absent,
    KafkaError.GROUP_ID_NOT_FOUND: Absent,
    KafkaError.TOPIC_ALREADY_EXISTS: Present,
}


@dataclass(frozen=True, slots=True)
class Doing:
    """What is tried, for messages: `create topic `orders``, and the right it takes: `CREATE on topic `orders``."""

    what: str
    needs: str


def refused(user: str, doing: Doing) -> Denied:
    """That somebody has not the right to do it, and which it is."""
    return Denied(f"{user} may not {doing.what}: it needs {doing.needs}")


def failure_of(error: KafkaError, user: str, doing: Doing) -> Failure:
    """A broker's answer as a failure: whether it may pass, and what it means."""
    code = error.code()
    if code in _MAY_NOT:
        return refused(user, doing)
    text = f"could not {doing.what}: {_IN_WORDS.get(code, '')}{one_line(error.str())}"
    if code in _PASSING:
        return TemporaryFailure(text)
    return _SPECIAL.get(code, PermanentFailure)(text)


def one_line(text: Any) -> str:
    """The first line of a text, without its full stop."""
    lines = str(text or "no reason is given").strip().splitlines()
    return lines[0].rstrip(".") if lines else "no reason is given"
