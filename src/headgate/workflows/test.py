"""`test`: unit tests, and assertions over what is there: what the last build left, or the records of live streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain

from headgate.addresses import Address
from headgate.compile.target import World
from headgate.graph.selection import select
from headgate.observe.keys import LocalKeys
from headgate.ports import PermanentFailure, StreamEngine, TemporaryFailure
from headgate.project.declarations import Test, UnitTest
from headgate.verify.assertions import run_assertions
from headgate.verify.unit_tests import run_unit_tests
from headgate.workflows.acting import engine_of, unfit
from headgate.workflows.check import findings
from headgate.workflows.connections import connect
from headgate.workflows.engines import EMBEDDED, scratch_engine
from headgate.workflows.live_tests import Judging, look_at
from headgate.workflows.mirror import Mirror
from headgate.workflows.on_failure import undone
from headgate.workflows.readers import local_keys
from headgate.workflows.refused import Refused, cannot_look, refused_answer
from headgate.workflows.request import Request
from headgate.workflows.results import FINDINGS, OK, TestResult, TestRow, UnitTestRow
from headgate.workflows.session import Session, exit_code, open_session
from headgate.workflows.test_order import read_by
from headgate.workflows.testing_rows import FAILED, test_rows, unit_test_row


def test(request: Request, *, exact: bool = False, strict: bool = False) -> TestResult:
    """Every test of what is selected, or that is selected itself. Nothing that the engine holds is changed.

    `exact` fails what late rows make approximate; `strict` what cannot be judged for want of data, and what warns.
    """
    session = open_session(request)
    refused = unfit(session, checked=False)
    if refused is not None:
        return refused_answer(TestResult, "test", session, refused)
    found = list(findings(session))
    keys = local_keys(session, found)
    diagnostics = tuple(found)
    if exit_code(diagnostics):
        return refused_answer(TestResult, "test", session, Refused(diagnostics))
    picked = select(session.graph, request.select, request.exclude)
    if picked.diagnostics:
        texts = {**session.texts, **(picked.texts or {})}
        return TestResult(
            command="test",
            diagnostics=picked.diagnostics,
            texts=texts,
            exit_code=exit_code(picked.diagnostics),
        )
    wanted = _wanted(session, frozenset(picked.addresses), exact)
    embedded = session.project.environment.engine == EMBEDDED
    judged = _judged_here(session, wanted, keys) if embedded else _judged_live(session, wanted, keys)
    if isinstance(judged, Refused):
        return refused_answer(TestResult, "test", session, judged)
    unit_rows, rows = judged
    failed = any(status in FAILED for status in (*(u.status for u in unit_rows), *(r.status for r in rows)))
    doubtful = strict and any(row.status in ("warn", "not_enough_data") for row in rows)
    return TestResult(
        command="test",
        diagnostics=diagnostics,
        texts=session.texts,
        exit_code=FINDINGS if failed or doubtful else exit_code(diagnostics, strict=strict) or OK,
        results=rows,
        unit_tests=unit_rows,
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The tests to be run."""

    world: World
    units: Sequence[UnitTest]
    tests: Sequence[Test]
    exact: bool


_Judged = tuple[tuple[UnitTestRow, ...], tuple[TestRow, ...]]


def _wanted(session: Session, picked: frozenset[Address], exact: bool) -> _Wanted:
    """The tests that were picked, and those about streams that were; `schema` ones are judged when checking."""
    project = session.project
    left_out = frozenset(
        select(session.graph, session.request.exclude).addresses if session.request.exclude else ()
    )

    def wanted(test: Test | UnitTest, about: Address | None) -> bool:
        if about is None or about not in session.graph.facts or {test.address, about} & left_out:
            return False
        return test.address in picked or about in picked

    units = [t for t in project.unit_tests.values() if wanted(t, project.resolve(t.model))]
    tests = [t for t in project.tests.values() if t.type != "schema" and wanted(t, project.resolve(t.target))]
    assert session.context is not None
    return _Wanted(World(session.context), units, tests, exact)


def _judged_here(session: Session, wanted: _Wanted, keys: LocalKeys) -> _Judged | Refused:
    """Over the rows that the last build left."""
    engine = engine_of(session, "test", read_only=True)
    if isinstance(engine, Refused):
        return engine
    with closing(engine):
        units = _unit_rows(session, wanted, engine)
        return units, _rows(
            session,
            wanted,
            lambda one: test_rows(run_assertions(wanted.world, one, engine, keys=keys), exact=wanted.exact),
        )


def _judged_live(session: Session, wanted: _Wanted, keys: LocalKeys) -> _Judged | Refused:
    """Over the newest records of live streams, which are held in memory alone. Nothing is done about what fails."""
    with closing(scratch_engine()) as engine:
        units = _unit_rows(session, wanted, engine)
    read = {test.address: read_by(wanted.world, test) for test in wanted.tests}
    if not read:
        return units, ()
    connections = connect(session)
    if isinstance(connections, Refused):
        return connections
    with closing(scratch_engine()) as engine:
        mirror = Mirror(wanted.world, connections, engine)
        try:
            refused = look_at(session, "test", mirror, frozenset(chain.from_iterable(read.values())))
        except (TemporaryFailure, PermanentFailure) as failure:
            return cannot_look(session, failure)
        if refused is not None:
            return refused
        judging = Judging(world=wanted.world, mirror=mirror, keys=keys, act=undone, exact=wanted.exact)
        return units, _rows(session, wanted, lambda one: judging.rows(one, read[one.address]))


def _unit_rows(session: Session, wanted: _Wanted, engine: StreamEngine) -> tuple[UnitTestRow, ...]:
    session.request.progress.step("unit tests", 0, len(wanted.units) + len(wanted.tests))
    outcomes = run_unit_tests(wanted.world, wanted.units, engine)
    return tuple(unit_test_row(one, exact=wanted.exact) for one in outcomes)


def _rows(
    session: Session, wanted: _Wanted, judge: Callable[[Test], Sequence[TestRow]]
) -> tuple[TestRow, ...]:
    progress, total = session.request.progress, len(wanted.units) + len(wanted.tests)
    rows: list[TestRow] = []
    for number, one in enumerate(wanted.tests, start=len(wanted.units)):
        progress.step(one.name, number, total)
        rows += judge(one)
    progress.step("tested", total, total)
    return tuple(rows)
