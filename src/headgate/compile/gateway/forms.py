"""In which form Conduktor Gateway shows a column to a reader: what is asked for, its declared fallback, or why neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from headgate.addresses import Address
from headgate.compile.gateway.masks import METHODS, NoRule, rule
from headgate.compile.target import World
from headgate.graph.permissions import Form
from headgate.project.declarations import Mask
from headgate.schema.types import DataType

FALLBACKS = frozenset({"redact", "deny", "encrypt"})
"""What may stand in for a method that the Gateway lacks; `hash` is one that it lacks as well."""


@dataclass(frozen=True, slots=True)
class AsStored:
    """The column is shown as it is in the record: clear, or the ciphertext."""


@dataclass(frozen=True, slots=True)
class Decrypted:
    """The ciphertext in the record is decrypted."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A rule of the Gateway's masks."""

    rule: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Denied:
    """The reader gets nothing of the stream, as the mask's fallback says."""


Shown = AsStored | Decrypted | Masked | Denied | NoRule


@dataclass(frozen=True, slots=True)
class Stored:
    """A column as it is in the record: its type, whether it is part of the key, whether it is ciphertext."""

    type: DataType
    key: bool
    encrypted: bool


def shown(form: Form, mask: Mask | None, stored: Stored) -> Shown:
    """How a column is shown in a form. `mask` is the declared one that the form comes from, for its fallback."""
    if form.method == "clear":
        return Decrypted() if stored.encrypted else AsStored()
    if form.method == "encrypted":
        return AsStored() if stored.encrypted else _NOT_ON_READ
    if stored.key:
        return NoRule(
            "Conduktor Gateway masks values, and this is in the key too",
            "key the stream by another column, one that may be seen",
        )
    found = _masked(form, stored)
    if not isinstance(found, NoRule) or mask is None or not mask.fallback:
        return found
    match mask.fallback:
        case "redact":
            return _masked(Form("redact"), stored)
        case "deny":
            return Denied()
        case "encrypt":
            return AsStored() if stored.encrypted else _NOT_ON_READ
    return found


_NOT_ON_READ = NoRule(
    "Conduktor Gateway encrypts what is written, and this is stored clear",
    "declare `encrypt` at the source, whose producers then write through the proxy",
)


def _masked(form: Form, stored: Stored) -> Masked | NoRule | AsStored:
    # What nobody may read is safe as ciphertext; a mask over it could only break its encoding.
    if stored.encrypted and form.method in ("redact", "redacted"):
        return AsStored()
    found = rule(form, stored.type)
    return found if isinstance(found, NoRule) else Masked(found)


def mask_behind(world: World, address: Address, column: str, form: Form) -> Mask | None:
    """The declared mask that a form of a column comes from; None where it comes from its class."""
    policies = world.permissions.policies.get(address)
    found = policies.columns.get(column) if policies is not None else None
    for part in found.masks if found is not None else ():
        if part.form == form:
            declared = world.graph.stream(part.by).security.masks
            return next((m for m in declared if m.place == part.place), None)
    return None


def can_express(mask: Mask) -> bool:
    """Whether the Gateway has a mask's method, or its fallback; that it fits the column is another question."""
    return mask.method in METHODS or mask.fallback in FALLBACKS
