"""`build`: check, unit tests, plan and apply, feed, run with tests, report; on the environment's engine."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from headgate.compile.target import World
from headgate.workflows.acting import engine_of, live_systems, unfit
from headgate.workflows.apply import needs_saved_plan
from headgate.workflows.build_embedded import EmbeddedBuilding
from headgate.workflows.build_live import LiveBuilding
from headgate.workflows.check import findings
from headgate.workflows.engines import EMBEDDED
from headgate.workflows.readers import local_keys
from headgate.workflows.refused import Refused, refused_answer
from headgate.workflows.request import Request
from headgate.workflows.results import BuildResult
from headgate.workflows.session import exit_code, open_session, selected


def build(
    request: Request,
    *,
    samples: Path | None = None,
    feed: bool = True,
    flush: bool = True,
    exact: bool = False,
) -> BuildResult:
    """The project in its environment, as declared, holding its samples and what its queries make of them; tested.

    On live systems jobs make it, of whatever is there; samples are written to those of the local stack alone.

    Files of `samples` come before all other rows. Without `feed` rows of others stay as they are; without `flush` windows
    that the watermark has not passed stay open; `exact` makes an approximate answer a failure.
    """
    session = open_session(request)
    wrong = unfit(session, checked=False) or needs_saved_plan(session)
    if wrong is not None:
        return refused_answer(BuildResult, "build", session, wrong)
    found = list(findings(session))
    picked, unknown = selected(session)
    keys = local_keys(session, found)
    if unknown or exit_code(tuple(found)):
        return refused_answer(BuildResult, "build", session, Refused((*found, *unknown)))
    assert session.context is not None
    world = World(session.context)
    if session.project.environment.engine != EMBEDDED:
        systems = live_systems(session)
        if isinstance(systems, Refused):
            return refused_answer(BuildResult, "build", session, systems)
        with closing(systems):
            live = LiveBuilding(
                session=session, world=world, picked=picked, keys=keys, found=found, systems=systems
            )
            return live.build(samples, feed=feed)
    engine = engine_of(session, "build", read_only=False)
    if isinstance(engine, Refused):
        return refused_answer(BuildResult, "build", session, engine)
    with closing(engine):
        embedded = EmbeddedBuilding(
            session=session, world=world, picked=picked, keys=keys, found=found, engine=engine
        )
        return embedded.build(samples, feed=feed, flush=flush, exact=exact)
