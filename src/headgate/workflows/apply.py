"""`apply`: the environment is made what the project declares, or what a saved plan says."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from headgate._version import __version__
from headgate.plan.plan import Asked, consenting
from headgate.plan.refusals import NEEDS_SAVED_PLAN, OTHER_PLAN
from headgate.plan.saved import SavedPlan, UnreadablePlan, moved, read_plan, speaks_against
from headgate.workflows.acting import Acting, act_on
from headgate.workflows.applying import look
from headgate.workflows.carrying_out import Deed, Made, carried_out
from headgate.workflows.change_rows import rows
from headgate.workflows.consent import against, agreed
from headgate.workflows.plan import Wanted, has_changes, made_for, saved_plan, waiting
from headgate.workflows.plan_text import plan_text
from headgate.workflows.refused import Refused, environment_span, refused_answer
from headgate.workflows.request import Request
from headgate.workflows.results import FINDINGS, PlanResult
from headgate.workflows.session import Session, open_session
from headgate.workflows.systems import kinds_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What was agreed to: the plan with that digest; that what is declared no more goes; why what breaks readers may."""

    digest: str | None = None
    allow_destroy: bool = False
    breaking: str = ""


def apply(
    request: Request,
    *,
    plan_file: Path | None = None,
    wanted: Wanted | None = None,
    consent: Consent | None = None,
) -> PlanResult:
    """Makes the environment what the project declares, or does what `plan_file` says where the world has not moved.

    With `allow_destroy` what waits to be asked for goes as well; what holds data only where the environment allows it.
    A `digest` is that of the plan that was approved: another one is refused. To refresh alone changes nothing outward.
    """
    wanted, consent = wanted or Wanted(), consent or Consent()
    session = open_session(request)
    if session.context is not None and (plan_file is None or consent.digest is None) and not wanted.refresh:
        refused = needs_saved_plan(session)
        if refused is not None:
            return refused_answer(PlanResult, "apply", session, refused)
    saved: SavedPlan | None = None
    if plan_file is not None and session.context is not None:
        read = _read(session, plan_file, consent.digest)
        if isinstance(read, Refused):
            return refused_answer(PlanResult, "apply", session, read)
        saved = read
    acting = act_on(session, "apply", read_only=False, checked=plan_file is None and not wanted.refresh)
    if isinstance(acting, Refused):
        return refused_answer(PlanResult, "apply", session, acting)
    with closing(acting):
        if saved is None:
            made = _made_now(session, acting, wanted, consent.digest)
        else:
            made = _if_unmoved(session, acting, saved)
        if isinstance(made, Refused):
            return refused_answer(PlanResult, "apply", session, made)
        return answered(session, "apply", made, acting, consent)


def needs_saved_plan(session: Session) -> Refused | None:
    """In a protected environment nothing is changed but by a plan that was looked at before."""
    environment = session.project.environment
    if not environment.protected or environment.place is None:
        return None
    found = NEEDS_SAVED_PLAN.at(
        environment.place.at("protected").span(),
        f"`{environment.name}` is protected, and no approved plan is named",
    ).with_help("`headgate plan --out FILE` saves one, `headgate apply FILE --digest D` applies it")
    return Refused((found,))


def answered(
    session: Session, verb: str, made: Made, acting: Acting, consent: Consent | None = None
) -> PlanResult:
    """The answer of a verb that changes what is there: asks, unless nothing is to be done, and does it."""
    consent = consent or Consent()
    data = consent.allow_destroy and session.project.environment.allow_destroy
    plan = consenting(made.plan, Asked(deletes=consent.allow_destroy, data=data), kinds_of(session))
    refused = against(session, plan, accepted=consent.breaking)
    if refused is not None:
        return refused_answer(
            PlanResult, verb, session, replace(refused, diagnostics=made.diagnostics + refused.diagnostics)
        )
    planned = rows(plan, waiting(session), made.readers, made.standstills)
    if has_changes(plan) and not agreed(session, plan, plan_text(planned)):
        return PlanResult(
            command=verb, texts=session.texts, exit_code=FINDINGS, changes=planned, declined=True
        )
    deed = Deed(verb, consent.breaking)
    landed = carried_out(session, replace(made, plan=plan), acting.engine, acting.state, deed)
    if isinstance(landed, Refused):
        return refused_answer(PlanResult, verb, session, landed)
    return PlanResult(
        command=verb,
        diagnostics=made.diagnostics + landed.diagnostics,
        texts=session.texts,
        exit_code=landed.exit_code,
        changes=landed.changes,
        applied=True,
    )


def _made_now(session: Session, acting: Acting, wanted: Wanted, digest: str | None) -> Made | Refused:
    made = made_for(session, acting, wanted)
    if isinstance(made, Refused):
        return made
    saved = saved_plan(session, made, acting.state)
    return _against(session, saved, digest) or replace(made, digest=saved.digest)


def _read(session: Session, file: Path, digest: str | None) -> SavedPlan | Refused:
    """The plan of a file, if it is one for this environment, and the one that was approved."""
    try:
        saved = read_plan(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, UnreadablePlan) as error:
        why = "it is no text" if isinstance(error, UnicodeDecodeError) else str(error)
        found = OTHER_PLAN.at(environment_span(session), f"`{file.name}` cannot be applied: {why}")
        return Refused((found.with_help("make it anew with `headgate plan --out FILE`"),))
    return _against(session, saved, digest) or saved


def _if_unmoved(session: Session, acting: Acting, saved: SavedPlan) -> Made | Refused:
    live = look(session, acting.engine, saved.live)
    if isinstance(live, Refused):
        return live
    refusal = moved(saved, acting.state.generation, live)
    if refusal is not None:
        return Refused((refusal.at(environment_span(session)),))
    return Made(saved.plan, live, digest=saved.digest)


def _against(session: Session, saved: SavedPlan, digest: str | None) -> Refused | None:
    """Why a plan is none for this environment, or not the one that was approved."""
    environment = session.project.environment
    refusals = speaks_against(
        saved,
        project=session.project.name,
        environment=environment.name,
        version=__version__,
        protected=environment.protected,
        digest=digest,
        now=int(time.time()),
        ttl_seconds=environment.plan_ttl_ms // 1000,
    )
    found = tuple(refusal.at(environment_span(session)) for refusal in refusals)
    return Refused(found) if found else None
