"""What somebody paused, and what a plan means for it."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.plan.changes import Plan
from headgate.plan.plan import Live
from headgate.ports import Action
from headgate.workflows.refused import span_of
from headgate.workflows.session import Session

STANDS_STILL = Code("HGD036", "stands-still", Severity.WARNING)
_STARTS = (Action.CREATE, Action.UPDATE, Action.RESTART, Action.REPLACE)


def standing_still(session: Session, plan: Plan, live: Live) -> Iterator[Diagnostic]:
    """A finding for each thing of a plan that is paused: it stays so, unless the plan has to change it."""
    for change in plan.changes:
        if (live.get(change.id) or {}).get("running") != "paused" or change.action is Action.DELETE:
            continue
        starts = change.action in _STARTS
        what = "is paused, and this plan starts it again" if starts else "is paused, and stays so"
        yield STANDS_STILL.at(
            span_of(session, change.address), f"{change.id} {what}", node=change.address or None
        ).with_help("`headgate resume` lets it go on where it stood")
