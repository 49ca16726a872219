"""The Flink and the broker that tests of jobs run on: the local stack's, or those that a variable names.

`HEADGATE_TEST_FLINK` is `GATEWAY_URL JOBMANAGER_URL BOOTSTRAP_SERVERS`, of a Flink that somebody keeps for this, whose broker
asks for no login.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from contracts.flink_things import CLUSTER, connections, job
from headgate.local.connections import LocalStack
from headgate.local.connections import connections as stack_connections
from headgate.local.settings import Layout
from headgate.ports import Connections
from headgate.providers import flink
from headgate.providers.flink import FlinkJobs
from headgate.providers.flink.gateway import Gateway
from headgate.providers.flink.starting import Patience
from headgate.resources import Resource
from real.conftest import Stack

VARIABLE = "HEADGATE_TEST_FLINK"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlinkCluster:
    """A Flink with a broker, and who logs in to that."""

    gateway: str
    jobmanager: str
    kafka: str
    login: Mapping[str, str] = field(default_factory=dict)

    @property
    def connections(self) -> Connections:
        """It as an environment with one cluster."""
        at = {"type": "sql_gateway", "url": self.gateway, "jobmanager_url": self.jobmanager}
        user = {
            f"identities.flink.{k}": self.login[f"sasl.{k}"] for k in ("username", "password") if self.login
        }
        return connections(at, {"kafka.bootstrap_servers": self.kafka, **user})

    def opened(self, patience: Patience | None = None) -> FlinkJobs:
        """The provider on it."""
        return flink.open_provider(
            self.connections, patience=patience or Patience(run=60, checkpoint=30, moment=0.5)
        )

    def job(self, name: str, query: str, **said: Any) -> Resource:
        """A job on it."""
        return job(name, query, login=bool(self.login), **said)

    def make_topics(self, *names: str) -> None:
        """Empty topics of these names, one partition each, whatever was there."""
        admin = AdminClient({"bootstrap.servers": self.kafka, **self.login})
        gone = [n for n in names if n in admin.list_topics(timeout=10).topics]
        for future in admin.delete_topics(gone).values() if gone else ():
            future.result()
        until = time.monotonic() + 30
        while set(names) & set(admin.list_topics(timeout=10).topics):
            assert time.monotonic() < until, "a deleted topic stays"
            time.sleep(0.1)
        for future in admin.create_topics([NewTopic(n, 1, 1) for n in names]).values():
            future.result()

    def send(self, topic: str, rows: Iterable[Mapping[str, Any] | str]) -> None:
        """Records of rows as JSON, or of texts as they are."""
        producer = Producer({"bootstrap.servers": self.kafka, **self.login})
        for row in rows:
            producer.produce(topic, row if isinstance(row, str) else json.dumps(row))
        assert producer.flush(10) == 0

    def last_values(self, topic: str) -> dict[str, Any]:
        """The last row of each customer in a topic: `n` by `customer`."""
        config = {
            "bootstrap.servers": self.kafka,
            "group.id": "tests",
            "enable.partition.eof": True,
            **self.login,
        }
        found: dict[str, Any] = {}
        with closing(Consumer({**config, "enable.auto.commit": False})) as consumer:
            # Assigned, not subscribed: a group would be waited for by its coordinator.
            consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
            until = time.monotonic() + 20
            while time.monotonic() < until:
                message = consumer.poll(1)
                if message is None:
                    continue
                if message.error():
                    break
                key = json.loads(message.key())["customer"]
                found[key] = json.loads(message.value())["n"] if message.value() else None
        return found

    def await_values(self, topic: str, wanted: Mapping[str, Any]) -> None:
        """The last rows come to be these."""
        until = time.monotonic() + 60
        while (found := self.last_values(topic)) != wanted:
            assert time.monotonic() < until, f"{found} instead of {wanted}"
            time.sleep(0.2)

    def live(self, name: str) -> list[str]:
        """The ids of the jobs of a name that have not ended."""
        said = httpx.get(f"{self.jobmanager}/jobs/overview", trust_env=False).json()["jobs"]
        ended = ("FAILED", "CANCELED", "FINISHED")
        return [one["jid"] for one in said if one["name"] == name and one["state"] not in ended]


def cluster_of(stack: Stack) -> FlinkCluster:
    """The Flink and the broker of a local stack."""
    parts = stack_connections(Layout(stack.project / ".headgate" / "local"))
    assert isinstance(parts, LocalStack)
    login = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": parts.user,
        "sasl.password": parts.password,
    }
    return FlinkCluster(gateway=parts.gateway, jobmanager=parts.jobmanager, kafka=parts.kafka, login=login)


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> FlinkCluster:
    """The Flink that tests share; each keeps to names of its own."""
    said = os.environ.get(VARIABLE, "").split()
    if said:
        gateway, jobmanager, kafka = said
        return FlinkCluster(gateway=gateway, jobmanager=jobmanager, kafka=kafka)
    return cluster_of(request.getfixturevalue("stack"))


@pytest.fixture(scope="session")
def gateway(cluster: FlinkCluster) -> Iterator[Gateway]:
    """Its SQL Gateway."""
    with closing(cluster.opened()) as opened:
        yield opened.cluster(CLUSTER).gateway
