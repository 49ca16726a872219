"""Desired, applied and live things to ordered changes. Pure: what is compared is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from headgate.plan.diff import FieldChange, dearest, field_changes
from headgate.plan.order import in_order
from headgate.plan.refusals import FORBIDDEN_CHANGE, LOSES_DATA, NOT_OURS, Refusal
from headgate.ports import Action, Observed
from headgate.resources import Effect, Resource, ResourceId, ResourceKind

Live = Mapping[ResourceId, Mapping[str, Any] | None]


class Risk(StrEnum):
    """What a change may do to others, from harmless on."""

    SAFE = "safe"
    NEEDS_RESTART = "needs restart"
    BREAKING = "breaking for readers"
    WIDENS_ACCESS = "widens access"
    LOSES_DATA = "loses data"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """One row of a plan.

    `desired` is None for a delete. `waits` says that it is not carried out until it is asked for. `forgets` says that the
    thing is gone already and only the state has to learn it. `after` names the changes it relies on.
    """

    action: Action
    id: ResourceId
    desired: Resource | None
    address: str
    risk: Risk
    reason: str
    fields: tuple[FieldChange, ...] = ()
    after: tuple[ResourceId, ...] = ()
    readers: tuple[str, ...] = ()
    waits: bool = False
    forgets: bool = False

    @property
    def pending(self) -> bool:
        """Whether applying the plan does something about it."""
        return not self.waits and (self.action is not Action.NO_OP or self.forgets)


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
    def is_empty(self) -> bool:
        """Whether everything is as wanted."""
        return not self.pending and not self.refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the person who plans has asked for beyond the declarations.

    `destroy` plans everything away. `deletes` lets things go that are declared no more; `data` lets those go, or be made
    anew, that hold data. `adopt` are ids that may be taken over. `readers` and `widens` tell, by address and by id, who
    reads a thing and which change shows somebody more.
    """

    destroy: bool = False
    deletes: bool = False
    data: bool = False
    adopt: frozenset[ResourceId] = frozenset()
    readers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    widens: Mapping[ResourceId, str] = field(default_factory=dict)


def as_live(observed: Iterable[Observed]) -> dict[ResourceId, Mapping[str, Any] | None]:
    """What was observed, by id."""
    return {one.id: one.fields for one in observed}


def make_plan(
    desired: Sequence[Resource],
    applied: Mapping[ResourceId, Resource],
    live: Live,
    kinds: Mapping[str, ResourceKind],
    asked: Asked | None = None,
    intents: Sequence[ResourceId] = (),
) -> Plan:
    """The changes that make `live` as `desired`, in the order of apply.

    `live` has an entry for every id of `desired` and `applied` (None: not there). Things with an open intent are ours,
    whatever became of the step.
    """
    asked = asked or Asked()
    wanted = {} if asked.destroy else {resource.id: resource for resource in desired}
    ours = {*applied, *intents}
    changes: list[PlannedChange] = []
    refusals: list[Refusal] = []
    for id_ in sorted({*wanted, *ours}):
        kind = kinds[id_.kind]
        if id_ in wanted:
            change = _wanted(kind, wanted[id_], applied.get(id_), live.get(id_), id_ in ours, asked, refusals)
        else:
            change = _unwanted(kind, id_, applied.get(id_), live.get(id_), asked, refusals)
        changes.append(_affecting(change, asked))
    return Plan(tuple(in_order(changes, kinds)), tuple(refusals))


def _wanted(
    kind: ResourceKind,
    resource: Resource,
    applied: Resource | None,
    live: Mapping[str, Any] | None,
    ours: bool,
    asked: Asked,
    refusals: list[Refusal],
) -> PlannedChange:
    change = PlannedChange(
        action=Action.NO_OP,
        id=resource.id,
        desired=resource,
        address=resource.address,
        risk=Risk.SAFE,
        reason="as declared",
        after=resource.after,
    )
    if live is None:
        gone = "was applied and is there no more" if applied is not None else "declared and not there yet"
        return replace(change, action=Action.CREATE, reason=resource.reason or gone)
    fields = field_changes(kind, resource.fields, applied.fields if applied else None, live)
    if not ours:
        return _not_ours(change, fields, asked, refusals)
    effect = dearest(fields)
    change = replace(change, fields=fields, reason=_why(fields) if fields else change.reason)
    if effect is Effect.FORBIDDEN:
        names = ", ".join(f"`{f.field}`" for f in fields if f.effect is Effect.FORBIDDEN)
        refusals.append(
            Refusal(
                FORBIDDEN_CHANGE,
                f"{names} of {resource.id} cannot be changed",
                "declare it under another name, or set back what was changed",
                resource.address,
                resource.id,
            )
        )
        return change
    if effect is Effect.REPLACE:
        risk = Risk.LOSES_DATA if kind.holds_data else Risk.NEEDS_RESTART
        if kind.holds_data and not asked.data:
            refusals.append(_loses_data(resource.id, resource.address, "is made anew"))
        return replace(change, action=Action.REPLACE, risk=risk)
    if effect is Effect.IGNORE:
        # Nothing to do to the thing itself, but the state may have to learn that it is ours as it is.
        learns = applied is None or (bool(fields) and applied.fields != resource.fields)
        return replace(change, forgets=False, action=Action.ADOPT if learns else Action.NO_OP)
    restarts = effect is Effect.RESTART
    return replace(
        change,
        action=Action.RESTART if restarts else Action.UPDATE,
        risk=Risk.NEEDS_RESTART if restarts else Risk.SAFE,
    )


def _not_ours(
    change: PlannedChange, fields: tuple[FieldChange, ...], asked: Asked, refusals: list[Refusal]
) -> PlannedChange:
    if change.id in asked.adopt:
        return replace(change, action=Action.ADOPT, fields=fields, reason="is there, and is taken over")
    differences = ", ".join(f"`{f.field}`" for f in fields) or "nothing"
    refusals.append(
        Refusal(
            NOT_OURS,
            f"{change.id} is there and is not ours; it differs in {differences}",
            "say `adopt: true` at the declaration, or `managed_by:` who manages it",
            change.address,
            change.id,
        )
    )
    return replace(change, fields=fields, reason="is there, and somebody else's")


def _unwanted(
    kind: ResourceKind,
    id_: ResourceId,
    applied: Resource | None,
    live: Mapping[str, Any] | None,
    asked: Asked,
    refusals: list[Refusal],
) -> PlannedChange:
    change = PlannedChange(
        action=Action.DELETE,
        id=id_,
        desired=None,
        address=applied.address if applied else "",
        risk=Risk.LOSES_DATA if kind.holds_data else Risk.BREAKING,
        reason="everything is to go" if asked.destroy else "declared no more",
        after=applied.after if applied else (),
    )
    if live is None:
        return replace(change, action=Action.NO_OP, risk=Risk.SAFE, reason="gone already", forgets=True)
    if not (asked.destroy or asked.deletes):
        return replace(change, waits=True)
    if kind.holds_data and not asked.data:
        refusals.append(_loses_data(id_, change.address, "is deleted"))
    return change


def _loses_data(id_: ResourceId, address: str, what: str) -> Refusal:
    return Refusal(
        LOSES_DATA,
        f"{id_} {what} and what it holds is lost",
        "pass --allow-destroy where the environment says `allow_destroy: true`",
        address,
        id_,
    )


def _affecting(change: PlannedChange, asked: Asked) -> PlannedChange:
    readers = asked.readers.get(change.address, ()) if change.pending or change.waits else ()
    widens = asked.widens.get(change.id) if change.pending else None
    if widens and change.risk is not Risk.LOSES_DATA:
        return replace(change, readers=readers, risk=Risk.WIDENS_ACCESS, reason=f"{change.reason}; {widens}")
    return replace(change, readers=readers)


def _why(fields: tuple[FieldChange, ...]) -> str:
    drifted = [f"`{f.field}`" for f in fields if f.drift]
    changed = [f"`{f.field}`" for f in fields if not f.drift]
    said = [f"{', '.join(changed)} changed"] if changed else []
    return "; ".join([*said, *([f"{', '.join(drifted)} drifted from what was applied"] if drifted else [])])
