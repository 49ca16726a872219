"""`pause` and `resume`: the job or the connector of a stream stands still, and goes on where it stood."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Literal

from headgate.addresses import Address
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.ports import PermanentFailure, StateHeld, StateLost, StateStore, TemporaryFailure
from headgate.resources import Resource, ResourceId
from headgate.workflows.acting import live_systems, state_of, unfit
from headgate.workflows.applying import desired
from headgate.workflows.auditing import DECLINED, DONE, FAILED, audited
from headgate.workflows.change_rows import lost_state
from headgate.workflows.engines import EMBEDDED
from headgate.workflows.live_status import RUNS, running_row
from headgate.workflows.naming import find_stream
from headgate.workflows.refused import Refused, refused_answer, state_held
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, FINDINGS, OK, PauseResult
from headgate.workflows.session import Session, open_session
from headgate.workflows.systems import LiveSystems

NOTHING_RUNS = Code("HGD034", "nothing-runs", Severity.ERROR)
NOT_PAUSED = Code("HGD035", "not-paused-or-resumed", Severity.ERROR)
Verb = Literal["pause", "resume"]


def pause(request: Request, node: str) -> PauseResult:
    """What makes a stream's records, or writes them out, stands still: a job at a savepoint, a connector where it is.

    The systems remember it, so the next apply leaves it as it is unless it has to change it.
    """
    return _acted(request, node, "pause")


def resume(request: Request, node: str) -> PauseResult:
    """What was paused goes on from where it stood."""
    return _acted(request, node, "resume")


def _acted(request: Request, node: str, verb: Verb) -> PauseResult:
    session = open_session(request)
    wrong = unfit(session, checked=False)
    if wrong is not None:
        return refused_answer(PauseResult, verb, session, wrong, node=node)
    named = find_stream(session.graph, node)
    if named.address is None:
        told = refused_answer(PauseResult, verb, session, Refused(named.diagnostics), node=node)
        return replace(told, texts={**told.texts, **(named.texts or {})})
    address = named.address
    if session.project.environment.engine == EMBEDDED:
        why = "the embedded engine runs a stream's query while `build` does, and not between"
        return refused_answer(
            PauseResult, verb, session, _nothing_runs(session, address, why), node=str(address)
        )
    systems = live_systems(session)
    if isinstance(systems, Refused):
        return refused_answer(PauseResult, verb, session, systems, node=str(address))
    with closing(systems):
        done = stood(session, systems, address, verb)
        if isinstance(done, Refused):
            return refused_answer(PauseResult, verb, session, done, node=str(address))
        things, found = done
        running = tuple(running_row(one, str(address)) for one in systems.watch(things))
    return PauseResult(
        command=verb,
        node=str(address),
        running=running,
        diagnostics=found,
        texts=session.texts,
        exit_code=FINDINGS if found else OK,
    )


def stood(
    session: Session, systems: LiveSystems, address: Address, verb: Verb, *, reason: str = ""
) -> tuple[tuple[ResourceId, ...], tuple[Diagnostic, ...]] | Refused:
    """What runs for a stream stands still, or goes on, and which of it did not; refused where nothing runs for it.

    It is done under the lock, so that no apply is under way; the audit knows of it before and after.
    """
    state = state_of(session)
    if isinstance(state, Refused):
        return state
    with closing(state):
        things = _things(session, address, state)
        if isinstance(things, Refused):
            return things
        audit = audited(session, verb, about=str(address), reason=reason)
        if isinstance(audit, Refused):
            return audit
        try:
            state.begin()
            found = [one for thing in things if (one := _failure(session, systems, thing, verb))]
            state.finish()
        except StateHeld as held:
            refused = state_held(session, held)
            return Refused((*refused.diagnostics, *audit.ended(DECLINED)), refused.exit_code)
        except (StateLost, TemporaryFailure, PermanentFailure) as lost:
            return Refused((lost_state(session, str(lost)), *audit.ended(FAILED)), COULD_NOT_RUN)
        found += audit.ended(FAILED if found else DONE)
    return tuple(thing.id for thing in things), tuple(found)


def _things(session: Session, address: Address, state: StateStore) -> tuple[Resource, ...] | Refused:
    """What runs for a stream, and is ours."""
    wanted = desired(session)
    if isinstance(wanted, Refused):
        return wanted
    running = [r for r in wanted.resources if r.address == str(address) and r.id.kind in RUNS]
    if not running:
        return _nothing_runs(session, address, "no job and no connector makes it or writes it out")
    applied = state.read()
    things = tuple(one for one in running if one.id in applied)
    return things or _nothing_runs(session, address, "what makes it was not applied yet")


def _failure(session: Session, systems: LiveSystems, thing: Resource, verb: Verb) -> Diagnostic | None:
    try:
        systems.pause(thing.id) if verb == "pause" else systems.resume(thing.id)
    except (TemporaryFailure, PermanentFailure) as failure:
        stream = session.graph.stream(Address.parse(thing.address))
        why = systems.connections.hide(str(failure))
        return NOT_PAUSED.at(
            stream.place.at("name").span(), f"{thing.id} could not be {verb}d: {why}", node=thing.address
        ).with_help("`headgate status` shows how it is doing")
    return None


def _nothing_runs(session: Session, address: Address, why: str) -> Refused:
    stream = session.graph.stream(address)
    found = NOTHING_RUNS.at(
        stream.place.at("name").span(), f"nothing runs for `{stream.name}`: {why}", node=str(address)
    )
    help_ = "`headgate status` shows what runs, and for which stream"
    return Refused((found.with_help(help_),))
