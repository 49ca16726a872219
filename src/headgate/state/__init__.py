"""What we own and last applied: formats, versions, upgrades."""

import importlib
from pathlib import Path

from headgate.ports import ClusterConnection
from headgate.state.audit import Audit, AuditEntry, AuditStep, FileAudit
from headgate.state.file import open_state
from headgate.state.formats import StateDamaged, StateTooNew, transactional_id
from headgate.state.holder import this_process
from headgate.state.records import resource_to_values, values_to_resource
from headgate.state.store import LoggedState

__all__ = [
    "Audit",
    "AuditEntry",
    "AuditStep",
    "FileAudit",
    "LoggedState",
    "StateDamaged",
    "StateTooNew",
    "open_state",
    "open_topic_audit",
    "open_topic_state",
    "resource_to_values",
    "this_process",
    "transactional_id",
    "values_to_resource",
]


def open_topic_state(
    connection: ClusterConnection, topic: str, *, project: str, environment: str, version: str, backups: Path
) -> LoggedState:
    """The state in a topic of a cluster; empty where there is no such topic, which reading does not make.

    StateTooNew or StateDamaged where it cannot be read, a Failure where the cluster cannot be. Kafka's client is loaded
    here and not before: a state in a file does without it.
    """
    opened: LoggedState = importlib.import_module("headgate.state.topic").open_topic_state(
        connection, topic, project=project, environment=environment, version=version, backups=backups
    )
    return opened


def open_topic_audit(connection: ClusterConnection, topic: str, *, project: str, environment: str) -> Audit:
    """The audit of an environment in a topic of a cluster, which nothing is asked of yet."""
    opened: Audit = importlib.import_module("headgate.state.audit_topic").open_topic_audit(
        connection, topic, project=project, environment=environment
    )
    return opened
