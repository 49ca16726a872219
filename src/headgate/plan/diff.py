"""One thing compared three ways: what was applied last, what is there, what is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from headgate.resources import Effect, ResourceKind
from headgate.state.records import plain


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that is to change: what it is now, what it shall be (None: it goes), and what that costs.

    `drift` says that it is not as we left it.
    """

    field: str
    now: Any
    then: Any
    effect: Effect
    drift: bool = False


def field_changes(
    kind: ResourceKind,
    wanted: Mapping[str, Any],
    applied: Mapping[str, Any] | None,
    live: Mapping[str, Any],
) -> tuple[FieldChange, ...]:
    """The fields of a live thing that must change, in the order of `wanted`, then those that are wanted no more.

    A field that nobody asked for, now or before, is the system's own business: a default of a server is no change. One
    that we set and that is wanted no more goes, unless somebody else has set it since.
    """
    if wanted == live and applied in (None, wanted):
        return ()
    applied = applied or {}
    live = {**live, **{name: applied[name] for name in kind.remembered if name in applied}}
    wanted, live, applied = (kind.parts(plain(one)) for one in (wanted, live, applied))
    changes = []
    for name, then in wanted.items():
        now = live.get(name)
        if now != then:
            drift = name in applied and now != applied[name]
            changes.append(FieldChange(name, now, then, kind.effect(name, now, then), drift))
    for name, left in applied.items():
        if name not in wanted and name in live and live[name] == left and left is not None:
            changes.append(FieldChange(name, left, None, kind.effect(name, left, None)))
    return tuple(changes)


def dearest(changes: Iterable[FieldChange]) -> Effect:
    """What a change costs: as much as its dearest field."""
    return max((change.effect for change in changes), default=Effect.IGNORE)
