"""The connectors of every Connect of an environment, as a provider."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any

import httpx

from headgate.ports import (
    Action,
    Change,
    Connections,
    Failure,
    Listing,
    LiveConnector,
    Observed,
    PermanentFailure,
    Running,
    TemporaryFailure,
    Verdict,
)
from headgate.providers._http import Service
from headgate.providers.connect.declared import LABEL, as_declared, filled, without_name
from headgate.providers.connect.lag import Partition, Positions, behind, ends
from headgate.providers.connect.names import WorkerName, name_in, worker_of
from headgate.providers.connect.status import Status
from headgate.providers.connect.worker import Connector, Patience, Worker, is_rebalancing
from headgate.resources import Resource, ResourceId
from headgate.resources.live import CONNECTOR

KINDS = (CONNECTOR,)

_AT_ONCE = 8
Ends = Callable[[str, Collection[Partition]], Positions]
"""Where partitions of a cluster's topics end."""

_NOTHING_DONE = (Action.NO_OP, Action.HANDED_OVER)
_CLASSES = ("connector.class", "key.converter", "value.converter", "header.converter")


class Connectors:
    """Connectors; each group of workers is reached when something of it is asked for."""

    kinds: tuple[str, ...] = (CONNECTOR.name,)

    def __init__(self, connections: Connections, reach: Callable[[WorkerName], Worker], ends: Ends) -> None:
        self._connections = connections
        self._reach = reach
        self._ends = ends
        self._reached: dict[WorkerName, Worker] = {}
        self._lock = Lock()

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]:
        """Each connector as it was declared, as far as that is what is there; one request for all of a Connect."""
        there = self._there(ids)
        return [Observed(id_, self._fields(id_, there[worker_of(id_)].get(name_in(id_)))) for id_ in ids]

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        """Each connector is made, changed or removed, and followed until it runs; some at a time."""
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="connect") as pool:
            return list(pool.map(self._carried_out, changes))

    def validate(self, resources: Sequence[Resource]) -> list[Verdict]:
        """What Connect finds wrong with each configuration, and which classes its workers do not have."""
        workers = {worker_of(resource.id) for resource in resources}
        plugins = {name: self._worker(name).plugins() for name in sorted(workers)}
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="connect") as pool:
            return list(pool.map(lambda one: self._verdict(one, plugins[worker_of(one.id)]), resources))

    def watch(self, ids: Sequence[ResourceId]) -> list[Running]:
        """How each connector is doing; one request for the states of all of a Connect, one each for how far it has come."""
        there = self._there(ids)
        found = {id_: there[worker_of(id_)].get(name_in(id_)) for id_ in ids}
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="connect") as pool:
            positions = dict(
                zip(ids, pool.map(lambda id_: self._positions(id_, found[id_]), ids), strict=True)
            )
        read: dict[str, set[Partition]] = {}
        for id_, at in positions.items():
            read.setdefault(worker_of(id_).cluster, set()).update(at)
        ends = {cluster: self._ends(cluster, partitions) for cluster, partitions in read.items()}
        return [
            self._running(id_, found[id_], behind(positions[id_], ends[worker_of(id_).cluster]))
            for id_ in ids
        ]

    def list_all(self) -> Listing:
        """Every connector of all workers, without a secret of theirs; workers that do not let this user look are told."""
        found: list[LiveConnector] = []
        unseen: list[str] = []
        for name in self._workers():
            try:
                there = self._worker(name).connectors()
            except PermanentFailure as failure:
                unseen.append(self._connections.hide(str(failure)))
                continue
            found += (
                LiveConnector(
                    cluster=name.cluster,
                    connect=name.connect,
                    name=connector,
                    type=one.type,
                    config=as_declared(one.config, self._connections),
                )
                for connector, one in sorted(there.items())
            )
        return Listing(connectors=tuple(found), unseen=tuple(unseen))

    def pause(self, thing: ResourceId) -> None:
        """The connector reads no further; its place is kept."""
        self._worker(worker_of(thing)).pause(name_in(thing))

    def resume(self, thing: ResourceId) -> None:
        """The connector goes on, what of it had failed too."""
        worker, name = self._worker(worker_of(thing)), name_in(thing)
        worker.resume(name)
        if worker.status(name).failed:
            worker.restart_failed(name)
        worker.follow(name)

    def close(self) -> None:
        for worker in self._reached.values():
            worker.close()
        self._reached.clear()

    def _there(self, ids: Iterable[ResourceId]) -> dict[WorkerName, Mapping[str, Connector]]:
        return {name: self._worker(name).connectors() for name in dict.fromkeys(map(worker_of, ids))}

    def _fields(self, id_: ResourceId, found: Connector | None) -> dict[str, Any] | None:
        if found is None:
            return None
        where = worker_of(id_)
        return {
            "cluster": where.cluster,
            "connect": where.connect,
            "config": as_declared(found.config, self._connections),
            "running": "paused" if found.status.held else not found.status.failed,
        }

    def _carried_out(self, change: Change) -> Failure | None:
        if change.action in _NOTHING_DONE:
            return None
        try:
            worker, name = self._worker(worker_of(change.id)), name_in(change.id)
            if change.desired is None or change.action is Action.REPLACE:
                worker.delete(name)
            if change.desired is not None:
                self._made(worker, name, change.desired)
        except TemporaryFailure as failure:
            return TemporaryFailure(self._connections.hide(str(failure)))
        except PermanentFailure as failure:
            return PermanentFailure(self._connections.hide(str(failure)))
        return None

    def _made(self, worker: Worker, name: str, desired: Resource) -> None:
        new = filled(desired.fields["config"], self._connections)
        there = worker.config(name)
        old = without_name(there) if there is not None else None
        if old != new:
            worker.put(name, new)
        elif worker.status(name).failed:
            worker.restart_failed(name)
        worker.follow(name, old=old, new=new)

    def _verdict(self, resource: Resource, plugins: Mapping[str, str]) -> Verdict:
        where, name = worker_of(resource.id), name_in(resource.id)
        config = filled(resource.fields["config"], self._connections)
        missing = [
            f"`{key}`: {where} has no class `{config[key]}`"
            for key in _CLASSES
            if key in config and not _known(key, config[key], plugins)
        ]
        if missing:
            return Verdict(id=resource.id, faults=tuple(missing))
        worker = self._worker(where)
        found = worker.faults(config["connector.class"], {"name": name, **config})
        faults = (f"`{key}`: {message}" for key, message in found if key != LABEL)
        return Verdict(id=resource.id, faults=tuple(map(self._connections.hide, faults)))

    def _workers(self) -> list[WorkerName]:
        clusters = sorted(self._connections.clusters.items())
        return [WorkerName(name, connect) for name, one in clusters for connect in sorted(one.connect)]

    def _positions(self, id_: ResourceId, found: Connector | None) -> Positions:
        return self._worker(worker_of(id_)).positions(name_in(id_)) if found is not None else {}

    def _running(self, id_: ResourceId, found: Connector | None, lag: int | None) -> Running:
        if found is None:
            return Running(id=id_, status="gone", why=f"{worker_of(id_)} has no such connector")
        status = found.status
        facts: dict[str, Any] = {"tasks": _tasks(status), "group": f"connect-{name_in(id_)}"}
        if lag is not None:
            facts["lag"] = lag
        return Running(id=id_, status=status.word, why=self._connections.hide(status.why), facts=facts)

    def _worker(self, name: WorkerName) -> Worker:
        with self._lock:
            if name not in self._reached:
                self._reached[name] = self._reach(name)
            return self._reached[name]


def open_provider(
    connections: Connections,
    *,
    patience: Patience | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Connectors:
    """The connectors of an environment; nothing is connected yet. `transport` stands in for the network in tests."""

    def reach(name: WorkerName) -> Worker:
        cluster = connections.clusters.get(name.cluster)
        settings = cluster.connect.get(name.connect) if cluster is not None else None
        if settings is None:
            raise PermanentFailure(f"the environment says no {name}")
        service = Service(
            settings, str(name), hide=connections.hide, passing=is_rebalancing, transport=transport
        )
        return Worker(service, patience or Patience())

    return Connectors(connections, reach, partial(ends, connections))


def _known(key: str, class_: str, plugins: Mapping[str, str]) -> bool:
    """Whether the workers have a class, by its name or by what Connect takes for it: `FileStreamSink`.

    Workers before Kafka 3.2 tell connectors alone (KIP-769).
    """
    if class_ in plugins or (key != "connector.class" and "converter" not in plugins.values()):
        return True
    return any(one.rpartition(".")[2] in (class_, f"{class_}Connector") for one in plugins)


def _tasks(status: Status) -> str:
    return f"{status.tasks.count('RUNNING')} of {len(status.tasks)} running"
