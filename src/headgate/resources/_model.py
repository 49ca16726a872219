"""Desired things as plain ordered values, what each of their fields costs to change, and what a target can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Effect(IntEnum):
    """What changing a field costs. Ordered: the dearest field decides for the whole change."""

    IGNORE = 0
    UPDATE = 1
    RESTART = 2
    REPLACE = 3
    FORBIDDEN = 4


EffectOf = Effect | Callable[[Any, Any], Effect]
"""An effect, or a function of the old and the new value (partitions may grow and not shrink)."""


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """A kind of thing a system can hold, with the cost of each of its fields.

    A field that is not named in `effects` may not change: it is FORBIDDEN until somebody classifies it. `rank` orders
    creation (apply.md: protection before data, readers' grants last); removal goes by falling rank. `holds_data` says that
    deleting it loses data. Kinds of one provider with the same `names` share their names: no two of their things have one.
    `gives_access` says that it is nothing but somebody's access to other things. `keyed` are fields that are maps of which
    each key is somebody's own: a key that nobody here set is no difference. `facts` are fields that only the system can
    tell of a thing it does not hold yet (`ports.Validates`): a plan asks for them, and where changing one is FORBIDDEN a
    person may choose how the thing is to begin instead. `remembered` are fields that no system holds: what was applied last
    is what they are.
    """

    name: str
    provider: str
    rank: int
    effects: Mapping[str, EffectOf]
    holds_data: bool = False
    names: str = ""
    gives_access: bool = False
    keyed: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    remembered: frozenset[str] = frozenset()

    def effect(self, field_name: str, old: Any, new: Any) -> Effect:
        """What changing that field, or that key of a keyed one, from `old` to `new` costs."""
        whole = field_name.partition(".")[0]
        name = whole if whole in self.keyed else field_name
        effect = self.effects.get(name, Effect.FORBIDDEN)
        return effect if isinstance(effect, Effect) else effect(old, new)

    def parts(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """What of a thing is compared one by one: its fields, and each key of the keyed ones as `config.retention.ms`."""
        found: dict[str, Any] = {}
        for name, value in fields.items():
            if name in self.keyed and isinstance(value, Mapping):
                found |= {f"{name}.{key}": item for key, item in value.items()}
            else:
                found[name] = value
        return found


@dataclass(frozen=True, slots=True, order=True)
class ResourceId:
    """A resource's identity: the kind's name, and its name in the system (with cluster, where that matters)."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One desired thing.

    `fields` are plain values (str, int, float, bool, None, list, dict with str keys), in the order to show them;
    they hold no secret. `address` is the declaration it comes from, as text. `after` names what must exist before it, in
    addition to the order of ranks. `reason` is for people. One that `yields` is made only where it is missing: what somebody
    else made stays as it is, and theirs.
    """

    id: ResourceId
    fields: Mapping[str, Any]
    address: str = ""
    after: tuple[ResourceId, ...] = ()
    reason: str = ""
    yields: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A readable file that `compile` writes: its path below `target/<env>/` and its text, which ends in a newline.

    `address` is the declaration it is for, as text; "" where it is for several.
    """

    path: str
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a target can express, asked before anything is compiled for it.

    `methods` are mask methods; `expressions` the node kinds and functions of scalar SQL it can evaluate (see
    `sql.expressions`), None for all; `encrypts` whether it can encrypt and decrypt a column, `roles` whether it can tell
    readers apart, `serves` whether it serves virtual topics.
    """

    name: str
    methods: frozenset[str] = frozenset()
    encrypts: bool = False
    roles: bool = False
    serves: bool = False
    expressions: frozenset[str] | None = None
    dead_letters: bool = False
    purposes: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)
