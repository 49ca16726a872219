"""`check`: everything that can be known offline, all of it in one go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from headgate.analysis import run_rules
from headgate.assertions import check_assertions
from headgate.compile.target import World
from headgate.compile.targets.connect import check_connectors
from headgate.diagnostics import Diagnostic, Severity, in_order
from headgate.verify.sql_rules import run_sql_rules
from headgate.workflows.request import Request
from headgate.workflows.results import CheckResult
from headgate.workflows.session import Session, exit_code, not_loaded, open_session, quiet_collector


def check(request: Request, *, strict: bool = False) -> CheckResult:
    """Every finding of every file. Without a project that can be loaded, what its files alone tell."""
    session = open_session(request)
    if session.context is None:
        return CheckResult(
            command="check",
            summary=_summary(session.diagnostics),
            diagnostics=session.diagnostics,
            texts=session.texts,
            exit_code=not_loaded(session),
        )
    diagnostics = findings(session)
    request.progress.step("checked", 3, 3)
    return CheckResult(
        command="check",
        diagnostics=diagnostics,
        texts=session.texts,
        exit_code=exit_code(diagnostics, strict=strict),
        summary=_summary(diagnostics),
        counts=_counts(session),
    )


def findings(session: Session) -> tuple[Diagnostic, ...]:
    """What was found while loading and analysing, and what rules, tests and connectors say about it."""
    context = session.context
    if context is None:
        return session.diagnostics
    session.request.progress.step("judging", 2, 3)
    with quiet_collector():
        found = [
            *session.diagnostics,
            *run_rules(context, workers=session.request.workers),
            *check_assertions(context.graph),
            *check_connectors(World(context)),
            *run_sql_rules(context),
        ]
    return tuple(in_order(found))


def _summary(diagnostics: tuple[Diagnostic, ...]) -> Mapping[str, int]:
    counted = Counter(d.severity for d in diagnostics)
    return {f"{severity.value}s": counted[severity] for severity in Severity}


def _counts(session: Session) -> Mapping[str, int]:
    project = session.project
    return {
        "streams": len(project.streams),
        "exposures": len(project.exposures),
        "tests": len(project.tests) + len(project.unit_tests),
    }
