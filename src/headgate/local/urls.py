"""Where people and clients reach each part of a stack. Whoever asks only that loads none of the parts' own clients."""

from __future__ import annotations

from headgate.local.settings import Settings

_PATH = "/apis/ccompat/v7"
"""Where Apicurio speaks Confluent's API."""


def kafka(settings: Settings) -> str:
    """Where Kafka's clients begin."""
    return settings.address("kafka")


def registry(settings: Settings) -> str:
    """Where clients of Confluent's registry reach it."""
    return f"http://{settings.address('registry')}{_PATH}"


def connect(settings: Settings) -> str:
    """Where the REST API of Connect is."""
    return f"http://{settings.address('connect')}"


def jobmanager(settings: Settings) -> str:
    """Where the JobManager's REST API and its pages are."""
    return f"http://{settings.address('jobmanager')}"


def gateway(settings: Settings) -> str:
    """Where the SQL Gateway's REST API is."""
    return f"http://{settings.address('gateway')}"


def warehouse(settings: Settings) -> str:
    """PostgreSQL's address for JDBC."""
    return f"jdbc:postgresql://{settings.address('warehouse')}/postgres"
