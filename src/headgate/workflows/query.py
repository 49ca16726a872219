"""`query`: SQL over the project's own graph."""

from __future__ import annotations

from headgate.diagnostics import Code, Severity, Span
from headgate.verify.graph_rows import TABLES, GraphRows
from headgate.verify.graph_tables import GraphTables, WrongSql
from headgate.workflows.request import Request
from headgate.workflows.results import FINDINGS, ShowColumn, ShowResult
from headgate.workflows.session import not_loaded, open_session

WRONG_SQL = Code("HGV001", "query-does-not-run", Severity.ERROR)

_ASKED = "(command line)"


def query(request: Request, sql: str) -> ShowResult:
    """The answer to one SELECT over the tables of the graph, in one environment."""
    session = open_session(request)
    if session.context is None:
        return ShowResult(
            command="query",
            diagnostics=session.diagnostics,
            texts=session.texts,
            exit_code=not_loaded(session),
        )
    try:
        with GraphTables(GraphRows(session.context)) as tables:
            answer = tables.ask(sql)
    except WrongSql as wrong:
        at = max(0, wrong.position)
        finding = WRONG_SQL.at(
            Span(_ASKED, at, max(at + 1, len(sql)) if wrong.position < 0 else at + 1), wrong.message
        )
        finding = finding.with_help(wrong.help or f"the tables are {', '.join(TABLES)}")
        return ShowResult(command="query", diagnostics=(finding,), texts={_ASKED: sql}, exit_code=FINDINGS)
    return ShowResult(
        command="query",
        columns=tuple(ShowColumn(name=name, type=type_) for name, type_ in answer.columns),
        rows=answer.rows,
        truncated=answer.truncated,
        texts=session.texts,
    )
