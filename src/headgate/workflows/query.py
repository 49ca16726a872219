"""`query`: SQL over the project's own graph."""

from __future__ import annotations

import re

from headgate.diagnostics import Code, Severity, Span
from headgate.verify.graph_rows import TABLES, GraphRows
from headgate.verify.graph_tables import GraphTables, WrongSql
from headgate.workflows.request import Request
from headgate.workflows.results import FINDINGS, ShowColumn, ShowResult
from headgate.workflows.session import Session, not_loaded, open_session

WRONG_SQL = Code("HGV001", "query-does-not-run", Severity.ERROR)

_ASKED = "(command line)"
_THERE_ARE = f"the tables are {', '.join(TABLES)}"


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
        finding = finding.with_help(_records_of(session, sql, at) or wrong.help or _THERE_ARE)
        return ShowResult(command="query", diagnostics=(finding,), texts={_ASKED: sql}, exit_code=FINDINGS)
    return ShowResult(
        command="query",
        columns=tuple(ShowColumn(name=name, type=type_) for name, type_ in answer.columns),
        rows=answer.rows,
        truncated=answer.truncated,
        texts=session.texts,
    )


def _records_of(session: Session, sql: str, at: int) -> str:
    """Where to look for the records of the stream that a query takes for a table; nothing where it names none."""
    word = re.match(r"\w*", sql[at:])
    name = word.group() if word else ""
    if name not in {stream.name for stream in session.project.streams.values()}:
        return ""
    return f"`headgate show {name}` shows the records of a stream; {_THERE_ARE}"
