"""A plan: the changes that make things as declared, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import Any

from headgate.plan.diff import FieldChange
from headgate.plan.refusals import Refusal
from headgate.ports import Action, Change
from headgate.resources import Resource, ResourceId


class Risk(StrEnum):
    """What a change may do to others, from harmless on."""

    SAFE = "safe"
    NEEDS_RESTART = "needs restart"
    BREAKING = "breaking for readers"
    WIDENS_ACCESS = "widens access"
    LOSES_DATA = "loses data"


class Access(IntEnum):
    """Whether anybody sees less or more after a change. One that does both counts as wider."""

    NARROWER = -1
    SAME = 0
    WIDER = 1


_UNTOUCHED = (Action.NO_OP, Action.HANDED_OVER, Action.REFRESH)


class Phase(IntEnum):
    """When in an apply a change is made: by what must never be seen in between."""

    TAKE = 0
    """Revocations and stricter policies."""
    STOP = 1
    """Jobs and connectors that go, and what stands where something else is to be."""
    STORE = 2
    PROTECT = 3
    RUN = 4
    REMOVE = 5
    """The access of jobs that goes, virtual topics, protection, then what is stored."""
    GIVE = 6
    """Grants of readers and producers, and looser policies."""

    @property
    def protects(self) -> bool:
        """Whether nothing may be opened where a change of this phase failed."""
        return self in (Phase.TAKE, Phase.PROTECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """One row of a plan.

    `desired` is None for a delete. `waits` says that it is not carried out until it is asked for; one that `blocks` stands
    between the declarations and what is there, or would read what is protected for others alone from now on, so nothing is
    applied without it. `learns` says that nothing is to be done to the thing: the state alone has to learn how it is. One
    that `breaks` takes from readers what they use. `after` names the changes it relies on. Changes of one `wave` rely on no
    other of it: they may be made at once, and any part of them without the rest. `once` are fields that the system is told
    with this change and that are not kept, such as where a job is to start.
    """

    action: Action
    id: ResourceId
    desired: Resource | None
    address: str
    risk: Risk
    reason: str
    fields: tuple[FieldChange, ...] = ()
    after: tuple[ResourceId, ...] = ()
    phase: Phase = Phase.STORE
    wave: int = 0
    access: Access = Access.SAME
    readers: tuple[str, ...] = ()
    waits: bool = False
    blocks: bool = False
    learns: bool = False
    breaks: bool = False
    once: Mapping[str, Any] = field(default_factory=dict)

    @property
    def removes(self) -> bool:
        """Whether the thing is wanted no more."""
        return self.desired is None

    @property
    def pending(self) -> bool:
        """Whether applying the plan does something to the thing."""
        return not self.waits and self.action not in _UNTOUCHED

    @property
    def grave(self) -> bool:
        """Whether it does what cannot be taken back: what was deleted or seen."""
        return self.pending and self.risk in (Risk.WIDENS_ACCESS, Risk.LOSES_DATA)

    @property
    def step(self) -> Change:
        """What a provider is asked to do."""
        dropped = tuple(change.field for change in self.fields if change.then is None)
        desired = self.desired
        if desired is not None and self.once:
            desired = replace(desired, fields={**desired.fields, **self.once})
        return Change(self.action, self.id, desired, dropped)

    @property
    def kept(self) -> Resource | None:
        """What of ours is there afterwards."""
        return None if self.action is Action.HANDED_OVER else self.desired


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes in the order to make them, and what speaks against making any."""

    changes: tuple[PlannedChange, ...]
    refusals: tuple[Refusal, ...] = ()

    @property
    def pending(self) -> tuple[PlannedChange, ...]:
        """The changes that applying would make."""
        return tuple(change for change in self.changes if change.pending)

    @property
    def remembered(self) -> tuple[PlannedChange, ...]:
        """The changes of what is remembered alone."""
        return tuple(change for change in self.changes if change.action is Action.REFRESH)

    @property
    def grave(self) -> tuple[PlannedChange, ...]:
        """The pending changes that cannot be taken back."""
        return tuple(change for change in self.changes if change.grave)

    @property
    def is_empty(self) -> bool:
        """Whether everything is as wanted, but for what waits to be asked for."""
        return not self.pending and not self.refusals
