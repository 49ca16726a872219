"""The broker: one node of KRaft, with SASL on every listener and ACLs that let nobody in but the administrator."""

from __future__ import annotations

import subprocess
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from headgate.local import urls
from headgate.local.part import Files, Part, Start, properties
from headgate.local.probes import listening
from headgate.local.processes import bound_to_us
from headgate.local.refusal import Refused
from headgate.local.settings import ADMIN, Settings

FORMAT = "format"
"""The step before the broker, a process of its own that ends by itself."""
_SECONDS = 90.0


def _command(start: Start) -> list[str]:
    return [
        *start.jvm("kafka"), "-cp", f"{start.artifacts}/kafka/*", "kafka.Kafka",
        str(start.layout.conf / "server.properties"),
    ]  # fmt: skip


def _ready(start: Start) -> None:
    """The broker's folder is formatted; one that is stays as it is."""
    formatted = start.layout.data / "kafka.formatted"
    if formatted.exists():
        return
    done = subprocess.run(
        format_command(start),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise Refused(
            f"The broker's folder could not be made ready:\n{done.stdout.decode(errors='replace')[-1000:]}"
        )
    formatted.touch()


def format_command(start: Start) -> list[str]:
    """Makes the broker's folder ready."""
    return [
        *bound_to_us(), *start.jvm(FORMAT), "-cp", f"{start.artifacts}/kafka/*", "kafka.tools.StorageTool", "format",
        f"--cluster-id={start.settings.cluster}",  # joined: one in 64 ids begins with "-"
        "-c", str(start.layout.conf / "server.properties"), "--standalone",
        "--ignore-formatted",
    ]  # fmt: skip


def _answers(settings: Settings) -> bool:
    if not listening(settings.ports["kafka"]):
        return False
    client: dict[str, Any] = {
        "bootstrap.servers": settings.address("kafka"),
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": ADMIN,
        "sasl.password": settings.password,
        "error_cb": lambda _: None,
        "log_level": 0,
    }
    admin = AdminClient(client)
    try:
        admin.list_topics(timeout=2)
    except KafkaException:
        return False
    return True


def _files(start: Start) -> Files:
    settings, layout = start.settings, start.layout
    client, controller = settings.address("kafka"), settings.address("controller")
    listeners = f"CLIENT://{client},CONTROLLER://{controller}"
    plain = f'{login(settings)} user_{ADMIN}="{settings.password}";'
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    server = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.bootstrap.servers": controller,
        "listeners": listeners,
        "advertised.listeners": listeners,
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": plain,
        "listener.name.client.plain.sasl.jaas.config": plain,
        "listener.name.client.scram-sha-256.sasl.jaas.config": scram,
        "listener.name.client.scram-sha-512.sasl.jaas.config": scram,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMIN}",
        "allow.everyone.if.no.acl.found": "false",
        "log.dirs": str(layout.data / "kafka"),
        "auto.create.topics.enable": "false",
        "default.replication.factor": "1",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "2",
        "group.initial.rebalance.delay.ms": "0",
        "num.network.threads": "2",
        "num.io.threads": "2",
        "background.threads": "2",
        "log.cleaner.dedupe.buffer.size": "4194304",
        "log.segment.bytes": "67108864",
    }
    admin = {
        "bootstrap.servers": client,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": f"{login(settings)};",
    }
    return {
        layout.conf / "server.properties": properties(server),
        layout.folder / "client.properties": properties(admin),
    }


def login(settings: Settings) -> str:
    """How Java clients log in as the administrator."""
    module = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    return f'{module} username="{ADMIN}" password="{settings.password}"'


PART = Part(
    name="kafka",
    ports=("kafka", "controller"),
    command=_command,
    answers=_answers,
    url=urls.kafka,
    files=_files,
    ready=_ready,
)
