"""`check`: everything that can be known offline, all of it in one go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from headgate.analysis import run_rules
from headgate.analysis.context import Context
from headgate.assertions import check_assertions
from headgate.compile.discovery import compile_project, targets_of
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
    if not any(one.severity is Severity.ERROR for one in diagnostics):
        diagnostics = tuple(in_order([*diagnostics, *_not_compiled(session.context)]))
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


def _not_compiled(context: Context) -> list[Diagnostic]:
    """What the systems of an environment cannot express. The embedded engine leaves such a stream out, and says so."""
    if context.graph.project.environment.engine == "embedded":
        return []
    with quiet_collector():
        compiled = compile_project(World(context, files=False), targets_of(context.graph.project.environment))
    return [one for one in compiled.diagnostics if one.severity is Severity.ERROR]


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
