"""Whether the SQL Gateway and the JobManager of a cluster answer."""

from __future__ import annotations

from collections.abc import Sequence

from headgate.ports import Connections, Reached
from headgate.providers._http import Service, reached, told
from headgate.providers.flink.versions import release
from headgate.resources.grants import Grant


def probe(connections: Connections, cluster: str, needed: Sequence[Grant]) -> list[Reached]:
    """Both connections, as far as the environment has them."""
    settings = connections.clusters[cluster].flink or {}
    found = []
    if settings.get("url"):
        found.append(reached(cluster, "flink", settings, connections.hide, _gateway))
    if settings.get("jobmanager_url"):
        manager = {**settings, "url": settings["jobmanager_url"]}
        found.append(reached(cluster, "flink.jobmanager", manager, connections.hide, _manager))
    return found


def _gateway(service: Service) -> str:
    return _usable(str(told(service, "/info", dict).get("version", "")))


def _manager(service: Service) -> str:
    return _usable(str(told(service, "/overview", dict).get("flink-version", "")))


def _usable(version: str) -> str:
    release(version)
    return version
