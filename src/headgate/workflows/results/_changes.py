"""What verbs answer that change an environment, or tell what was changed: plans, the state, the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headgate.workflows.results._result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """A change of a plan. `status` is "planned", "waiting", "done", "failed", "skipped", or "unchanged" for a no-op."""

    address: str
    kind: str
    name: str
    action: str
    risk: str
    reason: str
    readers: tuple[str, ...] = ()
    status: str = "planned"
    fields: tuple[tuple[str, Any, Any], ...] = ()
    """(field, now, then)."""
    message: str = ""
    phase: str = ""
    """When it is made: take, stop, store, protect, run, remove, give."""
    cost: str = ""
    """What it means while it is made: what stands still, and what begins where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResult(Result):
    """`plan`, `apply`, `destroy`. `declined` says that somebody was asked, and said no; nothing was changed then."""

    changes: tuple[ChangeRow, ...] = ()
    digest: str = ""
    applied: bool = False
    declined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """A thing that is ours, by its kind and name. `begun` says that a step about it was begun and never recorded."""

    kind: str
    name: str
    address: str = ""
    begun: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StateResult(Result):
    """`state`: what is ours in an environment, and who holds its lock, under which id ("" where nobody does).

    `document` is the whole state, where it was asked for; `changed` are the things forgotten, or the holder that lost the
    lock. `declined` says that somebody was asked, and said no.
    """

    action: str = ""
    environment: str = ""
    generation: int = 0
    holder: str = ""
    lock: str = ""
    things: tuple[StateRow, ...] = ()
    changed: tuple[str, ...] = ()
    declined: bool = False
    document: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryStep:
    """A step of what was done: the thing (`kind/name`), its declaration, and what became of it."""

    thing: str
    address: str
    action: str
    status: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """What was done, by whom, from which commit and plan. `outcome` is begun where it never ended.

    `about` is what it was done to where that is one thing, `reason` why it was forced; `widened` and `narrowed` are those
    whose access changed.
    """

    run: str
    at: str
    verb: str
    outcome: str
    who: str
    host: str
    version: str
    commit: str = ""
    plan: str = ""
    generation: int = 0
    about: str = ""
    reason: str = ""
    steps: tuple[HistoryStep, ...] = ()
    widened: tuple[str, ...] = ()
    narrowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryResult(Result):
    """`history`: what was done to an environment, the newest first."""

    environment: str = ""
    entries: tuple[HistoryEntry, ...] = ()
    truncated: bool = False
