"""What one role sees of one stream for one purpose: admission first, then a form for each column (permissions.md §3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from headgate.addresses import Address
from headgate.graph.model import Graph
from headgate.graph.permissions.form import (
    CLEAR,
    DENIED,
    KEEPS_KEYS,
    REDACTED,
    Form,
    Reason,
    merged,
)
from headgate.graph.permissions.parts import ColumnPolicies, ReaderList, Strand, StreamPolicies, names_role
from headgate.graph.permissions.people import People
from headgate.project.declarations import Access, Allow, Stream


@dataclass(frozen=True, slots=True)
class ColumnView:
    """The form of a column for a reader, and the rule that decided it."""

    form: Form
    why: Reason


NOBODY = ""
"""A reader of whom nothing is known."""


@dataclass(frozen=True, slots=True)
class StreamView:
    """What a reader sees of a stream. Where it is not admitted every column is denied, for the same reason."""

    admitted: bool
    why: Reason
    columns: Mapping[str, ColumnView] = field(default_factory=dict)

    @property
    def forms(self) -> Mapping[str, Form] | None:
        """The form of every column; None where the reader is not admitted."""
        return {name: column.form for name, column in self.columns.items()} if self.admitted else None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads one stream: a role with its clearance, for a purpose. `allowed` is whether every list allows it."""

    role: str
    purpose: str | None
    limit: int
    clearance: str
    allowed: bool

    def lifted(self, lists: tuple[ReaderList, ...]) -> ReaderList | None:
        """The list that speaks for this reader."""
        if not self.allowed:
            return None
        return next((one for one in lists if one.allows_role(self.role, self.purpose)), None)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Answers for a graph whose policies are worked out."""

    graph: Graph
    policies: Mapping[Address, StreamPolicies]
    people: People

    def view(self, role: str, purpose: str | None, address: Address) -> StreamView:
        """What the role sees of the stream for the purpose; a role nobody declared sees nothing.

        NOBODY is of no group and no list, and has the lowest clearance.
        """
        found = self.policies.get(address)
        stream = self.stream(address)
        if found is None or stream is None:
            return StreamView(False, Reason("the stream is not known"))
        if role != NOBODY and role not in self.graph.project.roles:
            return denied(found.columns, Reason(f"no role is called `{role}`"))
        admitted, why = self._admission(role, purpose, stream, found)
        if not admitted:
            return denied(found.columns, why)
        reader = self._reader(role, purpose, found.closed_by)
        columns = {name: self.column(reader, column) for name, column in found.columns.items()}
        return keys_usable(StreamView(True, why, columns), self.graph.facts[address].key)

    def inherited(self, role: str, purpose: str | None, address: Address) -> Mapping[str, ColumnView]:
        """What the role would see of the columns over which a stream declares policies, were there none of its own.

        Classes that the stream's group may lift do not count.
        """
        found = self.policies[address]
        reader = self._reader(role, purpose, found.lists)
        return {
            name: self.column(reader, replace(column, strands=self._foreign(address, column.strands)))
            for name, column in found.inherited.items()
        }

    def _foreign(self, address: Address, strands: tuple[Strand, ...]) -> tuple[Strand, ...]:
        speaks_for = self.people.speaks_for
        return tuple(
            replace(s, classes=tuple(p for p in s.classes if not speaks_for(address, p.by))) for s in strands
        )

    def stream(self, address: Address) -> Stream | None:
        """The declaration of a stream, also of a package's."""
        project = self.graph.project
        if address.project:
            package = project.packages.get(address.project)
            return package.streams.get(address) if package else None
        return project.streams.get(address)

    def _reader(self, role: str, purpose: str | None, lists: tuple[ReaderList, ...]) -> Reader:
        classification = self.graph.project.classification
        clearance = self.graph.project.roles[role].clearance if role != NOBODY else classification.levels[0]
        limit = classification.levels.index(clearance) if clearance in classification.levels else -1
        allowed = all(one.allows_role(role, purpose) for one in lists)
        return Reader(role, purpose, limit, clearance, allowed)

    def _admission(
        self, role: str, purpose: str | None, stream: Stream, found: StreamPolicies
    ) -> tuple[bool, Reason]:
        for inherited in found.lists:
            if not (inherited.allows_role(role, purpose) or inherited.masks_role(role, purpose)):
                text = f"{inherited.by}, which this is made from, does not allow {_who(role, purpose)}"
                place = inherited.allows[0].place if inherited.allows else None
                return False, Reason(text, place)
        own = found.own
        if own is not None:
            allow = own.allows_role(role, purpose)
            if allow is not None:
                return True, Reason(f"an `allow` names {_who(role, allow.purpose)}", allow.place)
            mask = own.masks_role(role, purpose)
            if mask is not None:
                return True, Reason(f"a mask names {role}", mask.place)
            if own.allows:
                return False, _not_allowed(role, purpose, own.allows)
        if stream.access is Access.PRIVATE:
            if stream.group and stream.group in self.people.groups_of(role):
                return True, Reason(f"{role} is of {stream.group}, whose stream this is", stream.place)
            return False, Reason(
                f"it is private to {stream.group or 'nobody'}, and {role} is not of it",
                stream.place.at("access"),
            )
        return True, self._open_to(role, purpose, stream, found)

    def _open_to(self, role: str, purpose: str | None, stream: Stream, found: StreamPolicies) -> Reason:
        for inherited in found.lists:
            allow = inherited.allows_role(role, purpose)
            if allow is not None:
                return Reason(f"{inherited.by} allows {_who(role, allow.purpose)}", allow.place)
            mask = inherited.masks_role(role, purpose)
            if mask is not None:
                return Reason(f"a mask of {inherited.by} names {role}", mask.place)
        return Reason("nothing closes it", stream.place)

    def column(self, reader: Reader, column: ColumnPolicies) -> ColumnView:
        """The form of a column: the strictest of those that the ways of its values leave."""
        strands = column.strands
        if len(strands) == 1:
            return self._strand(reader, strands[0])
        views = [self._strand(reader, strand) for strand in strands]
        form = merged([v.form for v in views])
        deciding = next((v for v in views if v.form == form), None)
        if deciding is not None:
            return deciding
        places = [v.why.place for v in views if v.form != CLEAR]
        return ColumnView(form, Reason("values that are masked in different ways come together", places[0]))

    def _strand(self, reader: Reader, strand: Strand) -> ColumnView:
        """The first of the six rules of permissions.md §3 that applies."""
        naming = [
            m for m in strand.masks if m.applied_in and names_role(m.applied_in, reader.role, reader.purpose)
        ]
        if naming:
            mask = min(naming, key=lambda m: (m.form.looseness, m.form.method))
            return ColumnView(mask.form, Reason(f"a mask names {reader.role}", mask.place))
        for encrypt in strand.encrypts:
            if reader.lifted(encrypt.lifted_by) is None:
                form = REDACTED if encrypt.used else Form("encrypted", key=encrypt.key)
                text = f"it is encrypted, and no `allow` there admits {reader.role}"
                return ColumnView(form, Reason(text, encrypt.place))
        closed = [m for m in strand.masks if m.applied_in is None and reader.lifted(m.lifted_by) is None]
        if closed:
            mask = min(closed, key=lambda m: (m.form.looseness, m.form.method))
            return ColumnView(mask.form, Reason("a mask covers whom no `allow` admits", mask.place))
        return self._by_class(reader, strand)

    def _by_class(self, reader: Reader, strand: Strand) -> ColumnView:
        levels = self.graph.project.classification.levels
        lifting = [(part, reader.lifted(part.lifted_by)) for part in strand.classes]
        standing = [part for part, by in lifting if by is None and part.level > reader.limit]
        if standing:
            top = max(standing, key=lambda part: part.level)
            text = f"{levels[top.level]} is above its clearance ({reader.clearance})"
            return ColumnView(REDACTED, Reason(text, top.place))
        granting = next((by for _, by in lifting if by is not None), None)
        if granting is not None:
            allow = granting.allows_role(reader.role, reader.purpose)
            text = f"an `allow` admits {reader.role}"
            return ColumnView(CLEAR, Reason(text, allow.place if allow else None))
        level = max((p.level for p in strand.classes), default=0)
        return ColumnView(CLEAR, Reason(f"{levels[level]} is within its clearance"))


def as_one(views: Collection[StreamView]) -> StreamView:
    """What a person sees who comes to several roles: of each column the strictest form among the roles that admit them."""
    admitting = [view for view in views if view.admitted]
    if not admitting:
        return next(iter(views), StreamView(False, Reason("of no role")))
    columns = {
        name: min((view.columns[name] for view in admitting), key=lambda c: (c.form.looseness, c.form.method))
        for name in admitting[0].columns
    }
    return StreamView(True, admitting[0].why, columns)


def keys_usable(view: StreamView, key: Collection[str]) -> StreamView:
    """The view; denied where a column of the key is to be shown in a form that breaks keys."""
    for name in key:
        column = view.columns.get(name)
        if column is not None and column.form.method not in KEEPS_KEYS and view.admitted:
            text = f"`{name}` is a key, and {column.form} of a key is of no use; a surrogate key would be"
            return denied(view.columns, Reason(text, column.why.place))
    return view


def denied(columns: Collection[str], why: Reason) -> StreamView:
    """A view of nothing."""
    return StreamView(False, why, {name: ColumnView(DENIED, why) for name in columns})


def _not_allowed(role: str, purpose: str | None, allows: tuple[Allow, ...]) -> Reason:
    """Why none of these admits a role: the purposes it is named for, else that it is not named."""
    named = [allow for allow in allows if role in allow.roles]
    if not named:
        return Reason(f"no `allow` names {_who(role, purpose)}", allows[0].place)
    purposes = sorted({allow.purpose for allow in named if allow.purpose})
    return Reason(f"an `allow` names {role} only for {' or '.join(purposes)}", named[0].place)


def _who(role: str, purpose: str | None) -> str:
    return f"{role} for {purpose}" if purpose else role
