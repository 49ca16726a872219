"""What `plan`, `apply`, `destroy` and `build` share: a plan made of a project and its systems, and carried out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from headgate.compile.discovery import compile_project, targets_of
from headgate.compile.target import World
from headgate.diagnostics import Diagnostic, Severity
from headgate.plan.changes import Plan
from headgate.plan.plan import Asked, Live, as_live, make_plan
from headgate.plan.refresh import refresh_plan
from headgate.ports import PermanentFailure, Provider, StateStore, TemporaryFailure
from headgate.resources import Resource, ResourceId, ResourceKind
from headgate.workflows.acting import state_of, unknown_kinds
from headgate.workflows.affected import affected
from headgate.workflows.carrying_out import Deed, Landed, Made, carried_out
from headgate.workflows.change_rows import rows
from headgate.workflows.consent import against, agreed
from headgate.workflows.forms import with_forms
from headgate.workflows.in_force import with_grants_in_force
from headgate.workflows.judging import as_there, judged
from headgate.workflows.live_readers import live_readers
from headgate.workflows.ownership import adopted_already, with_said
from headgate.workflows.paused import standing_still
from headgate.workflows.plan_text import plan_text
from headgate.workflows.refused import Refused, cannot_look
from headgate.workflows.results import FINDINGS
from headgate.workflows.session import Session, selected
from headgate.workflows.standstill import standstills
from headgate.workflows.stored_clear import stored_clear
from headgate.workflows.systems import LiveSystems, kinds_of


@dataclass(frozen=True, slots=True)
class Desired:
    """What the declarations become in the environment, the kinds of things its systems can hold, and what was found."""

    resources: tuple[Resource, ...]
    kinds: Mapping[str, ResourceKind]
    diagnostics: tuple[Diagnostic, ...] = ()


def desired(session: Session) -> Desired | Refused:
    """What every declaration of the project becomes; refused where a system cannot express one."""
    assert session.context is not None
    names = targets_of(session.project.environment)
    compiled = compile_project(World(session.context, files=False), names)
    if any(d.severity is Severity.ERROR for d in compiled.diagnostics):
        return Refused(compiled.diagnostics)
    return Desired(compiled.resources, kinds_of(session), compiled.diagnostics)


def by_name(kinds: Iterable[ResourceKind]) -> dict[str, ResourceKind]:
    """Kinds by their names."""
    return {kind.name: kind for kind in kinds}


@dataclass(frozen=True, slots=True)
class _Known:
    """What is wanted, what was applied, and of which steps began; of a selection its part alone."""

    wanted: tuple[Resource, ...]
    applied: Mapping[ResourceId, Resource]
    intents: tuple[ResourceId, ...]

    @property
    def ids(self) -> set[ResourceId]:
        return {*self.applied, *self.intents, *(resource.id for resource in self.wanted)}


def plan_from(
    session: Session, wanted: Desired, provider: Provider, state: StateStore, asked: Asked | None = None
) -> Made | Refused:
    """The plan that makes the systems as wanted. Of a selection, only what its declarations lead to is looked at.

    Systems that can judge are asked about all that is to be made or changed; what they would not take is refused.
    """
    known = _known(session, wanted, state)
    if isinstance(known, Refused):
        return known
    live = look(session, provider, known.ids)
    if isinstance(live, Refused):
        return live
    asked = with_said(session, asked or Asked(), known.wanted)
    seen = live
    if isinstance(provider, LiveSystems):
        seen = with_grants_in_force(live, known.wanted, asked.tools, provider)
    claims = state.claimed_by_others(sorted(known.ids))
    planning = _Planning(session, known, seen, wanted.kinds, asked, claims)
    resources = as_there(known.wanted, seen, wanted.kinds)
    made = Made(planning.plan(resources), live, wanted.diagnostics)
    return planning.judged(made, resources, provider) if isinstance(provider, LiveSystems) else made


@dataclass(frozen=True, slots=True)
class _Planning:
    """A plan on its way: all that it is made from but the resources, to which systems may have something to add."""

    session: Session
    known: _Known
    live: Live
    kinds: Mapping[str, ResourceKind]
    asked: Asked
    claims: Mapping[ResourceId, str]

    def plan(self, resources: Sequence[Resource]) -> Plan:
        return make_plan(
            resources,
            self.known.applied,
            self.live,
            self.kinds,
            asked=self.asked,
            affected=affected(self.session, resources, self.known.applied, self.live),
            intents=self.known.intents,
            claims=self.claims,
        )

    def judged(self, made: Made, resources: Sequence[Resource], systems: LiveSystems) -> Made | Refused:
        """The plan with what its systems say of it, and who reads what it changes."""
        try:
            verdicts = judged(made.plan, systems)
        except (TemporaryFailure, PermanentFailure) as failure:
            return cannot_look(self.session, failure)
        plan = self.plan(verdicts.told(resources)) if verdicts.told_facts else made.plan
        plan = replace(plan, refusals=(*plan.refusals, *verdicts.refusals(plan, self.kinds)))
        said = (
            *made.diagnostics,
            *verdicts.remarks(self.session, plan),
            *adopted_already(self.session, plan),
            *stored_clear(self.session, plan, systems.connections),
            *standing_still(self.session, plan, self.live),
        )
        known = (*self.known.wanted, *self.known.applied.values())
        return replace(
            made,
            plan=plan,
            diagnostics=said,
            readers=live_readers(self.session, plan.changes, known, systems),
            standstills=standstills(plan, systems),
        )


def refresh_from(session: Session, provider: Provider, state: StateStore) -> Made | Refused:
    """The plan that makes what is remembered as it is."""
    kinds = kinds_of(session)
    known = _known(session, Desired((), kinds), state)
    if isinstance(known, Refused):
        return known
    live = look(session, provider, known.ids)
    if isinstance(live, Refused):
        return live
    return Made(refresh_plan(known.applied, live, kinds, known.intents), live)


def _known(session: Session, wanted: Desired, state: StateStore) -> _Known | Refused:
    resources = with_forms(session, wanted.resources, wanted.kinds)
    applied, intents = state.read(), state.intents()
    strange = unknown_kinds(session, {*applied, *intents}, wanted.kinds)
    if strange is not None:
        return strange
    if not session.request.select and not session.request.exclude:
        return _Known(resources, applied, intents)
    picked, wrong = selected(session)
    if wrong:
        return Refused(wrong)
    addresses = {str(address) for address in picked}
    resources = tuple(r for r in resources if r.address in addresses)
    applied = {id_: r for id_, r in applied.items() if r.address in addresses}
    ours = {*applied, *(r.id for r in resources)}
    return _Known(resources, applied, tuple(id_ for id_ in intents if id_ in ours))


def look(session: Session, provider: Provider, ids: Iterable[ResourceId]) -> Live | Refused:
    """What each thing is like now."""
    session.request.progress.step("looking at what is there", 2, 3)
    try:
        return as_live(provider.observe(sorted(ids)))
    except (TemporaryFailure, PermanentFailure) as failure:
        return cannot_look(session, failure)


def plan_and_apply(session: Session, wanted: Desired, provider: Provider) -> Landed | Refused:
    """The systems are as wanted, where somebody says yes to the plan; every change, done or only planned."""
    state = state_of(session)
    if isinstance(state, Refused):
        return state
    with closing(state):
        made = plan_from(session, wanted, provider, state)
        if isinstance(made, Refused):
            return made
        refused = against(session, made.plan)
        if refused is not None:
            return refused
        planned = rows(made.plan, live=made.readers, standstills=made.standstills)
        if made.plan.pending and not agreed(session, made.plan, plan_text(planned)):
            return Landed(planned, made.diagnostics, FINDINGS)
        landed = carried_out(session, made, provider, state, Deed("build"))
        if isinstance(landed, Refused):
            return landed
        return replace(landed, diagnostics=made.diagnostics + landed.diagnostics)
