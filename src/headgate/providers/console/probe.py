"""Whether the Console of a cluster answers, and lets us ask."""

from __future__ import annotations

from collections.abc import Sequence

from headgate.ports import Connections, Reached
from headgate.providers._http import Service, reached, told
from headgate.providers.console.api import PATHS, rooted
from headgate.providers.console.names import APPLICATION
from headgate.resources.grants import Grant


def probe(connections: Connections, cluster: str, needed: Sequence[Grant]) -> list[Reached]:
    """Its connection, where the cluster has one."""
    console = connections.clusters[cluster].console
    if console is None or not console.get("url"):
        return []
    return [reached(cluster, "console", rooted(console), connections.hide, _answers)]


def _answers(service: Service) -> str:
    # Its health it tells everybody, and a token that may not do this may do nothing here.
    told(service, f"/api/public/{PATHS[APPLICATION]}", list)
    return ""
