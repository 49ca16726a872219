"""`state`: what is known to be ours in an environment, looked at and, where all else fails, put right by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from headgate.diagnostics import Code, Severity
from headgate.ports import PermanentFailure, StateHeld, StateLost, TemporaryFailure
from headgate.resources import ResourceId
from headgate.state import LoggedState, StateDamaged, StateTooNew
from headgate.state.documents import Document, text_to_document
from headgate.workflows.acting import state_of, unfit
from headgate.workflows.auditing import DONE, FAILED, Audited, audited
from headgate.workflows.change_rows import lost_state
from headgate.workflows.refused import Refused, environment_span, state_held
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, FINDINGS, OK, StateResult, StateRow
from headgate.workflows.session import Session, open_session

NOT_IN_STATE = Code("HGD041", "not-in-state", Severity.ERROR)
LOCK_NOT_HELD = Code("HGD042", "lock-not-held", Severity.ERROR)
PUSH_REFUSED = Code("HGD043", "state-not-pushed", Severity.ERROR)

FAILURES = (TemporaryFailure, PermanentFailure)
_Done = tuple[str, ...] | Refused | None
"""What was changed, why nothing was, or that somebody was asked and said no."""


def ls(request: Request) -> StateResult:
    """What is ours, and who holds the lock."""
    return _on_state(request, "ls", lambda session, state: ())


def pull(request: Request) -> StateResult:
    """The state as one document."""
    return _on_state(request, "pull", lambda session, state: ())


def push(request: Request, text: str, *, force: bool = False) -> StateResult:
    """The state is what a document says: of this project and environment, and not older, unless by `force`."""

    def pushed(session: Session, state: LoggedState) -> _Done:
        try:
            document = text_to_document(text)
        except (StateDamaged, StateTooNew) as error:
            return _refused(
                session,
                PUSH_REFUSED,
                f"what is pushed is no state: {error}",
                "push what `state pull` printed",
            )
        refused = None if force else _against(session, state, document)
        if refused is not None:
            return refused
        forced = "state push --force" if force else ""
        return _changing(
            session, state, "state push", lambda: state.replace(document.contents), reason=forced
        )

    return _on_state(request, "push", pushed)


def rm(request: Request, words: Sequence[str]) -> StateResult:
    """Forgets things that the words name, as `kind/name` or by declaration, once `approve` has said yes. They stay live."""

    def removed(session: Session, state: LoggedState) -> _Done:
        ids: list[ResourceId] = []
        for word in words:
            found = _named(state, word)
            if not found:
                return _refused(
                    session,
                    NOT_IN_STATE,
                    f"nothing in the state is called `{word}`",
                    "`headgate state ls` lists what is",
                )
            ids += found
        names = tuple(dict.fromkeys(map(str, ids)))
        if not request.approve("\n".join(f"- {name}" for name in names) + "\n"):
            return None
        done = _changing(session, state, "state rm", lambda: state.record((), ids), about=", ".join(names))
        return done if isinstance(done, Refused) else names

    return _on_state(request, "rm", removed)


def unlock(request: Request, id_: str) -> StateResult:
    """Takes the lock away from whoever holds it under that id."""

    def unlocked(session: Session, state: LoggedState) -> _Done:
        lock = state.lock
        if lock is None or lock.id != id_:
            held = f"; it is held by {lock}, with the id `{lock.id}`" if lock else ": nobody holds it"
            return _refused(
                session,
                LOCK_NOT_HELD,
                f"no lock has the id `{id_}`{held}",
                "`headgate state ls` says who holds it",
            )
        about = audited(session, "state unlock", about=f"{id_}, held by {lock}", generation=state.generation)
        if isinstance(about, Refused):
            return about
        return _told(session, about, lambda: state.unlock(id_)) or (str(lock),)

    return _on_state(request, "unlock", unlocked)


def _on_state(request: Request, action: str, act: Callable[[Session, LoggedState], _Done]) -> StateResult:
    """The answer of an action, with the state as it is after it."""
    session = open_session(request)
    state = unfit(session, checked=False) or state_of(session)
    if isinstance(state, Refused):
        return _result(session, action, state)
    with closing(state):
        return _result(session, action, act(session, state), state)


def _result(session: Session, action: str, done: _Done, state: LoggedState | None = None) -> StateResult:
    refused = done if isinstance(done, Refused) else None
    about = _about(state, action) if state is not None else {}
    return StateResult(
        command="state",
        texts=session.texts,
        action=action,
        environment=session.project.environment.name if session.context else "",
        changed=done if isinstance(done, tuple) else (),
        declined=done is None,
        diagnostics=refused.diagnostics if refused else (),
        exit_code=refused.exit_code if refused else FINDINGS if done is None else OK,
        **about,
    )


def _about(state: LoggedState, action: str) -> dict[str, Any]:
    applied, begun = state.read(), set(state.intents())
    things = [
        StateRow(
            kind=id_.kind,
            name=id_.name,
            address=applied[id_].address if id_ in applied else "",
            begun=id_ in begun,
        )
        for id_ in sorted({*applied, *begun})
    ]
    return {
        "generation": state.generation,
        "holder": str(state.lock or ""),
        "lock": state.lock.id if state.lock else "",
        "things": tuple(things),
        "document": state.document() if action == "pull" else {},
    }


def _named(state: LoggedState, word: str) -> list[ResourceId]:
    applied = state.read()
    ids = sorted({*applied, *state.intents()})
    return [id_ for id_ in ids if str(id_) == word or (id_ in applied and applied[id_].address == word)]


def _against(session: Session, state: LoggedState, document: Document) -> Refused | None:
    mine = f"{session.project.name}/{session.project.environment.name}"
    if document.owner != mine:
        return _refused(
            session,
            PUSH_REFUSED,
            f"what is pushed is the state of {document.owner}, and not of {mine}",
            _FORCE,
        )
    pushed = document.contents.generation
    if pushed < state.generation:
        older = f"what is pushed is of generation {pushed}, and {state.generation} is there"
        return _refused(session, PUSH_REFUSED, older, _FORCE)
    return None


_FORCE = "`--force` pushes it all the same, and what is there is lost"


def _changing(
    session: Session, state: LoggedState, verb: str, change: Callable[[], None], **about: str
) -> _Done:
    """Changes the state under its lock, and says so to the audit."""
    try:
        state.begin()
    except StateHeld as held:
        return state_held(session, held)
    except (StateLost, *FAILURES) as failure:
        return Refused((lost_state(session, str(failure)),), COULD_NOT_RUN)

    def finished() -> None:
        change()
        state.finish()

    audit = audited(session, verb, generation=state.generation, **about)
    if isinstance(audit, Refused):
        state.finish()
        return audit
    return _told(session, audit, finished) or ()


def _told(session: Session, audit: Audited, change: Callable[[], object]) -> Refused | None:
    """Makes a change that the audit knows of, and tells it how that went."""
    try:
        change()
    except (StateHeld, StateLost, *FAILURES) as failure:
        told = audit.ended(FAILED)
        if isinstance(failure, StateHeld):
            return state_held(session, failure)
        return Refused((lost_state(session, str(failure)), *told), COULD_NOT_RUN)
    told = audit.ended(DONE)
    return Refused(told) if told else None


def _refused(session: Session, code: Code, message: str, help_: str) -> Refused:
    return Refused((code.at(environment_span(session), message).with_help(help_),), FINDINGS)
