"""`history`: what was done to an environment, by whom and with what outcome, the newest first."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, fields
from itertools import islice

from headgate.ports import PermanentFailure, TemporaryFailure
from headgate.state import AuditEntry
from headgate.workflows.acting import unfit
from headgate.workflows.auditing import audit_of
from headgate.workflows.refused import Refused, cannot_look, refused_answer
from headgate.workflows.request import Request
from headgate.workflows.results import HistoryEntry, HistoryResult, HistoryStep
from headgate.workflows.session import open_session


def history(request: Request, *, limit: int = 20) -> HistoryResult:
    """The last things that were done."""
    session = open_session(request)
    audit = unfit(session, checked=False) or audit_of(session)
    if isinstance(audit, Refused):
        return refused_answer(HistoryResult, "history", session, audit)
    with closing(audit):
        try:
            found = tuple(islice(audit.newest(), limit + 1))
        except (TemporaryFailure, PermanentFailure) as failure:
            return refused_answer(HistoryResult, "history", session, cannot_look(session, failure))
    return HistoryResult(
        command="history",
        texts=session.texts,
        environment=session.project.environment.name,
        entries=tuple(map(_row, found[:limit])),
        truncated=len(found) > limit,
    )


def _row(entry: AuditEntry) -> HistoryEntry:
    steps = tuple(HistoryStep(**asdict(step)) for step in entry.steps)
    said = {field.name: getattr(entry, field.name) for field in fields(HistoryEntry)}
    return HistoryEntry(**{**said, "steps": steps})
