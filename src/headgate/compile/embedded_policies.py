"""In which form every reader sees a stream on the embedded engine, which can show all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from headgate.addresses import Address
from headgate.compile.target import World
from headgate.graph.permissions.form import CLEAR

Readers = Mapping[str, Sequence[str]]
"""Every role with the purposes that something names it for."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a role sees for a purpose (None: none): the columns that are not in clear; `forms` is None where it is denied."""

    role: str
    purpose: str | None
    forms: Mapping[str, str] | None

    @property
    def who(self) -> str:
        """The reader in words."""
        return f"{self.role} for {self.purpose}" if self.purpose else self.role


def readers_of(world: World) -> Readers:
    """Every role, with the purposes for which a declared use or a policy names it."""
    named = {(use.role, use.purpose) for use in world.permissions.uses}
    for stream in world.project.streams.values():
        named |= {(role, allow.purpose) for allow in stream.security.allows for role in allow.roles}
        applied = [entry for mask in stream.security.masks for entry in mask.applied_in or ()]
        named |= {(role, entry.purpose) for entry in applied for role in entry.roles}
    roles = sorted(world.project.roles)
    return {role: sorted(p for r, p in named if r == role and p) for role in roles}


def seen_by(world: World, readers: Readers, stream: Address) -> Iterator[Seen]:
    """What each role sees of a stream, first for no purpose, then for each that makes a difference to it."""
    for role, purposes in readers.items():
        plain = _seen(world, role, None, stream)
        yield plain
        others = (_seen(world, role, purpose, stream) for purpose in purposes)
        yield from (other for other in others if other.forms != plain.forms)


def _seen(world: World, role: str, purpose: str | None, stream: Address) -> Seen:
    view = world.permissions.view(role, purpose, stream)
    if not view.admitted:
        return Seen(role, purpose, None)
    return Seen(role, purpose, {n: str(c.form) for n, c in view.columns.items() if c.form != CLEAR})
