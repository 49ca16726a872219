"""The providers that must keep the contract, and things of each kind to try them on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from back_half import JOB, TOPIC, VIEW, Memory, thing
from contracts.conduktor_things import fake_gateway, gateway_things, given_gateway
from contracts.connect_things import connectors, fake_connect
from contracts.console_things import console_things, fake_console, given_console
from contracts.fakes.connect_worker import FakeConnectWorker
from contracts.fakes.console import FakeConduktorConsole
from contracts.fakes.flink import FakeFlink
from contracts.fakes.gateway import FakeConduktorGateway
from contracts.fakes.kafka_cluster import FakeCluster
from contracts.fakes.registry import FakeRegistry
from contracts.flink_things import fake_flink, jobs
from contracts.kafka_things import fake_kafka, fake_registry, kafka_things, subjects
from headgate.ports import Provider
from headgate.providers import conduktor, connect, console, flink, kafka, schema_registry
from headgate.providers.embedded import open_engine
from headgate.resources import Resource, ResourceKind, embedded


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderTest:
    """A provider: opened anew on what a folder holds, with things in the order of their making and each as changed."""

    name: str
    kinds: Sequence[ResourceKind]
    opened: Callable[[Path], Provider]
    things: Callable[[str], list[Resource]]
    """Things whose names begin with a prefix: what a project would make."""
    changed: Callable[[str], list[Resource]]
    """The same things, each with another value in a field that may change; of a kind that has none, the same."""
    nothing: str = "a_nothing"
    """What a thing that is not there is called."""


_COLUMNS = [["id", "STRING NOT NULL"], ["amount", "BIGINT"]]


def _embedded(columns: list[list[str]], condition: str, prefix: str) -> list[Resource]:
    hidden = "__seq, __wm, __timestamp, __op"
    names = ", ".join(f'"{name}"' for name, _ in columns)
    stream = {"columns": columns, "mode": "append", "key": [], "event_time": "", "delay_ms": 0}
    orders = thing(embedded.TABLE, f"{prefix}orders", **stream)
    last = thing(embedded.TABLE, f"{prefix}last", **{**stream, "mode": "upsert", "key": ["id"]})
    large = thing(
        embedded.VIEW,
        f"{prefix}large",
        orders.id,
        **stream,
        sql=f'SELECT {names}, {hidden} FROM "{prefix}orders" WHERE {condition}',
        history_sql="",
        input=f"{prefix}orders",
    )
    query = thing(
        embedded.QUERY, f"{prefix}last", large.id, sql=f"SELECT {condition}", inputs=[f"{prefix}large"],
        output=f"{prefix}last",
    )  # fmt: skip
    sink = thing(
        embedded.SINK, f"{prefix}sink", large.id, input=f"{prefix}large", columns=columns, key=["id"]
    )
    return [orders, last, large, query, sink]


def _memory(size: int, prefix: str) -> list[Resource]:
    topic = thing(TOPIC, f"{prefix}t", size=size)
    view = thing(VIEW, f"{prefix}v", topic.id, sql=f"select {size}")
    return [topic, view, thing(JOB, f"{prefix}j", view.id, sql=f"insert {size}", output="o")]


_MEMORIES: dict[Path, Memory] = {}


def kafka_under_test(name: str, opened: Callable[[Path], Provider]) -> UnderTest:
    """Kafka clusters, a fake or a real one."""
    return UnderTest(
        name=name,
        kinds=kafka.KINDS,
        opened=opened,
        things=kafka_things,
        changed=lambda prefix: kafka_things(prefix, changed=True),
        nothing="main/a_nothing",
    )


def registry_under_test(name: str, opened: Callable[[Path], Provider]) -> UnderTest:
    """Schema registries, fakes or a real one."""
    return UnderTest(
        name=name,
        kinds=schema_registry.KINDS,
        opened=opened,
        things=subjects,
        changed=lambda prefix: subjects(prefix, changed=True),
        nothing="main/a_nothing",
    )


def connect_under_test(name: str, opened: Callable[[Path], Provider]) -> UnderTest:
    """Groups of Connect workers, a fake or a real one."""
    return UnderTest(
        name=name,
        kinds=connect.KINDS,
        opened=opened,
        things=connectors,
        changed=lambda prefix: connectors(prefix, changed=True),
        nothing="main/main/a_nothing",
    )


def gateway_under_test(name: str, opened: Callable[[Path], Provider]) -> UnderTest:
    """Conduktor Gateways, a fake or one that somebody gives."""
    return UnderTest(
        name=name,
        kinds=conduktor.KINDS,
        opened=opened,
        things=gateway_things,
        changed=lambda prefix: gateway_things(prefix, changed=True),
        nothing="main/Interceptor/a_nothing",
    )


def console_under_test(name: str, opened: Callable[[Path], Provider]) -> UnderTest:
    """Conduktor Consoles, a fake or one that somebody gives."""
    return UnderTest(
        name=name,
        kinds=console.KINDS,
        opened=opened,
        things=console_things,
        changed=lambda prefix: console_things(prefix, changed=True),
        nothing="main/a_nothing",
    )


def _given(given: Callable[[bool], Provider], folder: Path) -> Provider:
    fresh = folder not in _GIVEN
    _GIVEN.add(folder)
    return given(fresh)


def flink_under_test(name: str, opened: Callable[[Path], Provider], **said: Any) -> UnderTest:
    """Jobs on a Flink, a fake or a real one."""
    return UnderTest(
        name=name,
        kinds=flink.KINDS,
        opened=opened,
        things=lambda prefix: jobs(prefix, **said),
        changed=lambda prefix: jobs(prefix, changed=True, **said),
        nothing="main/a_nothing",
    )


_CLUSTERS: dict[Path, FakeCluster] = defaultdict(FakeCluster)
_CONFLUENT: dict[Path, FakeRegistry] = defaultdict(FakeRegistry)
_APICURIO: dict[Path, FakeRegistry] = defaultdict(lambda: FakeRegistry(apicurio=True))
_GATEWAYS: dict[Path, FakeConduktorGateway] = defaultdict(FakeConduktorGateway)
_GIVEN: set[Path] = set()
_CONSOLES: dict[Path, FakeConduktorConsole] = defaultdict(FakeConduktorConsole)
_WORKERS: dict[Path, FakeConnectWorker] = defaultdict(FakeConnectWorker)
_FLINKS: dict[Path, FakeFlink] = defaultdict(FakeFlink)

PROVIDERS = (
    UnderTest(
        name="embedded",
        kinds=embedded.KINDS,
        opened=lambda folder: open_engine(folder, command="a test"),
        things=lambda prefix: _embedded(_COLUMNS, "amount > 1", prefix),
        changed=lambda prefix: _embedded([*_COLUMNS, ["at", "TIMESTAMP(3)"]], "amount > 2", prefix),
    ),
    UnderTest(
        name="memory",
        kinds=(TOPIC, VIEW, JOB),
        opened=lambda folder: _MEMORIES.setdefault(folder, Memory()),
        things=lambda prefix: _memory(1, prefix),
        changed=lambda prefix: _memory(2, prefix),
    ),
    kafka_under_test("kafka", lambda folder: fake_kafka(_CLUSTERS[folder])),
    registry_under_test("registry_confluent", lambda folder: fake_registry(_CONFLUENT[folder])),
    registry_under_test("registry_apicurio", lambda folder: fake_registry(_APICURIO[folder])),
    gateway_under_test("conduktor", lambda folder: fake_gateway(_GATEWAYS[folder], _CLUSTERS[folder])),
    gateway_under_test("conduktor_given", partial(_given, given_gateway)),
    console_under_test("console", lambda folder: fake_console(_CONSOLES[folder])),
    console_under_test("console_given", partial(_given, given_console)),
    connect_under_test("connect", lambda folder: fake_connect(_WORKERS[folder])),
    flink_under_test("flink", lambda folder: fake_flink(_FLINKS[folder])),
)
