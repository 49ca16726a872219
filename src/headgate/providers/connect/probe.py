"""Whether the groups of Connect workers of a cluster answer."""

from __future__ import annotations

from collections.abc import Sequence

from headgate.ports import Connections, Reached
from headgate.providers._http import Service, reached, told
from headgate.resources.grants import Grant


def probe(connections: Connections, cluster: str, needed: Sequence[Grant]) -> list[Reached]:
    """The connection of each group of workers."""
    workers = connections.clusters[cluster].connect
    return [
        reached(cluster, f"connect.{name}", settings, connections.hide, _version)
        for name, settings in sorted(workers.items())
    ]


def _version(service: Service) -> str:
    return str(told(service, "/", dict).get("version", ""))
