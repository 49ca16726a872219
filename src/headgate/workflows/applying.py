"""What `plan`, `apply`, `destroy` and `build` share: a plan made of a project and an engine, and carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from headgate.apply import Applied, Step, StepStatus, carry_out
from headgate.apply.stopping import between_steps
from headgate.compile.discovery import compile_project, target, targets_of
from headgate.compile.target import World
from headgate.diagnostics import Diagnostic, Severity
from headgate.plan.changes import Plan, PlannedChange
from headgate.plan.plan import Asked, Live, as_live, make_plan
from headgate.plan.refusals import LOSES_DATA, STEP_FAILED, Refusal
from headgate.ports import Action, PermanentFailure, Provider, StateStore, TemporaryFailure
from headgate.resources import Resource, ResourceId, ResourceKind
from headgate.workflows.acting import state_of, unknown_kinds
from headgate.workflows.affected import affected
from headgate.workflows.forms import with_forms
from headgate.workflows.plan_text import plan_text
from headgate.workflows.refused import Refused, cannot_look, span_of
from headgate.workflows.results import ChangeRow
from headgate.workflows.session import Session, selected


@dataclass(frozen=True, slots=True)
class Desired:
    """What the declarations become in the environment, the kinds of things its systems can hold, and what was found."""

    resources: tuple[Resource, ...]
    kinds: Mapping[str, ResourceKind]
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A plan, with what each thing looked like when it was made, and what was found on the way."""

    plan: Plan
    live: Live
    diagnostics: tuple[Diagnostic, ...] = ()


def desired(session: Session) -> Desired | Refused:
    """What every declaration of the project becomes; refused where a system cannot express one."""
    assert session.context is not None
    names = targets_of(session.project.environment)
    compiled = compile_project(World(session.context), names)
    if any(d.severity is Severity.ERROR for d in compiled.diagnostics):
        return Refused(compiled.diagnostics)
    return Desired(compiled.resources, kinds_of(session), compiled.diagnostics)


def kinds_of(session: Session) -> dict[str, ResourceKind]:
    """Every kind of thing that the environment's systems can hold."""
    return by_name(k for name in targets_of(session.project.environment) for k in target(name).KINDS)


def by_name(kinds: Iterable[ResourceKind]) -> dict[str, ResourceKind]:
    """Kinds by their names."""
    return {kind.name: kind for kind in kinds}


def plan_from(
    session: Session, wanted: Desired, provider: Provider, state: StateStore, asked: Asked | None = None
) -> Made | Refused:
    """The plan that makes the systems as wanted. Of a selection, only what its declarations lead to is looked at."""
    asked = asked or Asked()
    resources = with_forms(session, wanted.resources, wanted.kinds)
    applied, intents = state.read(), state.intents()
    strange = unknown_kinds(session, {*applied, *intents}, wanted.kinds)
    if strange is not None:
        return strange
    if session.request.select or session.request.exclude:
        picked, wrong = selected(session)
        if wrong:
            return Refused(wrong)
        addresses = {str(address) for address in picked}
        resources = tuple(r for r in resources if r.address in addresses)
        applied = {id_: r for id_, r in applied.items() if r.address in addresses}
        known = {*applied, *(r.id for r in resources)}
        intents = tuple(id_ for id_ in intents if id_ in known)
    live = look(session, provider, {*applied, *intents, *(r.id for r in resources)})
    if isinstance(live, Refused):
        return live
    plan = make_plan(
        resources,
        applied,
        live,
        wanted.kinds,
        asked=asked,
        affected=affected(session, resources, applied),
        intents=intents,
    )
    return Made(plan, live, wanted.diagnostics)


def look(session: Session, provider: Provider, ids: Iterable[ResourceId]) -> Live | Refused:
    """What each thing is like now."""
    try:
        return as_live(provider.observe(sorted(ids)))
    except (TemporaryFailure, PermanentFailure) as failure:
        return cannot_look(session, failure)


def plan_and_apply(
    session: Session,
    resources: Sequence[Resource],
    kinds: Iterable[ResourceKind],
    engine: Provider,
    *,
    approve: Callable[[str], bool],
) -> tuple[tuple[ChangeRow, ...], tuple[Diagnostic, ...]]:
    """The engine is as `resources` say, where `approve` says yes to the plan's text; every change, and what went wrong."""
    state = state_of(session)
    if isinstance(state, Refused):
        return (), state.diagnostics
    made = plan_from(session, Desired(tuple(resources), by_name(kinds)), engine, state)
    if isinstance(made, Refused):
        return (), made.diagnostics
    refused = against(session, made.plan)
    if refused is not None:
        return (), refused.diagnostics
    if made.plan.pending and not approve(plan_text(rows(made.plan))):
        return rows(made.plan), ()
    return outcome(session, apply_plan(session, made.plan, engine, state))


def against(session: Session, plan: Plan) -> Refused | None:
    """What speaks against a plan, or what it needs and nobody asked for; None where it may be applied."""
    refusals = [*plan.refusals, *(_blocked(change) for change in plan.changes if change.blocks)]
    if not refusals:
        return None
    return Refused(tuple(refusal.at(span_of(session, refusal.address)) for refusal in refusals))


def _blocked(change: PlannedChange) -> Refusal:
    what = "is made anew" if change.desired is not None else "makes room for what is declared"
    return Refusal(
        LOSES_DATA,
        f"{change.id} {what}, and what it holds is lost",
        "`apply --allow-destroy` lets it go, where the environment says `allow_destroy: true`",
        change.address,
        change.id,
    )


def apply_plan(session: Session, plan: Plan, provider: Provider, state: StateStore) -> Applied:
    """The plan, carried out. Ctrl-C stops it between two steps."""
    with between_steps() as stopping:
        return carry_out(plan, provider, state, session.request.progress.step, stopping=stopping)


def outcome(session: Session, applied: Applied) -> tuple[tuple[ChangeRow, ...], tuple[Diagnostic, ...]]:
    """Every change with what became of it, and a finding for each that failed."""
    failed = tuple(
        STEP_FAILED.at(
            span_of(session, step.change.address),
            f"{step.change.id} could not be {_PAST[step.change.action]}",
            node=step.change.address or None,
        )
        .note(step.message)
        .with_help("mend it and apply again: what has landed stays, and the rest is made then")
        for step in applied.failed
    )
    return tuple(_row(step) for step in applied.steps), failed


_PAST = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.RESTART: "restarted",
    Action.REPLACE: "replaced",
    Action.DELETE: "deleted",
    Action.ADOPT: "adopted",
}


def rows(plan: Plan, waiting: str = "") -> tuple[ChangeRow, ...]:
    """Every change of a plan that is not carried out yet; `waiting` says what those wait for that wait."""
    return tuple(replace(_row(step), message=waiting if step.change.waits else "") for step in _planned(plan))


def _planned(plan: Plan) -> Iterator[Step]:
    for change in plan.changes:
        yield Step(change, StepStatus.WAITING if change.waits else StepStatus.UNCHANGED)


def _row(step: Step) -> ChangeRow:
    change = step.change
    planned = change.pending and step.status is StepStatus.UNCHANGED
    return ChangeRow(
        address=change.address,
        kind=change.id.kind,
        name=change.id.name,
        action=change.action.value,
        risk=change.risk.value,
        reason=change.reason,
        readers=change.readers,
        status="planned" if planned else step.status.value,
        fields=tuple((f.field, f.now, f.then) for f in change.fields),
        message=step.message,
    )
