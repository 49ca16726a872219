"""What the stack is made of: its parts, where each listens, its files and its command line. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PARTS = ("kafka", "registry")
PORTS = ("kafka", "controller", "registry")
PORTS_OF: Mapping[str, tuple[str, ...]] = {"kafka": ("kafka", "controller"), "registry": ("registry",)}
FORMAT = "format"
"""The step before the broker, a process of its own that ends by itself."""
ADMIN = "admin"
REGISTRY_PATH = "/apis/ccompat/v7"
"""Where Apicurio speaks Confluent's API."""

_LIGHT = (
    "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:CICompilerCount=1", "-Xss512k",
    "-XX:ReservedCodeCacheSize=64m", "-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true",
    "-Xms64m", "-Xmx256m",
)  # fmt: skip

_LOG4J = """\
status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c{1} %m%n
rootLogger.level=info
rootLogger.appenderRef.out.ref=out
logger.cfg.name=org.apache.kafka.common.config
logger.cfg.level=warn
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is chosen once for a stack and remembered with its data."""

    ports: Mapping[str, int]
    cluster: str
    password: str

    def as_json(self) -> str:
        """The settings as they are kept."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """The settings that were kept."""
        return cls(**json.loads(text))


def new_settings(free: Sequence[int]) -> Settings:
    """Settings with a cluster id and a password of their own, on the given free ports."""
    return Settings(
        ports=dict(zip(PORTS, free, strict=True)),
        cluster=base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode(),
        password=secrets.token_hex(16),
    )


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a project's stack keeps its files: all below one folder, which only `wipe` removes."""

    folder: Path

    @property
    def settings(self) -> Path:
        return self.folder / "settings.json"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def conf(self) -> Path:
        return self.folder / "conf"

    def log(self, part: str) -> Path:
        """What a part printed, over all its starts."""
        return self.folder / "logs" / f"{part}.log"

    def mark(self, part: str) -> str:
        """The word on a process's command line that says it is this folder's, and which part it is.

        It follows from the folder alone, so that processes are found again when every file here is gone.
        """
        return f"-Dheadgate.local={hashlib.sha256(str(self.folder).encode()).hexdigest()[:32]}/{part}"


def files(settings: Settings, layout: Layout) -> Mapping[Path, str]:
    """Every file that the parts read, and the one that Kafka's clients do."""
    return {
        layout.conf / "server.properties": _server(settings, layout),
        layout.conf / "log4j2.properties": _LOG4J,
        layout.folder / "client.properties": _client(settings),
    }


def urls(settings: Settings) -> Mapping[str, str]:
    """Where each part answers."""
    return {
        "kafka": f"127.0.0.1:{settings.ports['kafka']}",
        "registry": f"http://127.0.0.1:{settings.ports['registry']}{REGISTRY_PATH}",
    }


def format_command(java: str, artifacts: Path, settings: Settings, layout: Layout) -> list[str]:
    """Makes the broker's folder ready; does nothing to one that is."""
    return [
        java, layout.mark(FORMAT), *_LIGHT, "-cp", f"{artifacts}/kafka/*", "kafka.tools.StorageTool", "format", "-t", settings.cluster,
        "-c", str(layout.conf / "server.properties"), "--standalone", "--ignore-formatted",
    ]  # fmt: skip


def command(part: str, java: str, artifacts: Path, settings: Settings, layout: Layout) -> list[str]:
    """What a part is started with."""
    begun = [java, layout.mark(part), *_LIGHT]
    if part == "kafka":
        return [
            *begun, "-cp", f"{artifacts}/kafka/*", f"-Dlog4j2.configurationFile={layout.conf / 'log4j2.properties'}",
            "kafka.Kafka", str(layout.conf / "server.properties"),
        ]  # fmt: skip
    (jar,) = (artifacts / "registry").glob("apicurio-registry-app-*-runner.jar")
    return [
        *begun, "-Dquarkus.http.host=127.0.0.1", f"-Dquarkus.http.port={settings.ports['registry']}",
        "-Dquarkus.log.level=WARN", f"-Dquarkus.datasource.jdbc.url=jdbc:h2:file:{layout.data / 'registry'}",
        "-jar", str(jar),
    ]  # fmt: skip


def _server(settings: Settings, layout: Layout) -> str:
    client, controller = (f"127.0.0.1:{settings.ports[name]}" for name in ("kafka", "controller"))
    listeners = f"CLIENT://{client},CONTROLLER://{controller}"
    plain = f'{_plain(settings)} user_{ADMIN}="{settings.password}";'
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    lines = {
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
    return "".join(f"{key}={value}\n" for key, value in lines.items())


def _client(settings: Settings) -> str:
    return (
        f"bootstrap.servers={urls(settings)['kafka']}\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
        f"sasl.jaas.config={_plain(settings)};\n"
    )


def _plain(settings: Settings) -> str:
    module = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    return f'{module} username="{ADMIN}" password="{settings.password}"'
