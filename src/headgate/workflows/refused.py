"""Why a verb does nothing, and where in the user's files that is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from headgate.addresses import Address
from headgate.diagnostics import Diagnostic, Span
from headgate.plan.refusals import CANNOT_LOOK, STATE_HELD
from headgate.ports import QueryFailure, StateHeld
from headgate.workflows.results import COULD_NOT_RUN, FINDINGS, Result
from headgate.workflows.session import Session

R = TypeVar("R", bound=Result)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a verb does nothing, and the exit code that goes with it."""

    diagnostics: tuple[Diagnostic, ...]
    exit_code: int = FINDINGS


def refused_answer(made: type[R], command: str, session: Session, refused: Refused, **more: Any) -> R:
    """The answer of a verb that does nothing."""
    return made(
        command=command,
        texts=session.texts,
        diagnostics=refused.diagnostics,
        exit_code=refused.exit_code,
        **more,
    )


def unquoted(failure: Exception, *, owner: bool) -> str:
    """Why something failed: what an engine says of a value is for the eyes of a stream's owner alone."""
    return failure.what if isinstance(failure, QueryFailure) and not owner else str(failure)


def cannot_look(session: Session, failure: Exception) -> Refused:
    """That a system of the environment cannot be opened or asked what there is."""
    environment = session.project.environment
    why = unquoted(failure, owner=environment.engine != "live" and not environment.reader_role)
    found = CANNOT_LOOK.at(
        environment_span(session), f"what is in `{environment.name}` cannot be looked at: {why}"
    )
    return Refused((found.with_help("nothing was changed"),), COULD_NOT_RUN)


def state_held(session: Session, held: StateHeld) -> Refused:
    """That another apply has the lock."""
    name = session.project.environment.name
    found = STATE_HELD.at(environment_span(session), f"the state of `{name}` is {held}")
    unlock = f"`headgate state unlock {held.id}`"
    return Refused(
        (found.with_help(f"wait for it; if it is gone for good, {unlock} takes the lock away"),),
        COULD_NOT_RUN,
    )


def environment_span(session: Session) -> Span:
    """Where the environment is declared; the project file's name for the one that always exists."""
    place = session.project.environment.place
    return place.span() if place is not None else session.project.place.at("name").span()


def span_of(session: Session, address: str) -> Span:
    """Where the declaration with that address stands; the environment's where it is declared no more."""
    project = session.project
    try:
        found = Address.parse(address)
    except ValueError:
        return environment_span(session)
    declared = project.streams.get(found) or project.exposures.get(found)
    return declared.place.at("name").span() if declared is not None else environment_span(session)
