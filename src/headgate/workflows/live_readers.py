"""Consumer groups that read what changes, beside the declared readers: those that nobody declared most of all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from headgate.compile.target import World
from headgate.plan.changes import PlannedChange
from headgate.ports import Action, HasGroups, LiveGroup, PermanentFailure, TemporaryFailure
from headgate.project.declarations import Materialization
from headgate.resources import Resource
from headgate.resources.live import TOPIC
from headgate.workflows.session import Session

UNKNOWN = "consumer groups that could not be looked at"

Readers = Mapping[str, tuple[str, ...]]
"""By the address of a declaration: who reads it, in words."""


def live_readers(
    session: Session, changes: Iterable[PlannedChange], known: Iterable[Resource], system: HasGroups
) -> Readers:
    """The groups that read the topics of declarations of which something is to be changed or to go.

    The groups of our own jobs and connectors are left out: those are readers as they are declared.
    """
    changing = {c.address for c in changes if c.pending and c.action is not Action.CREATE and c.address}
    topics = {r.id.name: r.address for r in known if r.id.kind == TOPIC.name and r.address in changing}
    by_cluster: dict[str, list[str]] = {}
    for name in sorted(topics):
        cluster, _, topic = name.partition("/")
        by_cluster.setdefault(cluster, []).append(topic)
    declared = DeclaredGroups(session)
    found: dict[str, list[str]] = {}
    for cluster, those in by_cluster.items():
        addresses = {topic: topics[f"{cluster}/{topic}"] for topic in those}
        try:
            groups = system.groups(cluster, those)
        except (TemporaryFailure, PermanentFailure):
            for address in addresses.values():
                found.setdefault(address, []).append(UNKNOWN)
            continue
        for address, words in declared.told(groups, addresses):
            found.setdefault(address, []).append(words)
    return {address: tuple(dict.fromkeys(words)) for address, words in found.items()}


@dataclass(slots=True, init=False)
class DeclaredGroups:
    """The consumer groups that declarations lead to: whose each is."""

    ours: frozenset[str]
    exact: dict[str, str]
    prefixes: dict[str, str]

    def __init__(self, session: Session) -> None:
        assert session.context is not None
        world = World(session.context)
        streams = session.project.streams.values()
        sinks = [s for s in streams if s.materialized is Materialization.SINK]
        self.ours = frozenset(
            (*(world.job(s) for s in streams), *(f"connect-{world.connector(s)}" for s in sinks))
        )
        exposures = session.project.exposures.values()
        self.exact = {e.consumer_group: str(e.address) for e in exposures if e.consumer_group}
        self.prefixes = {e.name: str(e.address) for e in exposures if not e.consumer_group}

    def told(self, groups: Iterable[LiveGroup], addresses: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for group in groups:
            if group.name in self.ours:
                continue
            for topic in group.topics:
                if topic in addresses:
                    whose = self.whose(group.name) or "declared nowhere"
                    yield addresses[topic], f"group `{group.name}` ({whose})"

    def whose(self, name: str) -> str:
        """The exposure that a group is of, by its name: of those whose names it begins with the longest; "" where it is of none."""
        if name in self.exact:
            return self.exact[name]
        begins = [prefix for prefix in self.prefixes if name.startswith(prefix)]
        return self.prefixes[max(begins, key=len)] if begins else ""
