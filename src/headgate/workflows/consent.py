"""What a plan needs and nobody asked for, and the question before it is carried out."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.plan.changes import Plan, PlannedChange, Risk
from headgate.plan.refusals import BREAKS_READERS, LOSES_DATA, Refusal
from headgate.workflows.refused import Refused, span_of
from headgate.workflows.session import Session

LIVE = "live"


def against(session: Session, plan: Plan, *, accepted: str = "") -> Refused | None:
    """What speaks against a plan, or what it needs and nobody asked for; None where it may be applied.

    `accepted` is why what breaks readers on live systems may be done all the same.
    """
    refusals = [*plan.refusals, *_lacking(session, plan, accepted)]
    if not refusals:
        return None
    return Refused(tuple(refusal.at(span_of(session, refusal.address)) for refusal in refusals))


def agreed(session: Session, plan: Plan, text: str) -> bool:
    """Whether somebody says yes to a plan that does something, which they are shown as text.

    On live systems what widens access or loses data needs a yes of its own: what was seen or lost cannot be taken back.
    """
    environment, request = session.project.environment, session.request
    if plan.grave and environment.engine == LIVE:
        return request.confirm(text, environment.name)
    return request.approve(text)


def _lacking(session: Session, plan: Plan, accepted: str) -> Iterator[Refusal]:
    live = session.project.environment.engine == LIVE
    for change in plan.changes:
        if change.blocks:
            yield _blocked(change)
        if live and change.breaks and change.pending and not accepted:
            yield _breaks(change)


def _blocked(change: PlannedChange) -> Refusal:
    if change.risk is not Risk.LOSES_DATA:
        what = "is declared no more, and would stay while what it relies on is changed for others"
    elif change.desired is not None:
        what = "is made anew, and what it holds is lost"
    else:
        what = "makes room for what is declared, and what it holds is lost"
    return Refusal(
        LOSES_DATA,
        f"{change.id} {what}",
        "`apply --allow-destroy` lets it go, where the environment says `allow_destroy: true`",
        change.address,
        change.id,
    )


def _breaks(change: PlannedChange) -> Refusal:
    return Refusal(
        BREAKS_READERS,
        f"{change.id} takes from {', '.join(change.readers)} what they use",
        "declare a new version beside it, or say `apply --accept-breaking REASON`",
        change.address,
        change.id,
        (change.reason,),
    )
