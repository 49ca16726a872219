"""Whether the Gateway and the Console of a cluster answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from headgate.ports import Connections, Reached
from headgate.providers._http import Service, reached
from headgate.resources.grants import Grant


def probe(connections: Connections, cluster: str, needed: Sequence[Grant]) -> list[Reached]:
    """The connection of each, where the cluster has them."""
    known = connections.clusters[cluster]
    parts = {"proxy": (known.proxy, "/health"), "console": (known.console, "/api/health/live")}
    return [
        reached(cluster, part, settings, connections.hide, partial(_answers, path))
        for part, (settings, path) in parts.items()
        if settings is not None and settings.get("url")
    ]


def _answers(path: str, service: Service) -> str:
    service.get(path)
    return ""
