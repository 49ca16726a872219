"""Whether the Gateway of a cluster answers, and lets us ask."""

from __future__ import annotations

from collections.abc import Sequence

from headgate.ports import Connections, Reached
from headgate.providers._http import Service, reached, told
from headgate.providers.conduktor.gateway import API, PATHS
from headgate.resources.grants import Grant


def probe(connections: Connections, cluster: str, needed: Sequence[Grant]) -> list[Reached]:
    """Its connection, where the cluster has one."""
    proxy = connections.clusters[cluster].proxy
    if proxy is None or not proxy.get("url"):
        return []
    return [reached(cluster, "proxy", proxy, connections.hide, _answers)]


def _answers(service: Service) -> str:
    # Its health it tells everybody, whatever the password.
    told(service, f"/{API}/{PATHS['GatewayGroup']}", list)
    return ""
