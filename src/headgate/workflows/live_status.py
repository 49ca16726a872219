"""How live systems are doing, beside what is declared of them: what runs, what topics hold, who reads, what is promised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from headgate.addresses import Address
from headgate.compile.reading import reads
from headgate.compile.target import World
from headgate.observe.held import Held, held, lists_every_group
from headgate.plan.plan import Live, as_live
from headgate.ports import LiveGroup, PermanentFailure, Running, TemporaryFailure
from headgate.project.declarations import Freshness, Materialization, Stream
from headgate.resources import Resource, ResourceId
from headgate.resources.live import CONNECTOR, JOB
from headgate.workflows.live_readers import DeclaredGroups
from headgate.workflows.results import DeprecatedRow, GroupRow, PromiseRow, RunningRow, TopicRow
from headgate.workflows.session import Session
from headgate.workflows.systems import LiveSystems

PASS, WARN, FAIL, NOT_ENOUGH = "pass", "warn", "fail", "not_enough_data"
RUNS = (JOB.name, CONNECTOR.name)
_AT_ONCE = 8
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveStatus:
    """How an environment is doing."""

    running: tuple[RunningRow, ...]
    topics: tuple[TopicRow, ...]
    groups: tuple[GroupRow, ...]
    promises: tuple[PromiseRow, ...]
    deprecated: tuple[DeprecatedRow, ...]


@dataclass(slots=True)
class Looking:
    """A look at the systems of an environment, each asked beside the others. `unseen` says what could not be seen."""

    session: Session
    systems: LiveSystems
    now: dt.datetime
    unseen: list[str] = field(default_factory=list)

    def status(self, things: Mapping[ResourceId, Resource]) -> LiveStatus:
        """How everything declared and ours is doing."""
        runs = {id_: one for id_, one in things.items() if id_.kind in RUNS}
        clusters = sorted({stream.cluster for stream in self._stored()})
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="headgate") as pool:
            running = pool.submit(self._watch, sorted(runs))
            holding = {name: pool.submit(self._held, name) for name in clusters}
            reading = {name: pool.submit(self._groups, name) for name in clusters}
            topics = [row for name in clusters for row in self._topic_rows(name, holding[name].result())]
            groups = [row for name in clusters for row in self._group_rows(name, reading[name].result())]
            ran = running.result()
        return LiveStatus(
            running=tuple(running_row(one, runs[one.id].address) for one in ran),
            topics=tuple(topics),
            groups=tuple(groups),
            promises=tuple(self._promises(topics, groups)),
            deprecated=tuple(self._deprecated(groups)),
        )

    def observe(self, ids: Sequence[ResourceId]) -> Live:
        """What each thing is like; those of a kind that a system does not let us look at are left out."""
        parts: dict[tuple[str, str, str], list[ResourceId]] = {}
        for id_ in ids:
            system, cluster = self.systems.system_of(id_), id_.name.partition("/")[0]
            parts.setdefault((system, cluster, id_.kind), []).append(id_)
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="headgate") as pool:
            looks = [
                pool.submit(self.see, partial(self.systems.observe, some), []) for some in parts.values()
            ]
            return as_live([one for look in looks for one in look.result()])

    def see(self, look: Callable[[], _Answer], otherwise: _Answer) -> _Answer:
        """What a look shows; where a system does not let us, that is said once, and what is there otherwise holds."""
        try:
            return look()
        except (TemporaryFailure, PermanentFailure) as failure:
            self.miss(str(failure))
            return otherwise

    def miss(self, why: str) -> None:
        """Something could not be seen."""
        why = self.systems.connections.hide(why)
        if why not in self.unseen:
            self.unseen.append(why)

    @property
    def world(self) -> World:
        assert self.session.context is not None
        return World(self.session.context)

    def _stored(self) -> Iterator[Stream]:
        """The streams that have a topic of their own, of this project."""
        world = self.world
        for stream, _ in world.streams():
            if stream.materialized is Materialization.SOURCE or world.stored_here(stream):
                yield stream

    def _topics(self, cluster: str) -> dict[str, Stream]:
        return {self.world.topic(one): one for one in self._stored() if one.cluster == cluster}

    def _watch(self, ids: Sequence[ResourceId]) -> list[Running]:
        ran = self.systems.watch(ids)
        for one in ran:
            if one.status == "unknown":
                self.miss(one.why)
        return ran

    def _held(self, cluster: str) -> Mapping[str, Held]:
        connection = self.systems.connections.clusters.get(cluster)
        if connection is None or connection.kafka is None:
            self.miss(f"the environment does not say how the cluster `{cluster}` is reached")
            return {}
        nothing: dict[str, Held | TemporaryFailure | PermanentFailure] = {}
        found = self.see(lambda: held(connection, list(self._topics(cluster))), nothing)
        refused = sorted(str(one) for one in found.values() if not isinstance(one, Held))
        if refused:
            more = f" (and {len(refused) - 1} more like it)" if refused[1:] else ""
            self.miss(refused[0] + more)
        return {topic: one for topic, one in found.items() if isinstance(one, Held)}

    def _groups(self, cluster: str) -> Sequence[LiveGroup]:
        connection = self.systems.connections.clusters.get(cluster)
        if connection is None or connection.kafka is None:
            return []
        nobody: Sequence[LiveGroup] | None = None
        found = self.see(lambda: self.systems.groups(cluster, list(self._topics(cluster))), nobody)
        if found is None:
            return []
        if not self.see(lambda: lists_every_group(connection), True):
            self.miss(
                f"consumer groups of `{cluster}` that this account may not DESCRIBE: "
                "with DESCRIBE on the cluster all are listed"
            )
        return found

    def _topic_rows(self, cluster: str, found: Mapping[str, Held]) -> Iterator[TopicRow]:
        for topic, stream in sorted(self._topics(cluster).items()):
            one = found.get(topic)
            if one is None:
                continue
            age = None if one.newest is None else (self.now - one.newest).total_seconds()
            yield TopicRow(
                address=str(stream.address),
                cluster=cluster,
                topic=topic,
                partitions=one.partitions,
                records=one.records,
                end=one.end,
                newest=None if one.newest is None else f"{one.newest.isoformat(' ', 'milliseconds')}Z",
                age_seconds=age,
                freshness=fresh(stream.freshness, age),
            )

    def _group_rows(self, cluster: str, groups: Iterable[LiveGroup]) -> Iterator[GroupRow]:
        """Who reads which topic. Our own jobs and connectors are readers as they are declared."""
        known, topics = DeclaredGroups(self.session), self._topics(cluster)
        for group in groups:
            whose = "" if group.name in known.ours else known.whose(group.name)
            for topic in group.topics:
                if topic not in topics:
                    continue
                stream = topics[topic]
                yield GroupRow(
                    address=str(stream.address),
                    cluster=cluster,
                    topic=topic,
                    group=group.name,
                    state=group.state,
                    whose=self.session.project.name if group.name in known.ours else whose,
                    declared=group.name in known.ours or self._says(whose, stream.address),
                    lag=group.lag.get(topic),
                    uncommitted=group.uncommitted.get(topic, 0),
                    clients=group.clients,
                )

    def _says(self, whose: str, stream: Address) -> bool:
        """Whether an exposure says that it reads what is in the topic of a stream."""
        exposure = self.session.project.exposures.get(Address.parse(whose)) if whose else None
        read = self.session.graph.reads(exposure) if exposure is not None else ()
        return any(stream in self._below(one) for one in read)

    def _below(self, address: Address) -> tuple[Address, ...]:
        """The streams with topics that a reader of a stream reads: itself, or those it is made of when it is read."""
        world, stream = self.world, self.session.graph.stream(address)
        if stream.materialized is Materialization.EPHEMERAL or world.served_by_proxy(stream):
            return reads(world, stream, self.session.graph.facts[address]).tables
        return (address,)

    def _promises(self, topics: Sequence[TopicRow], groups: Sequence[GroupRow]) -> Iterator[PromiseRow]:
        """What is promised of lag and freshness; of other promises nothing here tells."""
        ages = {row.address: row.age_seconds for row in topics}
        project, graph = self.session.project, self.session.graph
        for exposure in project.exposures.values():
            if exposure.max_lag_messages is not None:
                yield from _lags(str(exposure.address), exposure.max_lag_messages, groups)
            if exposure.sla.freshness_ms is not None:
                read = graph.reads(exposure)
                yield from self._ages(exposure.address, read, exposure.sla.freshness_ms, ages)
        for product in project.data_products.values():
            if product.sla.freshness_ms is not None:
                made = [one for one in map(project.resolve, product.outputs) if one is not None]
                yield from self._ages(product.address, made, product.sla.freshness_ms, ages)

    def _ages(
        self, who: Address, streams: Iterable[Address], limit: int, ages: Mapping[str, float | None]
    ) -> Iterator[PromiseRow]:
        for address in streams:
            known = [ages.get(str(one)) for one in self._below(address)]
            oldest = max((age for age in known if age is not None), default=None)
            actual = None if oldest is None else round(oldest * 1000)
            yield _promise(str(who), "freshness", str(address), limit, actual)

    def _deprecated(self, groups: Sequence[GroupRow]) -> Iterator[DeprecatedRow]:
        for stream in self._stored():
            if stream.deprecation_date:
                readers = {row.group for row in groups if row.address == str(stream.address)}
                yield DeprecatedRow(
                    address=str(stream.address), date=stream.deprecation_date, readers=tuple(sorted(readers))
                )


def fresh(said: Freshness | None, age_seconds: float | None) -> str:
    """What a declared freshness says of the age of the newest record; a stream without one is not judged."""
    if said is None or age_seconds is None:
        return ""
    if said.error_after_ms and age_seconds * 1000 > said.error_after_ms:
        return FAIL
    return WARN if said.warn_after_ms and age_seconds * 1000 > said.warn_after_ms else PASS


def _lags(who: str, limit: int, groups: Sequence[GroupRow]) -> Iterator[PromiseRow]:
    read = [row for row in groups if row.whose == who and row.declared]
    for row in read:
        # How far behind it is where it never committed anything, nobody knows: that is not "within the limit".
        known = row.lag is not None and (row.lag > limit or not row.uncommitted)
        yield _promise(who, "lag", f"{row.group} on {row.topic}", limit, row.lag if known else None)
    if not read:
        yield _promise(who, "lag", "no group of it is there", limit, None)


def _promise(who: str, promise: str, about: str, limit: int, actual: int | None) -> PromiseRow:
    status = NOT_ENOUGH if actual is None else (PASS if actual <= limit else FAIL)
    return PromiseRow(address=who, promise=promise, about=about, limit=limit, actual=actual, status=status)


def running_row(one: Running, address: str) -> RunningRow:
    """How a thing of a declaration is doing, without what its system does not say."""
    facts: dict[str, Any] = {key: value for key, value in one.facts.items() if value is not None}
    return RunningRow(
        address=address, kind=one.id.kind, name=one.id.name, status=one.status, why=one.why, facts=facts
    )
