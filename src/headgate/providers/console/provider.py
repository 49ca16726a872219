"""The Conduktor Consoles of an environment, as a provider.

Written after Conduktor's own references, and held by tests on a fake that follows them: unproven on a real Console.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import httpx

from headgate.ports import (
    Action,
    Change,
    Connections,
    Failure,
    Observed,
    PermanentFailure,
    TemporaryFailure,
    Verdict,
)
from headgate.providers._http import Rejected, Service, reason_in_parts
from headgate.providers.console.api import Console, Document, rooted
from headgate.providers.console.documents import as_declared, filled
from headgate.providers.console.names import (
    ALERT,
    APPLICATION,
    INSTANCE,
    DocumentName,
    cluster_in,
    document_in,
)
from headgate.resources import Resource, ResourceId
from headgate.resources.live import CONSOLE_ALERT, CONSOLE_APPLICATION, CONSOLE_INSTANCE

KINDS = (CONSOLE_APPLICATION, CONSOLE_INSTANCE, CONSOLE_ALERT)

_NOTHING_DONE = (Action.NO_OP, Action.HANDED_OVER)
_AT_ONCE = 8


class Consoles:
    """Applications, instances and alerts; each Console is reached when something of it is asked for."""

    kinds = tuple(kind.name for kind in KINDS)

    def __init__(self, connections: Connections, transport: httpx.BaseTransport | None = None) -> None:
        self._connections = connections
        self._transport = transport
        self._consoles: dict[str, Console] = {}
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="console")

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]:
        """Each thing as it was declared, as far as that is what is there; one request for all applications, one for all
        instances, and one for each alert."""
        there = self._listed(ids)
        alerts = [id_ for id_ in ids if document_in(id_).kind == ALERT]
        live = dict(zip(alerts, self._pool.map(self._document, alerts), strict=True))
        return [
            self._observed(id_, live.get(id_, there.get((cluster_in(id_), document_in(id_))))) for id_ in ids
        ]

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        """Side by side."""
        return list(self._pool.map(self._changed, changes))

    def validate(self, resources: Sequence[Resource]) -> list[Verdict]:
        """What Console's dry mode finds wrong. It does not see what the same apply makes, or takes away, before it."""
        return list(self._pool.map(self._verdict, resources))

    def close(self) -> None:
        self._pool.shutdown()
        for console in self._consoles.values():
            console.close()
        self._consoles.clear()

    def _listed(self, ids: Sequence[ResourceId]) -> dict[tuple[str, DocumentName], Document]:
        asked = {(cluster_in(id_), document_in(id_).kind) for id_ in ids}
        return {
            (cluster, DocumentName(kind, str(one["metadata"]["name"]))): one
            for cluster, kind in sorted(asked)
            if kind != ALERT
            for one in self._console(cluster).documents(kind)
        }

    def _document(self, id_: ResourceId) -> Document | None:
        return self._console(cluster_in(id_)).document(document_in(id_))

    def _observed(self, id_: ResourceId, live: Document | None) -> Observed:
        if live is None:
            return Observed(id_, None)
        return Observed(id_, as_declared(cluster_in(id_), document_in(id_), live, self._connections))

    def _changed(self, change: Change) -> Failure | None:
        if change.action in _NOTHING_DONE:
            return None
        name = document_in(change.id)
        try:
            console = self._console(cluster_in(change.id))
            if change.desired is None:
                console.delete(name)
                return None
            live = console.document(name)
            document = filled(change.desired.fields, live, self._connections)
            if change.action is Action.REPLACE and live is not None and _moves(live, document):
                console.delete(name)
            console.put(document)
        except (TemporaryFailure, PermanentFailure) as failure:
            return failure
        return None

    def _verdict(self, resource: Resource) -> Verdict:
        console, name = self._console(cluster_in(resource.id)), document_in(resource.id)
        live = console.document(name)
        document = filled(resource.fields, live, self._connections)
        if live is not None and _moves(live, document):
            return Verdict(id=resource.id)
        try:
            console.put(document, dry=True)
        except Rejected as refused:
            awaited = next(_awaited(console, document), "")
            if not awaited:
                return Verdict(id=resource.id, faults=(str(refused),))
            return Verdict(id=resource.id, notes=(f"Console cannot judge it yet: {awaited}",))
        return Verdict(id=resource.id)

    def _console(self, cluster: str) -> Console:
        with self._lock:
            if cluster not in self._consoles:
                known = self._connections.clusters.get(cluster)
                if known is None or known.console is None:
                    raise PermanentFailure(f"the environment says no Console of `{cluster}`")
                service = Service(
                    rooted(known.console),
                    f"the Console of `{cluster}`",
                    hide=self._connections.hide,
                    reason=reason_in_parts,
                    transport=self._transport,
                )
                self._consoles[cluster] = Console(service)
            return self._consoles[cluster]


def open_provider(connections: Connections, transport: httpx.BaseTransport | None = None) -> Consoles:
    """The Consoles of an environment; nothing is connected yet."""
    return Consoles(connections, transport)


def _moves(live: Document, document: Document) -> bool:
    """Whether an instance is to be on another cluster, where Console takes it for another instance."""
    there = (live.get("spec") or {}).get("cluster")
    return document["kind"] == INSTANCE and bool(there != document["spec"]["cluster"])


def _awaited(console: Console, document: Document) -> Iterator[str]:
    """What a document is refused for that may be otherwise once it is its turn."""
    metadata = document["metadata"]
    for kind, key in ((APPLICATION, "application"), (INSTANCE, "appInstance")):
        if key in metadata and console.document(DocumentName(kind, metadata[key])) is None:
            yield f"`{metadata[key]}` is not there"
    if document["kind"] == INSTANCE:
        wanted = _owned(document)
        for other in console.documents(INSTANCE):
            name = other["metadata"]["name"]
            if name != metadata["name"] and wanted & _owned(other):
                yield f"`{name}` owns the consumer group that it is to own"


def _owned(instance: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """The cluster, the type and the name of what an instance owns."""
    spec = instance.get("spec") or {}
    return {
        (str(spec.get("cluster")), str(one["type"]), str(one["name"])) for one in spec.get("resources") or ()
    }
