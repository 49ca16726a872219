"""The registries of an environment as one provider: many small questions, asked side by side over one client each."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import httpx

from headgate.ports import (
    Action,
    Change,
    Connections,
    Failure,
    Listing,
    LiveSubject,
    Observed,
    PermanentFailure,
    TemporaryFailure,
    Verdict,
)
from headgate.providers.schema_registry.registry import Registry, Version
from headgate.providers.schema_registry.subjects import fault, fields_of, live_subject, make
from headgate.resources import Resource, ResourceId
from headgate.resources.live import SUBJECT

KINDS = (SUBJECT,)

_MOST_AT_ONCE = 8
_WORTH_ASKING_FOR_ALL = 20
"""From how many subjects on the newest versions of all are asked for together, where the registry can answer that."""


class SchemaRegistry:
    """Subjects, their newest versions and their levels."""

    kinds = tuple(kind.name for kind in KINDS)

    def __init__(self, connections: Connections, transport: httpx.BaseTransport | None = None) -> None:
        self._connections = connections
        self._transport = transport
        self._registries: dict[str, Registry] = {}
        self._opening = Lock()
        self._seen: dict[ResourceId, Observed] = {}
        self._pool = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="registry")

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]:
        """Each subject as it is, in the order asked for."""
        clusters: dict[str, list[str]] = {}
        for id_ in ids:
            cluster, _, name = id_.name.partition("/")
            clusters.setdefault(cluster, []).append(name)
        live = {cluster: self._live(cluster, names) for cluster, names in clusters.items()}
        found = [self._observed(id_, live) for id_ in ids]
        self._seen |= {one.id: one for one in found}
        return found

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        """Registers versions, sets levels, deletes subjects."""
        return list(self._pool.map(self._carried_out, changes))

    def validate(self, resources: Sequence[Resource]) -> list[Verdict]:
        """Whether each registry would take what is desired of a subject that it has: if not, why.

        What was observed a moment ago is not asked for again.
        """
        self.observe([one.id for one in resources if one.id not in self._seen])
        return list(self._pool.map(self._verdict, resources))

    def list_all(self) -> Listing:
        """Every subject of all registries; a registry that does not let this user look is told."""
        subjects: list[LiveSubject] = []
        unseen: list[str] = []
        for cluster, connection in sorted(self._connections.clusters.items()):
            if connection.schema_registry is None:
                continue
            try:
                names, all_of_them = self._registry(cluster).subjects()
                found = self._live(cluster, names)
            except PermanentFailure as failure:
                unseen.append(f"cluster `{cluster}`: {failure}")
                continue
            subjects += (live_subject(cluster, name, *one) for name, one in sorted(found.items()))
            if not all_of_them:
                unseen.append(f"cluster `{cluster}`: its registry lists {len(names)} subjects and has more")
        return Listing(subjects=tuple(subjects), unseen=tuple(unseen))

    def close(self) -> None:
        """Closes every client."""
        self._pool.shutdown()
        for registry in self._registries.values():
            registry.close()
        self._registries.clear()

    def _live(self, cluster: str, names: Sequence[str]) -> dict[str, tuple[Version, str]]:
        """The newest version and the level of each of these subjects that is there."""
        registry = self._registry(cluster)
        asked = list(dict.fromkeys(names))
        latest = registry.latest_of_all() if len(asked) >= _WORTH_ASKING_FOR_ALL else None

        def one(name: str) -> tuple[Version, str] | None:
            version = latest.get(name) if latest is not None else registry.latest(name)
            return (version, registry.level(name)) if version is not None else None

        found = zip(asked, self._pool.map(one, asked), strict=True)
        return {name: live for name, live in found if live is not None}

    def _observed(self, id_: ResourceId, live: dict[str, dict[str, tuple[Version, str]]]) -> Observed:
        cluster, _, name = id_.name.partition("/")
        found = live[cluster].get(name)
        return Observed(id_, fields_of(cluster, *found) if found is not None else None)

    def _carried_out(self, change: Change) -> Failure | None:
        cluster, _, name = change.id.name.partition("/")
        if change.action in (Action.NO_OP, Action.HANDED_OVER):
            return None
        self._seen.pop(change.id, None)
        try:
            if change.desired is None:
                self._registry(cluster).delete(name)
            else:
                make(self._registry(cluster), name, change.desired)
        except (TemporaryFailure, PermanentFailure) as failure:
            return failure
        return None

    def _verdict(self, resource: Resource) -> Verdict:
        cluster, _, name = resource.id.name.partition("/")
        live = self._seen[resource.id].fields
        found = fault(self._registry(cluster), name, resource, live) if live is not None else None
        return Verdict(id=resource.id, faults=(found,) if found is not None else ())

    def _registry(self, cluster: str) -> Registry:
        with self._opening:
            if cluster not in self._registries:
                connection = self._connections.clusters.get(cluster)
                if connection is None:
                    raise PermanentFailure(f"the environment does not describe the cluster `{cluster}`")
                self._registries[cluster] = Registry(
                    cluster, connection.schema_registry, self._connections.hide, self._transport
                )
            return self._registries[cluster]


def open_provider(connections: Connections) -> SchemaRegistry:
    """The provider of an environment's registries. It connects when it is first asked something."""
    return SchemaRegistry(connections)
