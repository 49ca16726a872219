"""`test`: unit tests, and assertions over what the last build left."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from headgate.addresses import Address
from headgate.compile.target import World
from headgate.graph.selection import select
from headgate.observe.keys import LocalKeys
from headgate.ports import StreamEngine
from headgate.project.declarations import Test, UnitTest
from headgate.verify.assertions import run_assertions
from headgate.verify.unit_tests import run_unit_tests
from headgate.workflows.acting import engine_of, unfit
from headgate.workflows.check import findings
from headgate.workflows.readers import local_keys
from headgate.workflows.refused import Refused
from headgate.workflows.request import Request
from headgate.workflows.results import FINDINGS, OK, TestResult, TestRow, UnitTestRow
from headgate.workflows.session import Session, exit_code, open_session
from headgate.workflows.testing_rows import FAILED, test_rows, unit_test_row


def test(request: Request, *, exact: bool = False, strict: bool = False) -> TestResult:
    """Every test of what is selected, or that is selected itself. Nothing that the engine holds is changed.

    `exact` fails what late rows make approximate; `strict` what cannot be judged for want of data, and what warns.
    """
    session = open_session(request)
    refused = unfit(session, checked=False)
    if refused is not None:
        return _refused(session, refused)
    found = list(findings(session))
    keys = local_keys(session, found)
    diagnostics = tuple(found)
    if exit_code(diagnostics):
        return _refused(session, Refused(diagnostics))
    picked = select(session.graph, request.select, request.exclude)
    if picked.diagnostics:
        texts = {**session.texts, **(picked.texts or {})}
        return TestResult(
            command="test",
            diagnostics=picked.diagnostics,
            texts=texts,
            exit_code=exit_code(picked.diagnostics),
        )
    units, tests = _wanted(session, frozenset(picked.addresses))
    engine = engine_of(session, "test", read_only=True)
    if isinstance(engine, Refused):
        return _refused(session, engine)
    assert session.context is not None
    with closing(engine):
        unit_rows, rows = _run(session, World(session.context), units, tests, engine, keys, exact)
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


def _refused(session: Session, refused: Refused) -> TestResult:
    return TestResult(
        command="test", diagnostics=refused.diagnostics, texts=session.texts, exit_code=refused.exit_code
    )


def _wanted(session: Session, picked: frozenset[Address]) -> tuple[list[UnitTest], list[Test]]:
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
    return units, tests


def _run(
    session: Session,
    world: World,
    units: Sequence[UnitTest],
    tests: Sequence[Test],
    engine: StreamEngine,
    keys: LocalKeys,
    exact: bool,
) -> tuple[tuple[UnitTestRow, ...], tuple[TestRow, ...]]:
    progress, total = session.request.progress, len(units) + len(tests)
    progress.step("unit tests", 0, total)
    unit_rows = [unit_test_row(o, exact=exact) for o in run_unit_tests(world, units, engine)]
    rows: list[TestRow] = []
    for number, one in enumerate(tests, start=len(units)):
        progress.step(one.name, number, total)
        rows += test_rows(run_assertions(world, one, engine, keys=keys), exact=exact)
    progress.step("tested", total, total)
    return tuple(unit_rows), tuple(rows)
