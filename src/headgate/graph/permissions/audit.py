"""What a reviewer of permissions should look at: ways round a policy that the policy itself does not show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from headgate.addresses import Address, ColumnAddress
from headgate.graph.model import Decider, Graph, How
from headgate.graph.permissions import Permissions, Use
from headgate.graph.permissions.form import CLEAR
from headgate.graph.permissions.parts import ColumnPolicies, StreamPolicies
from headgate.project.declarations import Access, Applied, Mask
from headgate.syntax.document import Place

Reader = tuple[str, str | None]
"""A role, and the purpose it reads for."""


@dataclass(frozen=True, slots=True)
class OpenAbove:
    """A value that a stream protects, and that an ancestor serves in a looser form.

    `here` and `there` say how: a class, or a form. `given` are declared uses through which somebody gets it there.
    """

    column: ColumnAddress
    above: ColumnAddress
    here: str
    there: str
    place: Place
    given: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class OnlyMasked:
    """Roles that a closed stream admits because a mask names them, and for no other reason."""

    stream: Address
    mask: Mask
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inference:
    """A column that a reader may not see decides which rows there are of a stream that it may read."""

    stream: Address
    decider: Decider
    form: str
    readers: tuple[str, ...]


def only_masked(permissions: Permissions) -> Iterator[OnlyMasked]:
    """The roles that only a mask admits."""
    for address, found in permissions.policies.items():
        own = found.own
        stream = permissions.graph.stream(address)
        if own is None or not (own.allows or stream.access is Access.PRIVATE):
            continue
        for mask in own.masked:
            roles = [
                role
                for entry in mask.applied_in or ()
                for role in entry.roles
                if own.allows_role(role, entry.purpose) is None
            ]
            if roles:
                yield OnlyMasked(address, mask, tuple(dict.fromkeys(roles)))


def open_above(permissions: Permissions) -> Iterator[OpenAbove]:
    """The values that are protected in one stream and open in one that they come from, at the protection's place."""
    for address, found in permissions.policies.items():
        for name, before in found.inherited.items():
            column = ColumnAddress(address, name)
            if before.guessed or not _protected_here(found.columns[name], before, address):
                continue
            above = _passed_from(permissions.graph, column)
            if above:
                yield from _raised(permissions, column, found, before, above)
                yield from _hidden(permissions, column, found, above)


def _protected_here(now: ColumnPolicies, before: ColumnPolicies, stream: Address) -> bool:
    """Whether the stream itself says more of a column than it inherits: only then is it worth looking above."""
    return (
        any(p.by == stream and p.level > before.level for p in now.classes)
        or any(m.by == stream for m in now.masks)
        or any(e.by == stream for e in now.encrypts)
    )


def inferences(permissions: Permissions, readers: tuple[Reader, ...]) -> Iterator[Inference]:
    """What readers may infer of columns they may not see, from rows that those decide about."""
    for address in permissions.graph.order:
        for decider in dict.fromkeys(permissions.graph.facts[address].deciders):
            hidden: dict[str, list[str]] = {}
            for role, purpose in readers:
                if not permissions.view(role, purpose, address).admitted:
                    continue
                there = permissions.view(role, purpose, decider.column.stream).columns.get(
                    decider.column.name
                )
                if there is not None and there.form != CLEAR:
                    hidden.setdefault(there.form.method, []).append(role)
            for form, roles in hidden.items():
                yield Inference(address, decider, form, tuple(dict.fromkeys(roles)))


def _passed_from(graph: Graph, column: ColumnAddress) -> list[ColumnAddress]:
    """The columns above that hold the very value, the nearest first."""
    found: dict[ColumnAddress, None] = {}
    ahead = [column]
    for at in ahead:
        facts = graph.facts.get(at.stream)
        for origin in facts.origins.get(at.name, ()) if facts is not None else ():
            if origin.how is How.IDENTITY and origin.column not in found:
                found[origin.column] = None
                ahead.append(origin.column)
    return list(found)


def _raised(
    permissions: Permissions,
    column: ColumnAddress,
    found: StreamPolicies,
    before: ColumnPolicies,
    above: list[ColumnAddress],
) -> Iterator[OpenAbove]:
    """A class that is higher here than above, where some role's clearance lies between."""
    now = found.columns[column.name]
    own = [p for p in now.classes if p.by == column.stream and p.place is not None and p.level > before.level]
    if not own:
        return
    levels = permissions.graph.project.classification.levels
    top = max(own, key=lambda p: p.level)
    for one in above:
        level = _level(permissions, one)
        if level < top.level and _somebody(permissions, one, level, top.level):
            assert top.place is not None
            yield OpenAbove(
                column,
                one,
                levels[top.level],
                levels[level],
                top.place,
                _given_more(permissions, column, above),
            )
            return


def _hidden(
    permissions: Permissions, column: ColumnAddress, found: StreamPolicies, above: list[ColumnAddress]
) -> Iterator[OpenAbove]:
    """A mask or an encryption here, where a role that it covers sees more above."""
    now = found.columns[column.name]
    others = tuple(_others(permissions, found))
    covering: list[tuple[Place, tuple[Reader, ...]]] = [
        (m.place, others if m.applied_in is None else _named(m.applied_in))
        for m in now.masks
        if m.by == column.stream
    ]
    covering += [(e.place, others) for e in now.encrypts if e.by == column.stream]
    for place, readers in covering:
        for role, purpose in readers:
            more = next((a for a in above if _looser(permissions, role, purpose, a, column)), None)
            if more is not None:
                here = permissions.view(role, purpose, column.stream).columns[column.name].form
                there = permissions.view(role, purpose, more.stream).columns[more.name].form
                given = _given_more(permissions, column, above)
                yield OpenAbove(column, more, f"{here} for {role}", f"{there} to it", place, given)
                break


def _named(applied_in: tuple[Applied, ...]) -> tuple[Reader, ...]:
    return tuple((role, entry.purpose) for entry in applied_in for role in entry.roles)


def _others(permissions: Permissions, found: StreamPolicies) -> Iterator[Reader]:
    """One role of each clearance that no list of a stream names: it stands for all of them."""
    named = {
        role for one in (*found.closed_by, *((found.own,) if found.own else ())) for role, _ in one.readers
    }
    seen: set[str] = set()
    for role in permissions.graph.project.roles.values():
        if role.name not in named and role.clearance not in seen:
            seen.add(role.clearance)
            yield role.name, None


def _level(permissions: Permissions, column: ColumnAddress) -> int:
    found = permissions.policies.get(column.stream)
    known = found.columns.get(column.name) if found is not None else None
    return known.level if known is not None else 0


def _somebody(permissions: Permissions, above: ColumnAddress, level: int, below: int) -> bool:
    """Whether a role sees a column above in clear and not here: one that is admitted there, its clearance between."""
    levels = permissions.graph.project.classification.levels
    between = set(levels[level:below])
    roles = [r.name for r in permissions.graph.project.roles.values() if r.clearance in between]
    found = permissions.policies[above.stream]
    closed = found.closed_by or permissions.graph.stream(above.stream).access is Access.PRIVATE
    return bool(roles) and (
        not closed or any(permissions.view(role, None, above.stream).admitted for role in roles)
    )


def _given_more(
    permissions: Permissions, column: ColumnAddress, above: list[ColumnAddress]
) -> tuple[Use, ...]:
    """The declared uses of ancestors in which the same value is looser than here for the same reader."""
    seen: dict[tuple[str, str | None, Address], Use] = {}
    for one in above:
        for use in permissions.uses_of.get(one.stream, ()):
            if use.by != column.stream and _looser(permissions, use.role, use.purpose, one, column):
                seen.setdefault((use.role, use.purpose, one.stream), use)
    return tuple(seen.values())


def _looser(
    permissions: Permissions, role: str, purpose: str | None, one: ColumnAddress, other: ColumnAddress
) -> bool:
    """Whether a reader sees one column in a looser form than another."""
    first = permissions.view(role, purpose, one.stream).columns.get(one.name)
    second = permissions.view(role, purpose, other.stream).columns.get(other.name)
    return first is not None and second is not None and first.form.looseness > second.form.looseness
