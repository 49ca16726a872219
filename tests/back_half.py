"""A system that holds things in memory, state in memory, and kinds of things: what plans and applies are tested on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headgate.apply import Applied, carry_out
from headgate.plan.changes import Plan
from headgate.plan.plan import Affected, Asked, as_live, make_plan
from headgate.ports import (
    Action,
    Change,
    Failure,
    Observed,
    PermanentFailure,
    Provider,
    StateLost,
    StateStore,
)
from headgate.resources import Effect, Resource, ResourceId, ResourceKind


def _grows(old: Any, new: Any) -> Effect:
    return Effect.UPDATE if (new or 0) >= (old or 0) else Effect.REPLACE


TOPIC = ResourceKind(
    name="topic",
    provider="memory",
    rank=2,
    effects={"size": _grows, "config": Effect.UPDATE, "note": Effect.IGNORE},
    holds_data=True,
    names="relation",
)
VIEW = ResourceKind(
    name="view",
    provider="memory",
    rank=3,
    effects={"sql": Effect.UPDATE, "forms": Effect.UPDATE, "columns": Effect.UPDATE},
    names="relation",
)
JOB = ResourceKind(
    name="job", provider="memory", rank=4, effects={"sql": Effect.RESTART, "output": Effect.REPLACE}
)
JOB_GRANT = ResourceKind(name="job_grant", provider="memory", rank=4, effects={}, gives_access=True)
GRANT = ResourceKind(name="grant", provider="memory", rank=5, effects={}, gives_access=True)
KINDS = {kind.name: kind for kind in (TOPIC, VIEW, JOB, JOB_GRANT, GRANT)}


def thing(kind: ResourceKind, name: str, *after: ResourceId, **fields: Any) -> Resource:
    """A resource of that kind, whose address is its name."""
    return Resource(id=ResourceId(kind.name, name), fields=fields, address=f"model.{name}", after=after)


class Killed(BaseException):
    """The process was killed: nothing below the test catches it."""


@dataclass
class Memory:
    """A provider whose system is a dictionary. `failing` things cannot be changed; `made` is what was, in its order."""

    things: dict[ResourceId, Mapping[str, Any]] = field(default_factory=dict)
    failing: set[ResourceId] = field(default_factory=set)
    made: list[tuple[Action, ResourceId]] = field(default_factory=list)
    kinds: tuple[str, ...] = tuple(KINDS)

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]:
        return [Observed(one, self.things.get(one)) for one in ids]

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        return [self._made(change) for change in changes]

    def _made(self, change: Change) -> Failure | None:
        if change.id in self.failing:
            return PermanentFailure("the system will not")
        self.make(change)
        return None

    def make(self, change: Change) -> None:
        """Makes one change; tests override it to look, or to do otherwise."""
        if change.action in (Action.NO_OP, Action.HANDED_OVER):
            return
        self.made.append((change.action, change.id))
        if change.desired is None:
            self.things.pop(change.id, None)
        else:
            self.things[change.id] = dict(change.desired.fields)

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class MemoryState:
    """A state store in memory, which outlives a killed apply as a file would: the lock of one that is gone is nobody's.

    `claims` are other projects' things, and whose they are.
    """

    generation: int = 0
    resources: dict[ResourceId, Resource] = field(default_factory=dict)
    begun: set[ResourceId] = field(default_factory=set)
    claims: dict[ResourceId, str] = field(default_factory=dict)
    held: bool = False

    def read(self) -> dict[ResourceId, Resource]:
        return dict(sorted(self.resources.items()))

    def intents(self) -> tuple[ResourceId, ...]:
        return tuple(sorted(self.begun))

    def begin(self, plan: str = "") -> None:
        if not self.held:
            self.held = True
            self.generation += 1

    def intend(self, ids: Sequence[ResourceId]) -> None:
        self._must_hold()
        self.begun.update(ids)

    def record(self, made: Sequence[Resource], gone: Sequence[ResourceId] = ()) -> None:
        self._must_hold()
        for resource in made:
            self.resources[resource.id] = resource
        for id_ in gone:
            self.resources.pop(id_, None)
        self.begun.difference_update([resource.id for resource in made], gone)

    def finish(self) -> None:
        self.held = False

    def claimed_by_others(self, ids: Sequence[ResourceId]) -> dict[ResourceId, str]:
        return {id_: self.claims[id_] for id_ in ids if id_ in self.claims}

    def close(self) -> None:
        """Nothing is open."""

    def _must_hold(self) -> None:
        if not self.held:
            raise StateLost("no apply was begun")


class DyingProvider:
    """A provider under a process that is killed at its `at`-th change: before it, or after it and before it is recorded.

    Of a batch the changes before it have landed then, and those after it have not.
    """

    def __init__(self, provider: Provider, at: int, *, after: bool) -> None:
        self._provider = provider
        self._left = at
        self._after = after
        self.kinds = provider.kinds

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]:
        return self._provider.observe(ids)

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        if self._left > len(changes):
            self._left -= len(changes)
            return self._provider.carry_out(changes)
        landed = changes[: self._left if self._after else self._left - 1]
        if landed:
            self._provider.carry_out(landed)
        raise Killed

    def close(self) -> None:
        self._provider.close()


def plan_of(
    desired: Iterable[Resource],
    provider: Provider,
    state: StateStore,
    kinds: Mapping[str, ResourceKind] = KINDS,
    asked: Asked | None = None,
    affected: Affected | None = None,
) -> Plan:
    """The plan that makes a system as desired, from looking at it."""
    wanted = list(desired)
    applied, intents = state.read(), state.intents()
    live = as_live(provider.observe(sorted({*applied, *intents, *(r.id for r in wanted)})))
    return make_plan(wanted, applied, live, kinds, asked=asked, affected=affected, intents=intents)


def apply_of(
    desired: Iterable[Resource],
    provider: Provider,
    state: StateStore,
    kinds: Mapping[str, ResourceKind] = KINDS,
    asked: Asked | None = None,
) -> Applied:
    """Plans and applies; nothing may speak against it."""
    plan = plan_of(desired, provider, state, kinds, asked)
    assert plan.refusals == ()
    return carry_out(plan, provider, state, lambda title, done, total: None)
