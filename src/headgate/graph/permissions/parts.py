"""What reaches a column, for all roles at once: classes, masks, encryption, and the lists that open them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from headgate.addresses import Address
from headgate.graph.model import How
from headgate.graph.permissions.form import REDACTED, Form, passed
from headgate.graph.permissions.origins import Origins
from headgate.project.declarations import Allow, Applied, Mask
from headgate.syntax.document import Place

MOST_STRANDS = 16
"""A column that has values from more places than this shows nothing of any that is masked."""


def names_role(applied: Iterable[Applied], role: str, purpose: str | None) -> Applied | None:
    """The entry that names a role for a purpose."""
    for entry in applied:
        if role in entry.roles and (entry.purpose is None or entry.purpose == purpose):
            return entry
    return None


Whose = Callable[[Address], str]
"""Whose a stream is. Of what two owners declare neither makes the other's needless."""

Readers = frozenset[tuple[str, str | None]]
"""Roles with the purpose they read for; None: for any, and for none."""


@dataclass(frozen=True, slots=True, eq=False)
class ReaderList:
    """An allow-list: the `allow`s of one stream, a union; or what a `declassify` puts in place of inherited ones.

    There is one object a declaration, so `is` means the same list. `masked` are masks of that stream: those they name are
    admitted too, to their form. `allowed` and `readers` are who an `allow` admits, and who anything does.
    """

    by: Address
    allows: tuple[Allow, ...]
    masked: tuple[Mask, ...]
    allowed: Readers
    readers: Readers

    @classmethod
    def of(cls, by: Address, allows: tuple[Allow, ...], masked: tuple[Mask, ...] = ()) -> ReaderList:
        allowed = frozenset((role, allow.purpose) for allow in allows for role in allow.roles)
        named = frozenset(
            (role, entry.purpose)
            for mask in masked
            for entry in mask.applied_in or ()
            for role in entry.roles
        )
        return cls(by, allows, masked, allowed, allowed | named)

    def allows_role(self, role: str, purpose: str | None) -> Allow | None:
        """The `allow` that admits a role for a purpose."""
        for allow in self.allows:
            if role in allow.roles and (allow.purpose is None or allow.purpose == purpose):
                return allow
        return None

    def masks_role(self, role: str, purpose: str | None) -> Mask | None:
        """The mask that names a role, and so admits it."""
        for mask in self.masked:
            if names_role(mask.applied_in or (), role, purpose):
                return mask
        return None

    def within(self, other: ReaderList) -> bool:
        """Whether it admits nobody whom the other does not admit as well."""
        return self.allowed <= other.allowed and self.readers <= other.readers


@dataclass(frozen=True, slots=True)
class ClassPart:
    """A class that reaches a column: `by` declared it, or is where a column that says nothing begins (`place` None).

    `lifted_by` are the lists whose `allow`s speak for it, on this way.
    """

    level: int
    by: Address
    place: Place | None = None
    lifted_by: tuple[ReaderList, ...] = ()


@dataclass(frozen=True, slots=True)
class MaskPart:
    """A mask that reaches a column, in the form that is left of it here; `by` declared it.

    Without `applied_in` it covers every role that no list of `lifted_by` allows.
    """

    form: Form
    applied_in: tuple[Applied, ...] | None
    by: Address
    place: Place
    lifted_by: tuple[ReaderList, ...] = ()


@dataclass(frozen=True, slots=True)
class EncryptPart:
    """An encryption that reaches a column; `used` where an expression works on it rather than passing it on.

    Those whom a list of `lifted_by` allows get it decrypted.
    """

    key: str
    by: Address
    place: Place
    used: bool = False
    lifted_by: tuple[ReaderList, ...] = ()


@dataclass(frozen=True, slots=True)
class Strand:
    """All that covers the values of a column that came one way. `lists` are the allow-lists they have passed."""

    classes: tuple[ClassPart, ...] = ()
    masks: tuple[MaskPart, ...] = ()
    encrypts: tuple[EncryptPart, ...] = ()
    lists: tuple[ReaderList, ...] = ()

    @property
    def declared_by(self) -> Iterator[Address]:
        """The streams whose declarations cover it."""
        yield from (part.by for part in self.classes)
        yield from (part.by for part in self.masks)
        yield from (part.by for part in self.encrypts)

    @property
    def blurred(self) -> bool:
        """Whether no mask or encryption of it leaves anything that could differ from what another strand leaves."""
        return not any(m.form.readable for m in self.masks) and all(e.used for e in self.encrypts)

    def effect(self, whose: Whose) -> object:
        """What it does, whichever declarations of the same owners do it."""
        return (
            tuple((whose(c.by), c.level, c.lifted_by) for c in self.classes),
            tuple(
                (whose(m.by), m.form, None if m.applied_in is None else _named(m.applied_in), m.lifted_by)
                for m in self.masks
            ),
            tuple((whose(e.by), e.key, e.used, e.lifted_by) for e in self.encrypts),
            self.lists,
        )

    def through(self, how: How) -> Strand:
        """What is left of it after an expression."""
        if how is How.IDENTITY or not (self.masks or self.encrypts):
            return self
        return replace(
            self,
            masks=tuple(dict.fromkeys(replace(m, form=passed(m.form, how)) for m in self.masks)),
            encrypts=tuple(dict.fromkeys(replace(e, used=True) for e in self.encrypts)),
        )


def joined(strands: Sequence[Strand], whose: Whose) -> tuple[Strand, ...]:
    """The strands of a column that has values from all of these; those that leave nothing apart are one."""
    if all(strand is strands[0] for strand in strands):
        return tuple(strands[:1])
    once = tuple(dict.fromkeys(strands))
    if len(once) < 2:
        return once
    once = tuple({strand.effect(whose): strand for strand in reversed(once)}.values())[::-1]
    if len(once) < 2:
        return once
    apart = [s for s in once if not s.blurred]
    if len(apart) > MOST_STRANDS:
        return (_one([_blur(s) for s in once], whose),)
    rest = [s for s in once if s.blurred]
    return (*apart, _one(rest, whose)) if rest else tuple(apart)


def needed_classes(parts: Iterable[ClassPart], whose: Whose) -> tuple[ClassPart, ...]:
    """The classes without those that another of the same owner, as high and lifted for no more readers, makes needless."""

    def covers(one: ClassPart, other: ClassPart) -> bool:
        return (
            one.level >= other.level
            and set(one.lifted_by) <= set(other.lifted_by)
            and whose(one.by) == whose(other.by)
        )

    return _needed(parts, covers)


def needed_masks(parts: Iterable[MaskPart], whose: Whose) -> tuple[MaskPart, ...]:
    """The masks without those that another of the same owner, as strict and for as many, makes needless."""

    def covers(one: MaskPart, other: MaskPart) -> bool:
        if one.form.looseness > other.form.looseness or whose(one.by) != whose(other.by):
            return False
        if one.applied_in is None or other.applied_in is None:
            return one.applied_in is other.applied_in and set(one.lifted_by) <= set(other.lifted_by)
        return _named(other.applied_in) <= _named(one.applied_in)

    return _needed(parts, covers)


def needed_lists(lists: Iterable[ReaderList], whose: Whose) -> tuple[ReaderList, ...]:
    """The lists without those that another of the same owner, which admits nobody else, makes needless."""
    return _needed(lists, lambda one, other: one.within(other) and whose(one.by) == whose(other.by))


T = TypeVar("T")


def _needed(parts: Iterable[T], covers: Callable[[T, T], bool]) -> tuple[T, ...]:
    kept: list[T] = []
    for part in parts:
        if not any(covers(one, part) for one in kept):
            kept = [one for one in kept if not covers(part, one)]
            kept.append(part)
    return tuple(kept)


def _named(applied: tuple[Applied, ...]) -> Readers:
    return frozenset((role, entry.purpose) for entry in applied for role in entry.roles)


def _blur(strand: Strand) -> Strand:
    return replace(
        strand,
        masks=tuple(replace(m, form=REDACTED if m.form.readable else m.form) for m in strand.masks),
        encrypts=tuple(replace(e, used=True) for e in strand.encrypts),
    )


def _one(strands: Sequence[Strand], whose: Whose) -> Strand:
    if len(strands) == 1:
        return strands[0]
    return Strand(
        classes=needed_classes((p for s in strands for p in s.classes), whose),
        masks=needed_masks((p for s in strands for p in s.masks), whose),
        encrypts=tuple(dict.fromkeys(p for s in strands for p in s.encrypts)),
        lists=tuple(one for one in strands[0].lists if all(one in s.lists for s in strands)),
    )


@dataclass(frozen=True, slots=True)
class ColumnPolicies:
    """All that reaches one column.

    `origin` is the column's name where its value first appears, if it has one start; `origins` are all its starts.
    `classified` says that something on its way names a class.
    """

    strands: tuple[Strand, ...]
    origins: Origins
    origin: str = ""
    tags: tuple[str, ...] = ()
    classified: bool = False
    guessed: bool = False
    """A faulty query does not tell what it is made of, so all that goes in reaches it: no ground for a finding."""

    @property
    def classes(self) -> tuple[ClassPart, ...]:
        return tuple(dict.fromkeys(part for s in self.strands for part in s.classes))

    @property
    def masks(self) -> tuple[MaskPart, ...]:
        return tuple(dict.fromkeys(part for s in self.strands for part in s.masks))

    @property
    def encrypts(self) -> tuple[EncryptPart, ...]:
        return tuple(dict.fromkeys(part for s in self.strands for part in s.encrypts))

    @property
    def level(self) -> int:
        return max((part.level for s in self.strands for part in s.classes), default=0)


@dataclass(slots=True)
class StreamPolicies:
    """All that reaches one stream: its columns, and the lists that must each admit a reader.

    `lists` are inherited. `own` is there where the stream has an `allow`, or a mask that names somebody. `inherited` holds,
    for columns over which the stream declares something, what reached them before that.
    """

    columns: dict[str, ColumnPolicies] = field(default_factory=dict)
    lists: tuple[ReaderList, ...] = ()
    own: ReaderList | None = None
    inherited: dict[str, ColumnPolicies] = field(default_factory=dict)
    inherited_lists: tuple[ReaderList, ...] = ()
    """Those that came from the inputs, whatever a `declassify` put in their place."""

    @property
    def closed_by(self) -> tuple[ReaderList, ...]:
        """The lists that restrict readers: inherited ones, and its own where it has an `allow`."""
        own = self.own
        return (*self.lists, own) if own is not None and own.allows else self.lists
