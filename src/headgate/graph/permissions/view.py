"""What one role sees of one stream for one purpose: admission first, then a form for each column (permissions.md §3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from headgate.addresses import Address
from headgate.graph.model import Graph
from headgate.graph.permissions.form import (
    CLEAR,
    DENIED,
    KEEPS_KEYS,
    REDACTED,
    Form,
    Reason,
    strictest,
)
from headgate.graph.permissions.people import People
from headgate.graph.permissions.policies import (
    ColumnPolicies,
    ReaderList,
    StreamPolicies,
    names_role,
)
from headgate.project.declarations import Access, Stream


@dataclass(frozen=True, slots=True)
class ColumnView:
    """The form of a column for a reader, and the rule that decided it."""

    form: Form
    why: Reason


@dataclass(frozen=True, slots=True)
class StreamView:
    """What a reader sees of a stream. Where it is not admitted every column is denied, for the same reason."""

    admitted: bool
    why: Reason
    columns: Mapping[str, ColumnView] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Answers for a graph whose policies are worked out."""

    graph: Graph
    policies: Mapping[Address, StreamPolicies]
    people: People
    places: Mapping[Address, int]

    def view(self, role: str, purpose: str | None, address: Address) -> StreamView:
        """What the role sees of the stream for the purpose; a role nobody declared sees nothing."""
        found = self.policies.get(address)
        stream = self._stream(address)
        if found is None or stream is None:
            return StreamView(False, Reason("the stream is not known"))
        if role not in self.graph.project.roles:
            return _denied(found, Reason(f"no role is called `{role}`"))
        admitted = self._admission(role, purpose, stream, found)
        if not admitted[0]:
            return _denied(found, admitted[1])
        columns = {
            name: self._column(role, purpose, address, found, column)
            for name, column in found.columns.items()
        }
        for name in self.graph.facts[address].key:
            view = columns.get(name)
            if view is not None and view.form.method not in KEEPS_KEYS:
                text = f"`{name}` is a key, and {view.form} of a key is of no use; a surrogate key would be"
                return _denied(found, Reason(text, view.why.place))
        return StreamView(True, admitted[1], columns)

    def _stream(self, address: Address) -> Stream | None:
        project = self.graph.project
        if address.project:
            package = project.packages.get(address.project)
            return package.streams.get(address) if package else None
        return project.streams.get(address)

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
                text = f"no `allow` names {_who(role, purpose)}"
                return False, Reason(text, own.allows[0].place)
        if stream.access is Access.PRIVATE:
            if stream.group in self.people.groups_of(role):
                return True, Reason(f"{role} is of {stream.group}, whose stream this is", stream.place)
            return False, Reason(
                f"it is private to {stream.group or 'nobody'}, and {role} is not of it",
                stream.place.at("access"),
            )
        for inherited in found.lists:
            allow = inherited.allows_role(role, purpose)
            if allow is not None:
                return True, Reason(f"{inherited.by} allows {_who(role, allow.purpose)}", allow.place)
        return True, Reason("nothing closes it", stream.place)

    def _column(
        self, role: str, purpose: str | None, address: Address, found: StreamPolicies, column: ColumnPolicies
    ) -> ColumnView:
        naming = [m for m in column.masks if m.applied_in and names_role(m.applied_in, role, purpose)]
        if naming:
            form = strictest([m.form for m in naming])
            return ColumnView(form, Reason(f"a mask names {role}", naming[0].place))
        lists = (*found.lists, *((found.own,) if found.own is not None else ()))
        granting = [one for one in lists if one.by in column.from_streams and one.allows_role(role, purpose)]
        for encrypt in column.encrypts:
            if not any(one.by == encrypt.by for one in granting):
                form = REDACTED if encrypt.used else Form("encrypted", key=encrypt.key)
                return ColumnView(
                    form, Reason("it is encrypted, and no `allow` there admits " + role, encrypt.place)
                )
        closed = [
            m for m in column.masks if m.applied_in is None and not any(one.by == m.by for one in granting)
        ]
        if closed:
            form = strictest([m.form for m in closed])
            return ColumnView(form, Reason("a mask covers whom no `allow` admits", closed[0].place))
        return self._by_class(role, purpose, address, column, granting)

    def _by_class(
        self,
        role: str,
        purpose: str | None,
        address: Address,
        column: ColumnPolicies,
        granting: list[ReaderList],
    ) -> ColumnView:
        standing = [
            part
            for part in column.classes
            if part.by is None or not any(self._lifts(one.by, part.by) for one in granting)
        ]
        classification = self.graph.project.classification
        clearance = self.graph.project.roles[role].clearance
        limit = classification.levels.index(clearance) if clearance in classification.levels else 0
        if not standing or max(part.level for part in standing) <= limit:
            if granting and len(standing) < len(column.classes):
                allow = granting[-1].allows_role(role, purpose)
                return ColumnView(CLEAR, Reason("an `allow` admits " + role, allow.place if allow else None))
            return ColumnView(CLEAR, Reason(f"{classification.levels[column.level]} is within its clearance"))
        top = max(standing, key=lambda part: part.level)
        text = f"{classification.levels[top.level]} is above its clearance ({clearance})"
        return ColumnView(REDACTED, Reason(text, top.place))

    def _lifts(self, allowing: Address, classifying: Address) -> bool:
        """Whether an `allow` of one stream speaks for a class that another declared: itself, or one of its group above it."""
        if allowing == classifying:
            return True
        before = self.places.get(classifying, -1) < self.places.get(allowing, -1)
        return before and self.people.same_group(allowing, classifying)


def _denied(found: StreamPolicies, why: Reason) -> StreamView:
    return StreamView(False, why, {name: ColumnView(DENIED, why) for name in found.columns})


def _who(role: str, purpose: str | None) -> str:
    return f"{role} for {purpose}" if purpose else role
