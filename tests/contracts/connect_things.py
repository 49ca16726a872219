"""Connectors to try the provider on, as compiled ones are, and how a fake worker is reached."""

from __future__ import annotations

from contracts.fakes.connect_worker import FILE_SINK, FakeConnectWorker
from headgate.ports import ClusterConnection, Connections
from headgate.providers.connect.provider import Connectors, open_provider
from headgate.providers.connect.worker import Patience
from headgate.resources import Resource, ResourceId
from headgate.resources.live import CONNECTOR

CLUSTER = "main"
AT_ONCE = Patience(follow_s=5, settled_s=0.01, pause_s=0.005)
PASSWORD = "hunter2-of-connect"
STORE_PASSWORD = f"${{cluster.{CLUSTER}.identities.connect.password}}"


def connector(name: str, **config: str) -> Resource:
    settings = {key.replace("_", "."): value for key, value in config.items()}
    fields = {
        "cluster": CLUSTER,
        "connect": "main",
        "config": {
            "connector.class": FILE_SINK,
            "topics": f"{name}_topic",
            "key.converter": "org.apache.kafka.connect.storage.StringConverter",
            "value.converter": "org.apache.kafka.connect.storage.StringConverter",
            "tasks.max": "1",
            **settings,
        },
        "running": True,
    }
    return Resource(
        id=ResourceId(CONNECTOR.name, f"{CLUSTER}/main/{name}"), fields=fields, address=f"model.{name}"
    )


def connectors(prefix: str, *, changed: bool = False, file: str = "/dev/null") -> list[Resource]:
    """A plain connector, one with a secret, and one whose name is not what a path takes as it is."""
    more = {"errors_retry_timeout": "5000"} if changed else {}
    return [
        connector(f"{prefix}plain", file=file, **more),
        connector(
            f"{prefix}secret", file=file, consumer_override_ssl_truststore_password=STORE_PASSWORD, **more
        ),
        connector(f"{prefix}of orders:1", file=file, topics="orders", **more),
    ]


def fake_connect(worker: FakeConnectWorker) -> Connectors:
    return open_provider(connections(worker.url), patience=AT_ONCE)


def connections(url: str, password: str = PASSWORD) -> Connections:
    return Connections(
        project="shop",
        environment="dev",
        clusters={CLUSTER: ClusterConnection(name=CLUSTER, connect={"main": {"url": url}})},
        values={f"cluster.{CLUSTER}.identities.connect.password": password},
        secrets=frozenset({password}),
    )
