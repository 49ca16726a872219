"""Identities of things of a cluster: `<cluster>/<name>`, where the name may hold slashes of its own."""

from __future__ import annotations

from headgate.resources import ResourceId


def cluster_in(id_: ResourceId) -> str:
    """The cluster of a thing."""
    return id_.name.partition("/")[0]


def name_in(id_: ResourceId) -> str:
    """The name of a thing in its cluster."""
    return id_.name.partition("/")[2]
