"""Identities of connectors: `<cluster>/<connect>/<name>`, where the name may hold slashes of its own."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from headgate.resources import ResourceId


@dataclass(frozen=True, slots=True, order=True)
class WorkerName:
    """A group of workers: the cluster it stands at, and what a sink's `connect` calls it."""

    cluster: str
    connect: str

    def __str__(self) -> str:
        return (
            f"Connect `{self.connect}` of `{self.cluster}`" if self.cluster else f"Connect `{self.connect}`"
        )


def worker_of(id_: ResourceId) -> WorkerName:
    """Where a connector is."""
    cluster, _, rest = id_.name.partition("/")
    return WorkerName(cluster, rest.partition("/")[0])


def name_in(id_: ResourceId) -> str:
    """The name of a connector there."""
    return id_.name.partition("/")[2].partition("/")[2]


def path_of(name: str, *more: str) -> str:
    """Where the REST API has a connector of that name."""
    return "/".join(("/connectors", quote(name, safe=""), *more))
