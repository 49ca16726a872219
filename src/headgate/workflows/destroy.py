"""`destroy`: everything the project made in an environment is removed, and nothing else."""

from __future__ import annotations

from contextlib import closing

from headgate.plan.refusals import LOSES_DATA
from headgate.workflows.acting import act_on
from headgate.workflows.apply import answered, needs_saved_plan
from headgate.workflows.plan import destroying
from headgate.workflows.refused import Refused, environment_span, refused_answer
from headgate.workflows.request import Request
from headgate.workflows.results import PlanResult
from headgate.workflows.session import Session, open_session


def destroy(request: Request) -> PlanResult:
    """Removes all that is ours, in the order of removal, once `approve` has said yes.

    Refused as a whole where the environment does not allow what holds data to go.
    """
    session = open_session(request)
    refused = needs_saved_plan(session) if session.context is not None else None
    if refused is not None:
        return refused_answer(PlanResult, "destroy", session, refused)
    acting = act_on(session, "destroy", read_only=False, checked=False)
    if isinstance(acting, Refused):
        return refused_answer(PlanResult, "destroy", session, acting)
    with closing(acting):
        made = destroying(session, acting)
        if isinstance(made, Refused):
            return refused_answer(PlanResult, "destroy", session, made)
        if any(change.waits for change in made.plan.changes):
            return refused_answer(PlanResult, "destroy", session, _not_allowed(session))
        return answered(session, "destroy", made, acting)


def _not_allowed(session: Session) -> Refused:
    environment = session.project.environment
    span = (
        environment.place.at("allow_destroy").span()
        if environment.place is not None
        else environment_span(session)
    )
    found = LOSES_DATA.at(span, f"`{environment.name}` does not allow what holds data to go")
    return Refused((found.with_help("say `allow_destroy: true` there, if all of it may be lost"),))
