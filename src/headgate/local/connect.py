"""Kafka Connect: one distributed worker with Debezium's JDBC sink, the file sink and the registry's converter."""

from __future__ import annotations

from headgate.local import urls
from headgate.local.kafka import login
from headgate.local.part import Files, Part, Start, properties
from headgate.local.probes import answer
from headgate.local.settings import HOST


def _command(start: Start) -> list[str]:
    return [
        *start.jvm("connect", heap="384m"), "-cp", f"{start.artifacts}/kafka/*",
        "org.apache.kafka.connect.cli.ConnectDistributed", str(start.layout.conf / "connect.properties"),
    ]  # fmt: skip


def _files(start: Start) -> Files:
    settings = start.settings
    security = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": f"{login(settings)};",
    }
    clients = ("", "producer.", "consumer.", "admin.")
    worker = {
        "bootstrap.servers": settings.address("kafka"),
        "group.id": "headgate-local-connect",
        "listeners": f"http://{settings.address('connect')}",
        "rest.advertised.host.name": HOST,
        "rest.advertised.port": str(settings.ports["connect"]),
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
        "config.storage.topic": "_connect-configs",
        "offset.storage.topic": "_connect-offsets",
        "status.storage.topic": "_connect-status",
        "config.storage.replication.factor": "1",
        "offset.storage.replication.factor": "1",
        "offset.storage.partitions": "1",
        "status.storage.replication.factor": "1",
        "status.storage.partitions": "1",
        "offset.flush.interval.ms": "2000",
        "scheduled.rebalance.max.delay.ms": "0",
        "heartbeat.interval.ms": "1000",
        "session.timeout.ms": "10000",
        "plugin.path": str(start.artifacts / "plugins"),
        "plugin.discovery": "service_load",
        "connector.client.config.override.policy": "All",
        "consumer.auto.offset.reset": "earliest",
        "consumer.metadata.max.age.ms": "5000",
        **{f"{client}{key}": value for client in clients for key, value in security.items()},
    }
    return {start.layout.conf / "connect.properties": properties(worker)}


PART = Part(
    name="connect",
    ports=("connect",),
    command=_command,
    answers=lambda settings: answer(f"{urls.connect(settings)}/health") is not None,
    url=urls.connect,
    files=_files,
    after=("kafka",),
)
