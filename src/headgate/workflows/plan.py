"""`plan`: what apply would change, and a file of it that apply takes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from headgate._version import __version__
from headgate.plan.plan import Asked
from headgate.plan.saved import SavedPlan, write_plan
from headgate.ports import StateStore
from headgate.workflows.acting import Acting, act_on
from headgate.workflows.applying import Desired, Made, desired, kinds_of, plan_from, rows
from headgate.workflows.compile import CANNOT_WRITE
from headgate.workflows.refused import Refused, span_of
from headgate.workflows.repository import commit_of
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, FINDINGS, OK, PlanResult
from headgate.workflows.session import Session, open_session

WAITS = "waits for `apply --allow-destroy`"
NOT_ALLOWED = "waits for `apply --allow-destroy` and `allow_destroy: true` in the environment"


def plan(request: Request, *, out: Path | None = None, destroy: bool = False) -> PlanResult:
    """What `apply` would change, or `destroy`; saved to `out` for `apply FILE`. Nothing is changed."""
    session = open_session(request)
    acting = act_on(session, "plan", read_only=True, checked=not destroy)
    if isinstance(acting, Refused):
        return refused_result(session, "plan", acting)
    with closing(acting.engine):
        made = destroying(session, acting) if destroy else declaring(session, acting, Asked())
    if isinstance(made, Refused):
        return refused_result(session, "plan", made)
    saved = saved_plan(session, made, acting.state)
    refusals = tuple(r.at(span_of(session, r.address)) for r in made.plan.refusals)
    diagnostics = (*made.diagnostics, *refusals)
    code = FINDINGS if refusals else OK
    if out is not None and not refusals:
        try:
            out.write_text(write_plan(saved), encoding="utf-8")
        except OSError as error:
            why = error.strerror or type(error).__name__
            finding = CANNOT_WRITE.at(session.project.place.span(), f"`{out.name}` cannot be written: {why}")
            diagnostics, code = (finding.with_help("name a file in a folder that is there"),), COULD_NOT_RUN
    return PlanResult(
        command="plan",
        diagnostics=diagnostics,
        texts=session.texts,
        exit_code=code,
        changes=rows(made.plan, waiting(session)),
        digest=saved.digest,
    )


def declaring(session: Session, acting: Acting, asked: Asked) -> Made | Refused:
    """The plan that makes the environment what the project declares."""
    wanted = desired(session)
    if isinstance(wanted, Refused):
        return wanted
    return plan_from(session, wanted, acting.engine, acting.state, asked)


def destroying(session: Session, acting: Acting) -> Made | Refused:
    """The plan that removes all that is ours."""
    data = session.project.environment.allow_destroy
    asked = Asked(destroy=True, deletes=True, data=data)
    return plan_from(session, Desired((), kinds_of(session)), acting.engine, acting.state, asked)


def saved_plan(session: Session, made: Made, state: StateStore) -> SavedPlan:
    """A plan with what it was made from."""
    return SavedPlan(
        plan=made.plan,
        project=session.project.name,
        environment=session.project.environment.name,
        version=__version__,
        commit=commit_of(session.request.root),
        generation=state.generation,
        live=made.live,
    )


def waiting(session: Session) -> str:
    """What a change waits for that waits to be asked for."""
    return WAITS if session.project.environment.allow_destroy else NOT_ALLOWED


def refused_result(session: Session, command: str, refused: Refused) -> PlanResult:
    """The answer of a verb that does nothing."""
    return PlanResult(
        command=command,
        diagnostics=refused.diagnostics,
        texts=session.texts,
        exit_code=refused.exit_code,
    )
