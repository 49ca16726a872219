"""What is remembered, made as it is: drift is taken note of, and nothing outward is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from headgate.plan.changes import Plan, PlannedChange, Risk
from headgate.plan.diff import FieldChange
from headgate.plan.plan import Live
from headgate.ports import Action
from headgate.resources import Effect, Resource, ResourceId, ResourceKind
from headgate.state.records import plain


def refresh_plan(
    applied: Mapping[ResourceId, Resource],
    live: Live,
    kinds: Mapping[str, ResourceKind],
    intents: Sequence[ResourceId] = (),
) -> Plan:
    """What the state has to learn of what is there: what is gone, and what is otherwise than it was left.

    A thing of which a step was begun and never recorded, and that is there, is left for the next apply to settle.
    """
    return Plan(tuple(_learned(applied, live, kinds, intents)))


def _learned(
    applied: Mapping[ResourceId, Resource],
    live: Live,
    kinds: Mapping[str, ResourceKind],
    intents: Sequence[ResourceId],
) -> Iterator[PlannedChange]:
    for id_ in sorted({*applied, *intents}):
        before, now = applied.get(id_), live.get(id_)
        change = PlannedChange(
            action=Action.REFRESH,
            id=id_,
            desired=None,
            address=before.address if before is not None else "",
            risk=Risk.SAFE,
            reason="is there no more, and is forgotten",
            learns=True,
        )
        if now is None:
            yield change
        elif before is not None:
            drift = tuple(_drift(kinds[id_.kind], before.fields, now))
            as_is = replace(before, fields=_as_is(kinds[id_.kind], before.fields, now))
            if drift:
                yield replace(
                    change, desired=as_is, fields=drift, reason="drifted, and is remembered as it is"
                )


def _drift(kind: ResourceKind, left: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[FieldChange]:
    live = kind.parts(plain(now))
    for name, value in kind.parts(plain(left)).items():
        if name in live and live[name] != value and kind.effect(name, value, live[name]) is not Effect.IGNORE:
            yield FieldChange(name, value, live[name], Effect.IGNORE, drift=True)


def _as_is(kind: ResourceKind, left: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that we set, with the values they have; keys of others in keyed ones stay out."""
    found = dict(left)
    for name, value in plain(now).items():
        if name in left and name in kind.keyed and isinstance(value, Mapping):
            found[name] = {key: value.get(key) for key in left[name]}
        elif name in left:
            found[name] = value
    return found
