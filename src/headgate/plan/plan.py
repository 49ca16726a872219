"""Desired, applied and live things to ordered changes. Pure: what is compared is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from headgate.plan.changes import Access, Plan, PlannedChange, Risk
from headgate.plan.diff import FieldChange, dearest, field_changes
from headgate.plan.order import PROTECT, in_order, sharing_names
from headgate.plan.refusals import FORBIDDEN_CHANGE, LOSES_STATE, NOT_OURS, Refusal
from headgate.ports import Action, Observed
from headgate.resources import Effect, Resource, ResourceId, ResourceKind
from headgate.resources.job_state import ANEW, REGAINED, lost_state
from headgate.state.records import recorded_as

START = "start"
"""The field that tells a job where to begin, once."""
STARTS = {"keep": "savepoint", "rebuild": "earliest", "from-now": "latest"}
"""What a person may choose for a job whose state cannot be taken over, and where it begins then."""

_TOLD = 6

Live = Mapping[ResourceId, Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the person who plans has asked for beyond the declarations.

    `destroy` plans everything away. `deletes` lets things go that wait to be asked for; `data` those as well that hold
    data. `adopt` are ids that may be taken over; `tools` says of which other tool a thing is, which we then never write.
    `on_state` says where a changed job begins whose state cannot be taken over, by its declaration's address or "" for all.
    """

    destroy: bool = False
    deletes: bool = False
    data: bool = False
    adopt: frozenset[ResourceId] = frozenset()
    tools: Mapping[ResourceId, str] = field(default_factory=dict)
    on_state: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """Who is affected: `readers` of a declaration, by its address; and by id, in words, which change shows somebody more
    (`widens`) or less (`narrows`), and which takes from readers what they use (`breaks`).

    `admits` says which let somebody read as others do: that is wider as well, but more is seen only once it is let in.
    `uncovers` says which end in somebody's seeing less, but through something else that is made: until that is in force
    nobody sees less.
    """

    readers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    widens: Mapping[ResourceId, str] = field(default_factory=dict)
    narrows: Mapping[ResourceId, str] = field(default_factory=dict)
    breaks: Mapping[ResourceId, str] = field(default_factory=dict)
    admits: Mapping[ResourceId, str] = field(default_factory=dict)
    uncovers: Mapping[ResourceId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Planner:
    """One plan being made. `claims` says of which other project a thing is; `refusals` grows."""

    kinds: Mapping[str, ResourceKind]
    wanted: Mapping[ResourceId, Resource]
    unsettled: frozenset[ResourceId]
    asked: Asked
    affected: Affected
    claims: Mapping[ResourceId, str]
    refusals: list[Refusal]

    def wanted_change(
        self, resource: Resource, applied: Resource | None, live: Mapping[str, Any] | None, ours: bool
    ) -> PlannedChange:
        """What is to be done to a thing that is declared."""
        kind = self.kinds[resource.id.kind]
        change = PlannedChange(
            action=Action.NO_OP,
            id=resource.id,
            desired=resource,
            address=resource.address,
            risk=Risk.SAFE,
            reason="as declared",
            after=(*resource.after, *self._relied_on_until_now(applied)),
        )
        if resource.id in self.asked.tools:
            return _handed_over(change, kind, self.asked.tools[resource.id], live, ours)
        if not ours and resource.yields and live is not None:
            return replace(change, reason="is there already, and somebody else's")
        if not ours and resource.id in self.claims:
            self.refusals.append(_of_another_project(change, kind, self.claims[resource.id]))
            return replace(change, reason=f"is {self.claims[resource.id]}'s")
        if live is None:
            gone = "was applied and is there no more" if applied is not None else "declared and not there yet"
            begins = self._begins(change, kind, lost=False)
            if kind.facts and not begins:
                # What one of that name, removed since or never ours, has left behind is none of this one's.
                begins = {START: REGAINED} if applied is not None else {} if ours else {START: ANEW}
            return replace(change, action=Action.CREATE, reason=gone, once=begins)
        fields = field_changes(kind, resource.fields, applied.fields if applied else None, live)
        change = replace(change, fields=fields, reason=_why(fields) if fields else change.reason)
        if not ours:
            if resource.id not in self.asked.adopt:
                self.refusals.append(_not_ours(change))
                return replace(change, reason="is there, and somebody else's")
            change = replace(change, action=Action.ADOPT, reason="is there, and is taken over")
        change = self._compared(change, kind)
        if change.action is not Action.NO_OP:
            return change
        # Nothing is to be done to the thing; where it is not recorded as it is, a step was killed before it was.
        recorded = applied is not None and recorded_as(applied, resource)
        return replace(change, learns=ours and (not recorded or resource.id in self.unsettled))

    def _relied_on_until_now(self, applied: Resource | None) -> Iterator[ResourceId]:
        """What goes, and what was needed as the thing was: it stays until the thing is as declared."""
        return (one for one in (applied.after if applied else ()) if one not in self.wanted)

    def _compared(self, change: PlannedChange, kind: ResourceKind) -> PlannedChange:
        """What its fields cost that are to change."""
        forbidden = [f for f in change.fields if f.effect is Effect.FORBIDDEN]
        lost = [f for f in forbidden if f.field in kind.facts]
        begins = self._begins(change, kind, lost=bool(lost))
        cost = dearest(f for f in change.fields if f not in lost)
        if forbidden and not (begins and lost == forbidden):
            self.refusals.append(_loses_state(change, lost) if lost == forbidden else _forbidden(change))
            return replace(change, action=Action.NO_OP)
        if cost is Effect.REPLACE:
            loses = kind.holds_data
            risk = Risk.LOSES_DATA if loses else Risk.NEEDS_RESTART
            return replace(change, action=Action.REPLACE, risk=risk, waits=loses, blocks=loses, once=begins)
        if cost is Effect.RESTART or lost:
            risk = Risk.LOSES_DATA if lost else Risk.NEEDS_RESTART
            return replace(change, action=_unless_adopted(change, Action.RESTART), risk=risk, once=begins)
        if cost is Effect.UPDATE:
            return replace(change, action=_unless_adopted(change, Action.UPDATE))
        return change

    def _begins(self, change: PlannedChange, kind: ResourceKind, *, lost: bool) -> Mapping[str, Any]:
        """Where somebody chose that it begins: for it by name, or for all whose state is lost."""
        asked = self.asked.on_state
        start = asked.get(change.address) or (asked.get("", "") if lost else "")
        return {START: start} if start and kind.facts else {}

    def unwanted_change(
        self, id_: ResourceId, applied: Resource | None, live: Mapping[str, Any] | None
    ) -> PlannedChange:
        """What is to be done to a thing of ours that is declared no more."""
        kind = self.kinds[id_.kind]
        change = PlannedChange(
            action=Action.DELETE,
            id=id_,
            desired=None,
            address=applied.address if applied else "",
            risk=Risk.LOSES_DATA if kind.holds_data else Risk.BREAKING,
            reason="everything is to go" if self.asked.destroy else "declared no more",
            after=applied.after if applied else (),
        )
        if live is None:
            return replace(change, action=Action.NO_OP, risk=Risk.SAFE, reason="gone already", learns=True)
        in_the_way = any(
            ResourceId(name, id_.name) in self.wanted for name in sharing_names(kind, self.kinds)
        )
        # What is declared no more waits to be asked for; but what stands in the way of a declared thing is asked for by
        # that, and nobody keeps access that is declared no more, unless what uses it waits as well.
        said = self.affected
        seen_otherwise = any(id_ in told for told in (said.widens, said.narrows, said.uncovers))
        waits = kind.holds_data or not (kind.gives_access or in_the_way or seen_otherwise)
        return replace(change, waits=waits, blocks=waits and in_the_way)

    def affecting(self, change: PlannedChange) -> PlannedChange:
        """The change with who it affects, and how."""
        if change.action in (Action.NO_OP, Action.HANDED_OVER):
            return change
        change = replace(change, readers=self.affected.readers.get(change.address, ()))
        said = self.affected
        for told, risk, access in (
            (said.breaks, Risk.BREAKING, change.access),
            (said.admits, Risk.WIDENS_ACCESS, change.access),
            (said.uncovers, Risk.BREAKING, change.access),
            (said.narrows, Risk.BREAKING, Access.NARROWER),
            (said.widens, Risk.WIDENS_ACCESS, Access.WIDER),
        ):
            if change.id in told:
                change = replace(
                    change,
                    access=access,
                    risk=change.risk if change.risk is Risk.LOSES_DATA else risk,
                    reason=f"{change.reason}; {told[change.id]}",
                    breaks=change.id in said.breaks,
                )
        return change


def as_live(observed: Iterable[Observed]) -> dict[ResourceId, Mapping[str, Any] | None]:
    """What was observed, by id."""
    return {one.id: one.fields for one in observed}


def make_plan(
    desired: Sequence[Resource],
    applied: Mapping[ResourceId, Resource],
    live: Live,
    kinds: Mapping[str, ResourceKind],
    *,
    asked: Asked | None = None,
    affected: Affected | None = None,
    intents: Sequence[ResourceId] = (),
    claims: Mapping[ResourceId, str] | None = None,
) -> Plan:
    """The changes that make `live` as `desired`, in the order of apply.

    `live` has an entry for every id of `desired` and `applied` (None: not there). Things with an open intent are ours,
    whatever became of the step. `claims` says which are another project's, and whose.
    """
    asked = asked or Asked()
    wanted = {} if asked.destroy else {resource.id: resource for resource in desired}
    ours = {*applied, *intents}
    refusals: list[Refusal] = []
    planner = _Planner(
        kinds, wanted, frozenset(intents), asked, affected or Affected(), claims or {}, refusals
    )
    changes = []
    for id_ in sorted({*wanted, *ours}):
        before, now = applied.get(id_), live.get(id_)
        if id_ in wanted:
            change = planner.wanted_change(wanted[id_], before, now, id_ in ours)
        else:
            change = planner.unwanted_change(id_, before, now)
        changes.append(planner.affecting(change))
    waiting = [change.id for change in changes if change.removes and change.waits]
    used = _relied_on(waiting, changes)
    changes = [replace(c, waits=True) if c.removes and c.pending and c.id in used else c for c in changes]
    protection = {c.id for c in changes if not c.removes and c.pending and _protects(kinds[c.id.kind])}
    exposed = {id_ for id_ in waiting if _relied_on([id_], changes) & protection}
    changes = [replace(c, blocks=True) if c.id in exposed else c for c in changes]
    return consenting(Plan(in_order(changes, kinds), tuple(refusals)), asked, kinds)


def _relied_on(ids: Sequence[ResourceId], changes: Sequence[PlannedChange]) -> set[ResourceId]:
    """What these things rely on that are to go, and what of it that goes as well relies on in turn."""
    after = {change.id: change.after for change in changes if change.removes}
    found: set[ResourceId] = set()
    open_ = list(ids)
    while open_:
        fresh = {other for id_ in open_ for other in after.get(id_, ())} - found
        found |= fresh
        open_ = list(fresh)
    return found


def _protects(kind: ResourceKind) -> bool:
    """Whether it shapes what readers see of other things, which no system tells of it and is remembered."""
    return kind.rank == PROTECT and bool(kind.remembered)


def consenting(plan: Plan, asked: Asked, kinds: Mapping[str, ResourceKind]) -> Plan:
    """The plan, in which what was asked for waits no longer."""

    def settled(change: PlannedChange) -> PlannedChange:
        may = asked.deletes and (asked.data or not kinds[change.id.kind].holds_data)
        return replace(change, waits=False, blocks=False) if change.waits and may else change

    return replace(plan, changes=tuple(map(settled, plan.changes)))


def _unless_adopted(change: PlannedChange, action: Action) -> Action:
    return Action.ADOPT if change.action is Action.ADOPT else action


def _handed_over(
    change: PlannedChange, kind: ResourceKind, tool: str, live: Mapping[str, Any] | None, ours: bool
) -> PlannedChange:
    """What another tool writes: how it differs from what is declared. It is ours no more, if it was."""
    assert change.desired is not None
    fields = field_changes(kind, change.desired.fields, None, live) if live is not None else ()
    differing = f"differs in {_named(fields)}" if fields else "as declared"
    how = "not there yet" if live is None else differing
    return replace(
        change, action=Action.HANDED_OVER, reason=f"{tool} writes it; {how}", fields=fields, learns=ours
    )


def _not_ours(change: PlannedChange) -> Refusal:
    differs = f"it differs in {_named(change.fields)}" if change.fields else "it is as declared"
    another = "give what is declared another name"
    return Refusal(
        NOT_OURS,
        f"{change.id} is there and is not ours; {differs}",
        f"say `adopt: true` there to take it over, or {another}" if change.address else another,
        change.address,
        change.id,
    )


def _of_another_project(change: PlannedChange, kind: ResourceKind, whose: str) -> Refusal:
    project, _, environment = whose.partition("/")
    help_ = "give what is declared another name, or read theirs as a source"
    if kind.gives_access:
        help_ = (
            f"use a principal of its own, or leave it to `{project}`: say `managed_by: other` at the exposure"
        )
    return Refusal(
        NOT_OURS,
        f"{change.id} belongs to the project `{project}`, environment `{environment}`",
        help_,
        change.address,
        change.id,
    )


def _loses_state(change: PlannedChange, lost: Sequence[FieldChange]) -> Refusal:
    gone = [line for f in lost for line in lost_state(f.now or (), f.then or ())]
    return Refusal(
        LOSES_STATE,
        f"{change.id} is changed so that its state cannot be taken over",
        "choose `--on-state rebuild` (read its inputs again), `from-now` or `keep`, or declare a new version",
        change.address,
        change.id,
        tuple(gone[:_TOLD]),
    )


def _forbidden(change: PlannedChange) -> Refusal:
    names = _named(f for f in change.fields if f.effect is Effect.FORBIDDEN)
    return Refusal(
        FORBIDDEN_CHANGE,
        f"{names} of {change.id} cannot be changed",
        "declare it under another name, or set back what was changed",
        change.address,
        change.id,
    )


def _why(fields: tuple[FieldChange, ...]) -> str:
    drifted = _named(f for f in fields if f.drift)
    changed = _named(f for f in fields if not f.drift)
    said = [f"{changed} changed"] if changed else []
    return "; ".join([*said, *([f"{drifted} drifted from what was applied"] if drifted else [])])


def _named(fields: Iterable[FieldChange]) -> str:
    return ", ".join(f"`{field.field}`" for field in fields)
