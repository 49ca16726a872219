"""In which order changes are made: what protects before what it protects, readers' grants last, removal the other way.

The order is that of phases (apply.md), within them of ranks, then of how many of its own kind a change relies on one after
the other, then of names, so that it does not depend on how things came in. What a change relies on comes before it,
whatever their phases. Neighbours that differ in nothing but their names are a wave: none relies on another.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from headgate.plan.changes import Access, Phase, PlannedChange
from headgate.ports import Action
from headgate.resources import ResourceId, ResourceKind

STORE, PROTECT, RUN, GRANTS = 2, 3, 4, 5
"""Ranks. GRANTS lets readers and producers in: taken away before anything else, given after everything else."""

_MAKING = (Action.CREATE, Action.REPLACE)

Kinds = Mapping[str, ResourceKind]


class _Place(NamedTuple):
    """When a change's turn is: after all of a lower place. `depth` counts those of its phase and turn that must come first."""

    phase: Phase
    turn: int
    depth: int = 0

    def behind(self, other: _Place) -> _Place:
        """This place, once it is known to come after another."""
        alike = (self.phase, self.turn) == (other.phase, other.turn)
        return self._replace(depth=max(self.depth, other.depth + 1)) if alike else self


class CircularPlan(Exception):
    """Changes wait for each other: targets made resources that rely on each other, which is a fault of ours."""

    def __init__(self, waiting: Iterable[ResourceId]) -> None:
        super().__init__(f"these changes wait for each other: {', '.join(map(str, sorted(waiting)))}")


def in_order(changes: Iterable[PlannedChange], kinds: Kinds) -> tuple[PlannedChange, ...]:
    """The changes in the order to make them. Each has its phase and wave, and in `after` all that it relies on in this plan."""
    by_id = {change.id: change for change in changes}
    displaced = {other for id_ in by_id for other in _in_the_way(by_id[id_], by_id, kinds)}
    waiting_for = _reliances(by_id, kinds, displaced)
    waking: dict[ResourceId, list[ResourceId]] = {}
    for id_, others in waiting_for.items():
        for other in others:
            waking.setdefault(other, []).append(id_)
    # The access of a job goes with the job, or when the new one that needs it no more has replaced it.
    in_use = {other for change in by_id.values() if not change.removes for other in change.after}
    phases = {id_: _phase(by_id[id_], kinds, id_ in displaced, id_ in in_use) for id_ in by_id}
    left = {id_: len(others) for id_, others in waiting_for.items()}
    places = {id_: _Place(phases[id_], _turn(by_id[id_], kinds)) for id_ in by_id}
    ready = [(places[id_], id_) for id_, count in left.items() if not count]
    heapq.heapify(ready)
    done: list[PlannedChange] = []
    wave, last = 0, None
    while ready:
        place, id_ = heapq.heappop(ready)
        wave, last = (wave if place == last else wave + 1), place
        after = tuple(sorted(waiting_for[id_]))
        done.append(replace(by_id[id_], phase=place.phase, wave=wave, after=after))
        for other in waking.get(id_, ()):
            places[other] = places[other].behind(place)
            left[other] -= 1
            if not left[other]:
                heapq.heappush(ready, (places[other], other))
    if len(done) < len(by_id):
        raise CircularPlan(by_id.keys() - {change.id for change in done})
    return tuple(done)


def _reliances(
    by_id: Mapping[ResourceId, PlannedChange], kinds: Kinds, displaced: Collection[ResourceId]
) -> dict[ResourceId, set[ResourceId]]:
    """What each change relies on: what it needs to be there, what stands in its way, for a removal what needs it.

    A thing is not made while somebody has access to its name who is to have it no more. What is removed goes when what
    relied on it relies on it no more; but what runs, what makes room, and access, wait for nothing that stays.
    """
    room = _making_room(by_id, displaced)
    covering = {
        id_ for id_ in by_id.keys() - room if kinds[id_.kind].rank < RUN and not kinds[id_.kind].gives_access
    }
    found: dict[ResourceId, set[ResourceId]] = {id_: set() for id_ in by_id}
    for id_, change in by_id.items():
        for other in (by_id[one] for one in change.after if one in by_id and one != id_):
            if not change.removes:
                if not other.removes:
                    found[id_].add(other.id)
                elif change.pending and other.id in covering:
                    found[other.id].add(id_)
            elif other.removes or (_revokes(change, kinds) and other.action in _MAKING):
                found[other.id].add(id_)
        found[id_].update(_in_the_way(change, by_id, kinds))
    return found


def _making_room(
    by_id: Mapping[ResourceId, PlannedChange], displaced: Collection[ResourceId]
) -> set[ResourceId]:
    """What is displaced, and what has to go before it since it relies on it."""
    reliers: dict[ResourceId, list[ResourceId]] = {}
    for id_, change in by_id.items():
        for other in change.after if change.removes else ():
            reliers.setdefault(other, []).append(id_)
    found: set[ResourceId] = set()
    open_ = list(displaced)
    while open_:
        id_ = open_.pop()
        if id_ not in found:
            found.add(id_)
            open_ += reliers.get(id_, ())
    return found


def _in_the_way(
    change: PlannedChange, by_id: Mapping[ResourceId, PlannedChange], kinds: Kinds
) -> Iterator[ResourceId]:
    """The removals of things that have the name which another kind of thing in the same system is to have."""
    if change.removes:
        return
    for kind in sharing_names(kinds[change.id.kind], kinds):
        other = by_id.get(ResourceId(kind, change.id.name))
        if other is not None and other.removes:
            yield other.id


def sharing_names(kind: ResourceKind, kinds: Kinds) -> Iterator[str]:
    """The other kinds of the same system, of which none may have the name of one of this kind."""
    if kind.names:
        for other in kinds.values():
            if other.name != kind.name and (other.provider, other.names) == (kind.provider, kind.names):
                yield other.name


def _revokes(change: PlannedChange, kinds: Kinds) -> bool:
    return change.removes and kinds[change.id.kind].rank >= GRANTS


def _phase(change: PlannedChange, kinds: Kinds, displaced: bool, in_use: bool) -> Phase:
    rank = kinds[change.id.kind].rank
    if change.access is Access.WIDER or (rank >= GRANTS and not change.removes):
        return Phase.GIVE
    if change.access is Access.NARROWER or rank >= GRANTS:
        return Phase.TAKE
    if change.removes:
        runs = rank >= RUN and not (kinds[change.id.kind].gives_access and in_use)
        return Phase.STOP if displaced or runs else Phase.REMOVE
    if rank >= RUN:
        return Phase.RUN
    return Phase.PROTECT if rank >= PROTECT else Phase.STORE


def _turn(change: PlannedChange, kinds: Kinds) -> int:
    rank = kinds[change.id.kind].rank
    return -rank if change.removes else rank
