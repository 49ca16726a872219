"""What is done to an environment is written to its audit: before it is done, and again with what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from headgate._version import __version__
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.ports import Failure, PermanentFailure, TemporaryFailure
from headgate.state import Audit, AuditEntry, FileAudit, open_topic_audit, this_process
from headgate.workflows.acting import kept_in
from headgate.workflows.refused import Refused, environment_span
from headgate.workflows.repository import commit_of
from headgate.workflows.results import COULD_NOT_RUN
from headgate.workflows.session import Session

NOT_AUDITED = Code("HGD040", "not-audited", Severity.ERROR)
AUDIT_FILE = "audit.jsonl"
AUDIT_TOPIC = "_headgate_audit"
DONE, FAILED, STOPPED, DECLINED = "done", "failed", "stopped", "declined"


@dataclass(frozen=True, slots=True)
class Audited:
    """Something that is being done, and is known to the audit."""

    session: Session
    audit: Audit
    entry: AuditEntry

    def ended(self, outcome: str, **more: Any) -> tuple[Diagnostic, ...]:
        """It is over: `outcome` says how, and more of the entry's fields what. A finding where that cannot be written."""
        try:
            self.audit.append(replace(self.entry, outcome=outcome, **more))
        except (TemporaryFailure, PermanentFailure) as failure:
            return (_not_audited(self.session, failure, "it is done all the same: note it elsewhere"),)
        finally:
            self.audit.close()
        return ()


def audited(session: Session, verb: str, **more: Any) -> Audited | Refused:
    """Says to the audit that something is about to be done; refused where it cannot be told, and nothing is to be done then."""
    audit = audit_of(session)
    if isinstance(audit, Refused):
        return audit
    entry = _entry(session, verb, **more)
    try:
        audit.append(entry)
    except (TemporaryFailure, PermanentFailure) as failure:
        audit.close()
        return Refused((_not_audited(session, failure, "nothing was changed"),), COULD_NOT_RUN)
    return Audited(session, audit, entry)


def audit_of(session: Session) -> Audit | Refused:
    """The audit of the session's environment: a file beside the state's, or a topic of the cluster that has the state's."""
    where = kept_in(session)
    if isinstance(where, Refused):
        return where
    if isinstance(where, Path):
        return FileAudit(where.with_name(AUDIT_FILE))
    project, environment = session.project.name, session.project.environment.name
    return open_topic_audit(where, AUDIT_TOPIC, project=project, environment=environment)


def _entry(session: Session, verb: str, **more: Any) -> AuditEntry:
    by = this_process()
    return AuditEntry(
        verb=verb,
        project=session.project.name,
        environment=session.project.environment.name,
        who=by.user,
        host=by.host,
        version=__version__,
        commit=commit_of(session.request.root),
        **more,
    )


def _not_audited(session: Session, failure: Failure, help_: str) -> Diagnostic:
    name = session.project.environment.name
    said, *commands = str(failure).splitlines()
    found = NOT_AUDITED.at(environment_span(session), f"the audit of `{name}` cannot be written: {said}")
    for command in commands:
        found = found.note(command.strip())
    return found.with_help(help_)
