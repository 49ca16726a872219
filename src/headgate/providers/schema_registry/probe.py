"""Whether the schema registry of a cluster answers."""

from __future__ import annotations

from collections.abc import Sequence

from headgate.ports import Connections, Reached
from headgate.providers._http import Rejected, Service, reached, told
from headgate.resources.grants import Grant

_VERSION = "/v1/metadata/version"
"""Confluent's alone; Apicurio, behind the same API, does not know it."""


def probe(connections: Connections, cluster: str, needed: Sequence[Grant]) -> list[Reached]:
    """The registry's connection, where the cluster has one."""
    settings = connections.clusters[cluster].schema_registry
    if settings is None:
        return []
    return [reached(cluster, "schema_registry", settings, connections.hide, _asked)]


def _asked(service: Service) -> str:
    told(service, "/subjects", list)
    try:
        return str(told(service, _VERSION, dict).get("version", ""))
    except Rejected:
        return ""
