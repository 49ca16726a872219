"""The clusters of an environment as one provider: each asked about its own things, side by side."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from confluent_kafka.admin import AdminClient

from headgate.ports import (
    Action,
    Change,
    Connections,
    Failure,
    Listing,
    LiveAcl,
    LiveGroup,
    Observed,
    PermanentFailure,
    TemporaryFailure,
    Verdict,
)
from headgate.providers.kafka.acls import bindings
from headgate.providers.kafka.broker import LOOK_SECONDS, Broker
from headgate.providers.kafka.groups import groups
from headgate.providers.kafka.listing import list_all
from headgate.providers.kafka.names import cluster_in
from headgate.resources import Resource, ResourceId
from headgate.resources.live import ACL, JOB_ACL, QUOTA, SCRAM_USER, TOPIC

KINDS = (TOPIC, ACL, JOB_ACL, SCRAM_USER, QUOTA)

_MODULES = {
    TOPIC.name: "topics",
    ACL.name: "acls",
    JOB_ACL.name: "acls",
    SCRAM_USER.name: "users",
    QUOTA.name: "quotas",
}
"""The module of each kind. Imported when it is needed: that of quotas brings a client library of its own."""
_MOST_AT_ONCE = 8

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")
_Part = tuple[str, str]
"""A cluster, and the module for some kinds of things."""


class Kafka:
    """Topics, ACLs, users and quotas of every cluster that the environment describes."""

    kinds = tuple(kind.name for kind in KINDS)

    def __init__(
        self,
        connections: Connections,
        dial: Callable[[dict[str, Any]], Any] = AdminClient,
        dial_wire: Callable[..., Any] | None = None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._connections = connections
        self._opened = partial(
            Broker,
            connections=connections,
            dial=dial,
            dial_wire=dial_wire,
            look_seconds=look_seconds,
        )
        self._brokers: dict[str, Broker] = {}
        self._pool = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="kafka")

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]:
        """Each thing as it is, in the order asked for: some requests for each cluster, however many things."""
        return self._divided(ids, lambda id_: id_, lambda broker, module, some: module.observe(broker, some))

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        """Changes, each kind of them in one request for each cluster; what became of each."""

        def made(broker: Broker, module: Any, some: Sequence[Change]) -> list[Failure | None]:
            doing = [one for one in some if one.action not in (Action.NO_OP, Action.HANDED_OVER)]
            try:
                outcome = dict(zip((one.id for one in doing), module.carry_out(broker, doing), strict=True))
            except (TemporaryFailure, PermanentFailure) as failure:
                outcome = dict.fromkeys((one.id for one in doing), failure)
            return [outcome.get(one.id) for one in some]

        return self._divided(changes, lambda change: change.id, made)

    def validate(self, resources: Sequence[Resource]) -> list[Verdict]:
        """What each cluster would say to topics that it does not have so; of other things it says nothing beforehand."""
        topics = [one for one in resources if one.id.kind == TOPIC.name]
        found = self._divided(
            topics, lambda one: one.id, lambda broker, module, some: module.validate(broker, some)
        )
        told = {one.id: one for one in found}
        return [told.get(one.id) or Verdict(id=one.id) for one in resources]

    def list_all(self) -> Listing:
        """Everything of all clusters but what is internal to Kafka; what this user may not see is said."""
        brokers = [
            self._broker(name) for name, one in sorted(self._connections.clusters.items()) if one.kafka
        ]
        found = Listing()
        for listing in self._pool.map(list_all, brokers):
            found |= listing
        return found

    def groups(self, cluster: str, topics: Sequence[str] = ()) -> list[LiveGroup]:
        """The consumer groups that read any of these topics (of all without any), with their lag."""
        return groups(self._broker(cluster), topics)

    def acls(self, cluster: str) -> list[LiveAcl]:
        """Every ACL binding of a cluster on things that this library knows."""
        return bindings(self._broker(cluster))

    def close(self) -> None:
        """Ends every connection."""
        self._pool.shutdown()
        for broker in self._brokers.values():
            broker.close()
        self._brokers.clear()

    def _broker(self, cluster: str) -> Broker:
        if cluster not in self._brokers:
            connection = self._connections.clusters.get(cluster)
            if connection is None:
                raise PermanentFailure(f"the environment does not describe the cluster `{cluster}`")
            self._brokers[cluster] = self._opened(connection)
        return self._brokers[cluster]

    def _divided(
        self,
        asked: Sequence[_Asked],
        id_of: Callable[[_Asked], ResourceId],
        answer: Callable[[Broker, Any, Sequence[_Asked]], Iterable[_Answer]],
    ) -> list[_Answer]:
        """What every cluster's module answers to its own part, in the order of what was asked."""
        parts: dict[_Part, list[int]] = {}
        for number, one in enumerate(asked):
            id_ = id_of(one)
            parts.setdefault((cluster_in(id_), _MODULES[id_.kind]), []).append(number)
        waiting = {}
        for (cluster, name), numbers in parts.items():
            module = importlib.import_module(f"headgate.providers.kafka.{name}")
            some = [asked[number] for number in numbers]
            waiting[cluster, name] = self._pool.submit(answer, self._broker(cluster), module, some)
        found: dict[int, _Answer] = {}
        for part, numbers in parts.items():
            found |= zip(numbers, waiting[part].result(), strict=True)
        return [found[number] for number in range(len(asked))]


def open_provider(connections: Connections) -> Kafka:
    """The provider of an environment's clusters. It connects when it is first asked something."""
    return Kafka(connections)
