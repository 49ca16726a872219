"""The Conduktor Gateways of an environment, as a provider.

Written after Conduktor's own references, and held by tests on a fake that follows them: unproven on a real Gateway.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

import httpx
from confluent_kafka.admin import AdminClient

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
from headgate.providers.conduktor import members
from headgate.providers.conduktor.acls import Acls
from headgate.providers.conduktor.documents import as_declared, filled, name_of
from headgate.providers.conduktor.gateway import Document, Gateway
from headgate.providers.conduktor.names import DocumentName, cluster_in, document_in, member_in
from headgate.resources import Resource, ResourceId
from headgate.resources.live import (
    GATEWAY,
    GATEWAY_ACCOUNT,
    GATEWAY_ACL,
    GATEWAY_JOB_ACL,
    GATEWAY_MEMBER,
)

KINDS = (GATEWAY, GATEWAY_ACCOUNT, GATEWAY_MEMBER, GATEWAY_ACL, GATEWAY_JOB_ACL)

_ACLS = (GATEWAY_ACL.name, GATEWAY_JOB_ACL.name)
_DOCUMENTS = (GATEWAY.name, GATEWAY_ACCOUNT.name)
_NOTHING_DONE = (Action.NO_OP, Action.HANDED_OVER)
_AT_ONCE = 8
_Key = TypeVar("_Key")
_NOT_JUDGED = "the Gateway's dry mode does not look at an interceptor's configuration"


@dataclass(frozen=True, slots=True)
class Clients:
    """How the tests stand in for a Gateway: for its HTTP API, and for its Kafka side."""

    transport: httpx.BaseTransport | None = None
    dial: Callable[[dict[str, Any]], Any] = AdminClient


class Gateways:
    """Accounts, members of groups, interceptors and ACLs; each Gateway is reached when something of it is asked for."""

    kinds = tuple(kind.name for kind in KINDS)

    def __init__(self, connections: Connections, clients: Clients) -> None:
        self._connections = connections
        self._clients = clients
        self._gateways: dict[str, Gateway] = {}
        self._acls: dict[str, Acls] = {}
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="gateway")

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]:
        """Each thing as it was declared, as far as that is what is there; one request for all of a kind."""
        found: dict[ResourceId, Observed] = {}
        for cluster in dict.fromkeys(map(cluster_in, ids)):
            its = [id_ for id_ in ids if cluster_in(id_) == cluster]
            found |= self._documents_seen(cluster, [id_ for id_ in its if id_.kind in _DOCUMENTS])
            found |= self._members_seen(cluster, [id_ for id_ in its if id_.kind == GATEWAY_MEMBER.name])
            found |= self._acls_seen(cluster, [id_ for id_ in its if id_.kind in _ACLS])
        return [found[id_] for id_ in ids]

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        """Documents and groups side by side, the members of a group in one write, ACLs in one request."""
        outcome: dict[ResourceId, Failure | None] = {change.id: None for change in changes}
        doing = [change for change in changes if change.action not in _NOTHING_DONE]
        documents = [change for change in doing if change.id.kind in _DOCUMENTS]
        written = [change for change in documents if change.desired is not None]
        outcome |= zip((c.id for c in written), self._pool.map(self._written, written), strict=True)
        removed = [change for change in documents if change.desired is None]
        for its in _grouped(removed, _DOCUMENTS, cluster_in):
            outcome |= self._removed(cluster_in(its[0].id), its)
        groups = _grouped(doing, (GATEWAY_MEMBER.name,), lambda id_: (cluster_in(id_), member_in(id_).group))
        for its, failure in zip(groups, self._pool.map(self._regrouped, groups), strict=True):
            outcome |= dict.fromkeys((change.id for change in its), failure)
        for its in _grouped(doing, _ACLS, cluster_in):
            outcome |= self._acls_changed(cluster_in(its[0].id), its)
        return [outcome[change.id] for change in changes]

    def validate(self, resources: Sequence[Resource]) -> list[Verdict]:
        """What the Gateway's dry mode finds wrong, and which classes of interceptors it does not have."""
        clusters = {cluster_in(one.id) for one in resources if one.id.kind in _DOCUMENTS}
        plugins = {name: self._gateway(name).plugins() for name in sorted(clusters)}

        def judged(one: Resource) -> Verdict:
            return (
                self._verdict(one, plugins[cluster_in(one.id)])
                if one.id.kind in _DOCUMENTS
                else Verdict(id=one.id)
            )

        return list(self._pool.map(judged, resources))

    def close(self) -> None:
        self._pool.shutdown()
        for gateway in self._gateways.values():
            gateway.close()
        self._gateways.clear()
        self._acls.clear()

    def _documents(self, cluster: str, kinds: Iterable[str]) -> dict[DocumentName, Document]:
        listed = (one for kind in sorted(kinds) for one in self._gateway(cluster).documents(kind))
        return {name: one for one in listed if (name := name_of(one)) is not None}

    def _documents_seen(self, cluster: str, ids: Sequence[ResourceId]) -> dict[ResourceId, Observed]:
        there = self._documents(cluster, {document_in(id_).kind for id_ in ids})
        found = {}
        for id_ in ids:
            name = document_in(id_)
            live = there.get(name)
            fields = None if live is None else as_declared(cluster, name, live, self._connections)
            found[id_] = Observed(id_, fields)
        return found

    def _members_seen(self, cluster: str, ids: Sequence[ResourceId]) -> dict[ResourceId, Observed]:
        there = members.members(self._gateway(cluster).documents("GatewayGroup")) if ids else set()
        found = {}
        for id_ in ids:
            one = member_in(id_)
            fields = {"cluster": cluster, "group": one.group, "account": one.account}
            found[id_] = Observed(id_, fields if one in there else None)
        return found

    def _acls_seen(self, cluster: str, ids: Sequence[ResourceId]) -> dict[ResourceId, Observed]:
        return {one.id: one for one in self._acls_of(cluster).observe(ids)} if ids else {}

    def _written(self, change: Change) -> Failure | None:
        # What is replaced is written over: without it, even for a moment, something would be shown.
        def write() -> None:
            assert change.desired is not None
            document = filled(change.desired.fields, self._connections)
            self._gateway(cluster_in(change.id)).put(document)

        return _failure_of(write)

    def _removed(self, cluster: str, changes: Sequence[Change]) -> dict[ResourceId, Failure | None]:
        try:
            there = self._documents(cluster, {document_in(change.id).kind for change in changes})
        except (TemporaryFailure, PermanentFailure) as failure:
            return {change.id: failure for change in changes}

        def remove(name: DocumentName) -> None:
            metadata = there[name]["metadata"]
            # An interceptor is deleted at exactly its own scope: others may have its name.
            self._gateway(cluster).delete(name.kind, name.name, metadata.get("scope") or metadata)

        found = [change for change in changes if document_in(change.id) in there]
        became = self._pool.map(lambda change: _failure_of(lambda: remove(document_in(change.id))), found)
        return dict(zip((change.id for change in found), became, strict=True))

    def _regrouped(self, changes: Sequence[Change]) -> Failure | None:
        join = [member_in(c.id).account for c in changes if c.desired is not None]
        leave = [member_in(c.id).account for c in changes if c.desired is None]
        cluster, group = cluster_in(changes[0].id), member_in(changes[0].id).group
        return _failure_of(lambda: members.change(self._gateway(cluster), group, join, leave))

    def _acls_changed(self, cluster: str, changes: Sequence[Change]) -> dict[ResourceId, Failure | None]:
        try:
            became = self._acls_of(cluster).carry_out(changes)
        except (TemporaryFailure, PermanentFailure) as failure:
            return {change.id: failure for change in changes}
        return {change.id: one for change, one in zip(changes, became, strict=True)}

    def _verdict(self, resource: Resource, plugins: Collection[str]) -> Verdict:
        document = filled(resource.fields, self._connections)
        class_ = document["spec"].get("pluginClass")
        if class_ and plugins and class_ not in plugins:
            return Verdict(id=resource.id, faults=(f"the Gateway has no interceptor `{class_}`",))
        try:
            self._gateway(cluster_in(resource.id)).put(document, dry=True)
        except Rejected as refused:
            # A dry run does not see what the same apply makes before it: the group that an interceptor is for.
            if refused.status != 404:
                return Verdict(id=resource.id, faults=(str(refused),))
        return Verdict(id=resource.id, notes=(_NOT_JUDGED,) if class_ else ())

    def _gateway(self, cluster: str) -> Gateway:
        with self._lock:
            if cluster not in self._gateways:
                service = Service(
                    self._proxy(cluster),
                    f"the Gateway of `{cluster}`",
                    hide=self._connections.hide,
                    reason=reason_in_parts,
                    transport=self._clients.transport,
                )
                self._gateways[cluster] = Gateway(service)
            return self._gateways[cluster]

    def _acls_of(self, cluster: str) -> Acls:
        with self._lock:
            if cluster not in self._acls:
                self._proxy(cluster)
                said = self._connections.clusters[cluster]
                self._acls[cluster] = Acls(said, self._connections, self._clients.dial)
            return self._acls[cluster]

    def _proxy(self, cluster: str) -> Mapping[str, str]:
        said = self._connections.clusters.get(cluster)
        if said is None or said.proxy is None:
            raise PermanentFailure(f"the environment says no proxy of `{cluster}`")
        return said.proxy


def open_provider(connections: Connections, clients: Clients | None = None) -> Gateways:
    """The Gateways of an environment; nothing is connected yet."""
    return Gateways(connections, clients or Clients())


def _failure_of(act: Callable[[], None]) -> Failure | None:
    """Why something could not be done; None where it was."""
    try:
        act()
    except (TemporaryFailure, PermanentFailure) as failure:
        return failure
    return None


def _grouped(
    changes: Iterable[Change], kinds: Collection[str], key: Callable[[ResourceId], _Key]
) -> list[list[Change]]:
    """The changes of things of these kinds, those of one key together."""
    found: dict[_Key, list[Change]] = {}
    for change in changes:
        if change.id.kind in kinds:
            found.setdefault(key(change.id), []).append(change)
    return list(found.values())
