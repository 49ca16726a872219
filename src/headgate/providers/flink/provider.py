"""The jobs of every Flink of an environment, as a provider."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import httpx

from headgate.ports import (
    Action,
    Change,
    ClusterConnection,
    Connections,
    Failure,
    Observed,
    PermanentFailure,
    Running,
    TemporaryFailure,
    Verdict,
)
from headgate.providers._http import Service
from headgate.providers.flink import changing
from headgate.providers.flink.gateway import Gateway
from headgate.providers.flink.jobmanager import JobManager
from headgate.providers.flink.jobs import things
from headgate.providers.flink.judging import judge
from headgate.providers.flink.labels import cluster_name, job_name
from headgate.providers.flink.rest import Rest, reason_of
from headgate.providers.flink.starting import Flink, NotRunning, Patience
from headgate.providers.flink.watching import watch
from headgate.resources import Resource, ResourceId
from headgate.resources.live import JOB

_AT_ONCE = 8
_UNREACHED_SECONDS = 2.0
_PLANNED = (Action.NO_OP, Action.HANDED_OVER)


class FlinkJobs:
    """Jobs on the clusters of an environment; each cluster is reached when something of it is asked for."""

    kinds: tuple[str, ...] = (JOB.name,)

    def __init__(self, connections: Connections, reach: Callable[[str], Flink]) -> None:
        self._connections = connections
        self._reach = reach
        self._reached: dict[str, Flink] = {}
        self._lock = Lock()

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]:
        """Each job as it says itself what was declared of it, placeholders included."""
        seen = {}
        for cluster in dict.fromkeys(map(cluster_name, ids)):
            names = [job_name(one) for one in ids if cluster_name(one) == cluster]
            flink = self.cluster(cluster)
            for name, thing in things(flink.manager, names, flink.owner).items():
                seen[f"{cluster}/{name}"] = thing.fields
        return [Observed(one, seen[one.name]) for one in ids]

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        """Each job is made, changed or removed, some at a time, whatever becomes of the others."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self._carried_out, changes))

    def _carried_out(self, change: Change) -> Failure | None:
        if change.action in _PLANNED:
            return None
        try:
            flink = self.cluster(cluster_name(change.id))
            if change.desired is None:
                changing.remove(flink, change.id)
            else:
                changing.make(flink, change.desired, adopt=change.action is Action.ADOPT)
        except (TemporaryFailure, PermanentFailure) as failure:
            return failure
        except NotRunning as failure:
            return PermanentFailure(f"the job does not run: {failure}")
        return None

    def validate(self, resources: Sequence[Resource]) -> list[Verdict]:
        """Flink's verdict on each, from sessions side by side; a Failure is raised where it cannot be asked."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self._judged, resources))

    def watch(self, ids: Sequence[ResourceId]) -> list[Running]:
        """How each job is doing, in the order asked for."""
        seen: dict[ResourceId, Running] = {}
        for cluster in dict.fromkeys(map(cluster_name, ids)):
            here = [one for one in ids if cluster_name(one) == cluster]
            seen |= {one.id: one for one in watch(self.cluster(cluster), here)}
        return [seen[one] for one in ids]

    def pause(self, thing: ResourceId) -> None:
        """The job stands still at a savepoint, which its JobManager remembers and its path tells the purpose of."""
        changing.pause(self.cluster(cluster_name(thing)), thing)

    def resume(self, thing: ResourceId) -> None:
        """The job goes on from that savepoint."""
        try:
            changing.resume(self.cluster(cluster_name(thing)), thing)
        except NotRunning as failure:
            raise PermanentFailure(f"the job does not run: {failure}") from None

    def _judged(self, resource: Resource) -> Verdict:
        return judge(self.cluster(cluster_name(resource.id)), resource)

    def close(self) -> None:
        """Lets go of every connection."""
        for flink in self._reached.values():
            flink.close()

    def cluster(self, cluster: str) -> Flink:
        """One of the clusters; PermanentFailure where the environment does not say how to reach it."""
        with self._lock:
            if cluster not in self._reached:
                self._reached[cluster] = self._reach(cluster)
            return self._reached[cluster]


def open_provider(
    connections: Connections,
    *,
    patience: Patience | None = None,
    transport: httpx.BaseTransport | None = None,
) -> FlinkJobs:
    """The jobs of an environment; nothing is connected yet. `transport` stands in for the network in tests."""

    def reach(name: str) -> Flink:
        said = connections.clusters.get(name)
        if said is None or said.flink is None:
            raise PermanentFailure(f"the environment says no Flink of the cluster `{name}`")
        return _reached(name, said, connections, patience or Patience(), transport)

    return FlinkJobs(connections, reach)


def _reached(
    name: str,
    said: ClusterConnection,
    connections: Connections,
    patience: Patience,
    transport: httpx.BaseTransport | None,
) -> Flink:
    settings = said.flink or {}

    def rest(key: str, what: str) -> Rest:
        if not settings.get(key):
            raise PermanentFailure(f"the environment does not say `flink.{key}` of the cluster `{name}`")
        at = {**settings, "url": settings[key]}
        service = Service(
            at,
            what,
            hide=connections.hide,
            reason=reason_of,
            patience_s=patience.answer,
            unreached_s=min(patience.answer, _UNREACHED_SECONDS),
            transport=transport,
        )
        return Rest(service, connections.hide)

    return Flink(
        gateway=Gateway(rest("url", "the SQL Gateway")),
        manager=JobManager(rest("jobmanager_url", "the JobManager")),
        connections=connections,
        patience=patience,
    )
