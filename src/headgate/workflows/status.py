"""`status`: declared, applied and live, side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from headgate.plan.diff import field_changes
from headgate.plan.plan import Live
from headgate.ports import StateStore
from headgate.resources import Effect, Resource, ResourceId, ResourceKind
from headgate.resources.live import TOPIC
from headgate.workflows.acting import engine_of, live_systems, state_of, unfit, unknown_kinds
from headgate.workflows.applying import Desired, desired, look
from headgate.workflows.engines import EMBEDDED
from headgate.workflows.forms import with_forms
from headgate.workflows.live_status import Looking
from headgate.workflows.refused import Refused, refused_answer
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, OK, StatusResult, StatusRow
from headgate.workflows.session import Session, open_session


def status(request: Request, *, now: dt.datetime | None = None) -> StatusResult:
    """Everything declared or ours: whether it is applied and live, how it drifted, and how many rows it holds.

    On a live environment also how it is doing, each system asked beside the others: one that does not answer, or does
    not let us look, is said, and the rest is shown.
    """
    session = open_session(request)
    wrong = unfit(session, checked=False)
    if wrong is not None:
        return refused_answer(StatusResult, "status", session, wrong)
    wanted = desired(session)
    if isinstance(wanted, Refused):
        return refused_answer(StatusResult, "status", session, wanted)
    if session.project.environment.engine != EMBEDDED:
        found = _live(session, wanted, now or dt.datetime.now(dt.UTC).replace(tzinfo=None))
    else:
        found = _embedded(session, wanted)
    if isinstance(found, Refused):
        return refused_answer(StatusResult, "status", session, found)
    return replace(found, command="status", texts=session.texts, environment=session.project.environment.name)


def _embedded(session: Session, wanted: Desired) -> StatusResult | Refused:
    engine = engine_of(session, "status", read_only=True)
    if isinstance(engine, Refused):
        return engine
    with closing(engine):
        state = state_of(session)
        if isinstance(state, Refused):
            return state
        with closing(state):
            known = _known(session, wanted, state)
        if isinstance(known, Refused):
            return known
        live = look(session, engine, known.ids)
        if isinstance(live, Refused):
            return live
        rows = tuple(
            replace(
                row, rows=engine.count(row.name) if wanted.kinds[row.kind].holds_data and row.live else None
            )
            for row in known.rows(live)
        )
    return StatusResult(rows=rows)


def _live(session: Session, wanted: Desired, now: dt.datetime) -> StatusResult | Refused:
    systems = live_systems(session)
    if isinstance(systems, Refused):
        return systems
    with closing(systems):
        looking = Looking(session, systems, now)
        known = _known_live(session, wanted, looking)
        if isinstance(known, Refused):
            return known
        live = looking.observe(sorted(known.ids))
        rows = known.rows(live)
        doing = looking.status(known.there(live))
    held = {f"{row.cluster}/{row.topic}": row.records for row in doing.topics}
    return StatusResult(
        rows=tuple(replace(row, rows=held.get(row.name)) if row.kind == TOPIC.name else row for row in rows),
        running=doing.running,
        topics=doing.topics,
        groups=doing.groups,
        promises=doing.promises,
        deprecated=doing.deprecated,
        unseen=tuple(looking.unseen),
        exit_code=COULD_NOT_RUN if known.ids and not live else OK,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What is declared, what was applied (None: nobody knows), and of which steps began."""

    kinds: Mapping[str, ResourceKind]
    declared: Mapping[ResourceId, Resource]
    applied: Mapping[ResourceId, Resource] | None
    unsettled: frozenset[ResourceId] = frozenset()

    @property
    def ids(self) -> frozenset[ResourceId]:
        return self.unsettled | self.declared.keys() | (self.applied or {}).keys()

    def there(self, live: Live) -> dict[ResourceId, Resource]:
        """What was applied or is there; where nobody knows what was applied, all that is declared."""
        things = {**(self.applied or {}), **self.declared}
        if self.applied is None:
            return things
        return {id_: one for id_, one in things.items() if id_ in self.applied or live.get(id_) is not None}

    def rows(self, live: Live) -> tuple[StatusRow, ...]:
        """Each thing as it is declared, applied and live; what is not in `live` could not be looked at."""
        return tuple(self._row(id_, live) for id_ in sorted(self.ids))

    def _row(self, id_: ResourceId, live: Live) -> StatusRow:
        declared, applied = self.declared.get(id_), (self.applied or {}).get(id_)
        known = declared or applied
        drift = ""
        if self.applied is not None and id_ in live:
            kind, unsettled = self.kinds[id_.kind], id_ in self.unsettled
            drift = _drift(kind, declared, applied, live[id_], unsettled=unsettled)
        return StatusRow(
            address=known.address if known else "",
            kind=id_.kind,
            name=id_.name,
            declared=declared is not None,
            applied=None if self.applied is None else applied is not None,
            live=live[id_] is not None if id_ in live else None,
            drift=drift,
        )


def _known(session: Session, wanted: Desired, state: StateStore) -> _Known | Refused:
    declared = {r.id: r for r in with_forms(session, wanted.resources, wanted.kinds)}
    applied, unsettled = state.read(), frozenset(state.intents())
    strange = unknown_kinds(session, {*applied, *unsettled}, wanted.kinds)
    return strange if strange is not None else _Known(wanted.kinds, declared, applied, unsettled)


def _known_live(session: Session, wanted: Desired, looking: Looking) -> _Known | Refused:
    """What is known where the state may be out of reach: then nobody knows what was applied."""
    state = state_of(session)
    if isinstance(state, Refused):
        looking.miss(" ".join(d.message for d in state.diagnostics))
        return _Known(wanted.kinds, {r.id: r for r in wanted.resources}, None)
    with closing(state):
        return _known(session, wanted, state)


def _drift(
    kind: ResourceKind,
    declared: Resource | None,
    applied: Resource | None,
    live: Mapping[str, Any] | None,
    *,
    unsettled: bool,
) -> str:
    """How the three differ where all could be looked at, in words; "" where they agree."""
    told = ["a step was cut off"] if unsettled else []
    if applied is None:
        return ", ".join([*told, *(["not ours"] if live is not None and not unsettled else [])])
    if live is None:
        told.append("gone")
    else:
        told += [f"`{name}` changed outside" for name in _differing(kind, applied.fields, live)]
    if declared is not None:
        then = _differing(kind, declared.fields, applied.fields)
        told += [f"`{name}` declared otherwise" for name in then]
    return ", ".join(told)


def _differing(kind: ResourceKind, wanted: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    """The fields that a plan would change."""
    changes = field_changes(kind, wanted, None, there)
    return [change.field for change in changes if change.effect is not Effect.IGNORE]
