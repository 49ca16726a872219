"""Flink jobs to try the provider on, as compiled ones are, and how a fake of Flink is reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.fakes.flink import FakeFlink
from headgate.ports import ClusterConnection, Connections
from headgate.providers.flink import FlinkJobs, open_provider
from headgate.providers.flink.starting import Patience
from headgate.resources import Resource, ResourceId
from headgate.resources.live import JOB

CLUSTER = "main"
COUNTED = "SELECT customer, COUNT(*) AS n FROM orders GROUP BY customer"
LARGE = "SELECT customer, COUNT(*) AS n FROM orders GROUP BY customer HAVING COUNT(*) > 1"
OTHERWISE = "SELECT customer, SUM(amount) AS n FROM orders GROUP BY customer"
PASSWORD = 'it\'s "secret"'

_SQL = """\
-- model.{name}: what a customer did; once

CREATE TABLE `orders` (
  `customer` STRING,
  `amount` BIGINT,
  `ts` TIMESTAMP(3),
  WATERMARK FOR `ts` AS `ts` - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = '{source}',
  'properties.bootstrap.servers' = '${{cluster.main.kafka.bootstrap_servers}}',
{login}  'properties.group.id' = '{name}',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'json'
);

CREATE TABLE `out` (
  `customer` STRING NOT NULL,
  `n` BIGINT,
  PRIMARY KEY (`customer`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = '{output}',
  'properties.bootstrap.servers' = '${{cluster.main.kafka.bootstrap_servers}}',
{login}  'key.format' = 'json',
  'value.format' = 'json'
);

INSERT INTO `out`
SELECT
  `customer`,
  `n`
FROM (
{query}
);
"""
_LOGIN = """\
  'properties.security.protocol' = 'SASL_PLAINTEXT',
  'properties.sasl.mechanism' = 'PLAIN',
  'properties.sasl.jaas.config' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.security.plain.\
PlainLoginModule required username="${cluster.main.identities.flink.username}" \
password="${cluster.main.identities.flink.password}";',
"""


def job(
    name: str,
    query: str = COUNTED,
    *,
    source: str = "orders",
    output: str = "out",
    login: bool = True,
    **fields: Any,
) -> Resource:
    """A job that counts what customers did, or answers another query about them."""
    logs_in = _LOGIN if login else ""
    said = {
        "cluster": CLUSTER,
        "sql": _SQL.format(name=name, query=query, source=source, output=output, login=logs_in),
        "settings": {
            "pipeline.name": name,
            "execution.runtime-mode": "streaming",
            "table.local-time-zone": "UTC",
            "table.exec.source.idle-timeout": "1 s",
            "table.exec.sink.require-on-conflict": "false",
            "table.exec.sink.upsert-materialize": "NONE",
            "execution.checkpointing.interval": "2 s",
        },
        "output": output,
        "upgrade": "savepoint",
        "running": True,
    }
    return Resource(
        id=ResourceId(JOB.name, f"{CLUSTER}/{name}"), fields={**said, **fields}, address=f"model.{name}"
    )


def jobs(prefix: str, *, changed: bool = False, **said: Any) -> list[Resource]:
    """Two jobs; as `changed`, each answers a little less."""
    return [job(f"{prefix}{name}", LARGE if changed else COUNTED, **said) for name in ("counted", "again")]


def connections(flink: Mapping[str, str], values: Mapping[str, str] | None = None) -> Connections:
    """A cluster of jobs, as an environment says it."""
    said = {
        "kafka.bootstrap_servers": "127.0.0.1:9092",
        "identities.flink.username": "jobs",
        "identities.flink.password": PASSWORD,
        **(values or {}),
    }
    return Connections(
        project="tried",
        environment="dev",
        clusters={CLUSTER: ClusterConnection(name=CLUSTER, flink=flink)},
        values={f"cluster.{CLUSTER}.{key}": value for key, value in said.items()},
        secrets=frozenset({said["identities.flink.password"]}),
    )


def fake_flink(flink: FakeFlink) -> FlinkJobs:
    """The provider on a fake, with little patience."""
    at = {"type": "sql_gateway", "url": flink.gateway.url, "jobmanager_url": flink.manager.url}
    patience = Patience(run=0.3, checkpoint=0.3, savepoint=0.3, answer=0.05, between=0.01, sleep=_shortly)
    return open_provider(connections(at), patience=patience)


def _shortly(seconds: float) -> None:
    """No fake needs time."""
