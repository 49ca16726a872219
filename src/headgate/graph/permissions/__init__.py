"""The graph of permissions: who may refer, who may read and in which form, who may write."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from headgate.addresses import Address, ColumnAddress
from headgate.graph.model import Graph
from headgate.graph.permissions.form import Form, Reason
from headgate.graph.permissions.parts import StreamPolicies
from headgate.graph.permissions.people import People, Use
from headgate.graph.permissions.policies import policies
from headgate.graph.permissions.sides import rejected_view, violation_forms
from headgate.graph.permissions.sinks import sink_key
from headgate.graph.permissions.view import ColumnView, StreamView, Viewer, as_one, keys_usable


@dataclass(frozen=True)
class Permissions:
    """Who may read what in one graph. Everything is worked out when it is first asked for, and once."""

    graph: Graph

    @cached_property
    def policies(self) -> Mapping[Address, StreamPolicies]:
        """What reaches every column of every stream, for all roles at once."""
        return policies(self.graph, self.people)

    @cached_property
    def people(self) -> People:
        return People(self.graph)

    @cached_property
    def _viewer(self) -> Viewer:
        return Viewer(self.graph, self.policies, self.people)

    @cached_property
    def _views(self) -> dict[tuple[str, str | None, Address], StreamView]:
        return {}

    def view(self, role: str, purpose: str | None, stream: Address) -> StreamView:
        """What a role sees of a stream for a purpose (None: none), with the rule that decided each form."""
        key = (role, purpose, stream)
        found = self._views.get(key)
        if found is None:
            found = self._views[key] = self._viewer.view(role, purpose, stream)
        return found

    def inherited_view(self, role: str, purpose: str | None, stream: Address) -> Mapping[str, ColumnView]:
        """What a role would see of the columns over which a stream declares policies, were there none of its own.

        Classes that the stream's group may lift do not count.
        """
        return self._viewer.inherited(role, purpose, stream)

    def person_view(self, roles: Collection[str], purpose: str | None, stream: Address) -> StreamView:
        """What a person sees of a stream whose groups at the identity provider make them several roles."""
        return as_one([self.view(role, purpose, stream) for role in sorted(roles)])

    def use_view(self, use: Use) -> StreamView:
        """What a declared use sees of its stream; the key columns of a sink must stay usable as keys."""
        view = self.view(use.role, use.purpose, use.stream)
        sink = self.graph.project.streams.get(use.by)
        return keys_usable(view, sink_key(sink)) if sink is not None else view

    def rejected_view(self, role: str, purpose: str | None, stream: Address) -> StreamView:
        """What a role sees of the records that were malformed or dead-lettered on the way into a stream: all or nothing."""
        return rejected_view(self.graph, self.view, role, purpose, stream)

    def violation_forms(self, stream: Address) -> Mapping[str, Form]:
        """The forms in which a record that fails a test of a stream may be kept beside the verdict."""
        views = [self.view(u.role, u.purpose, stream) for u in self.uses_of.get(stream, ())]
        found = self.policies.get(stream)
        return violation_forms(found.columns, views) if found is not None else {}

    def class_of(self, column: ColumnAddress) -> str:
        """The class of a column, "" where the column is not known."""
        found = self.policies.get(column.stream)
        policies_ = found.columns.get(column.name) if found else None
        return self.graph.project.classification.levels[policies_.level] if policies_ else ""

    def tags_of(self, column: ColumnAddress) -> tuple[str, ...]:
        """The tags of a column, those of what it comes from included."""
        found = self.policies.get(column.stream)
        return found.columns[column.name].tags if found and column.name in found.columns else ()

    @property
    def uses(self) -> tuple[Use, ...]:
        """Every declared use that reads."""
        return self.people.uses

    @property
    def purposes(self) -> Mapping[str, tuple[str, ...]]:
        """Every role, with the purposes for which a declared use or a policy names it."""
        return self.people.purposes

    def views(self, role: str, stream: Address) -> Iterator[tuple[str | None, StreamView]]:
        """What a role sees of a stream, first for no purpose, then for each that makes a difference to it."""
        plain = self.view(role, None, stream)
        yield None, plain
        for purpose in self.purposes.get(role, ()):
            view = self.view(role, purpose, stream)
            if view.forms != plain.forms:
                yield purpose, view

    @cached_property
    def uses_of(self) -> Mapping[Address, tuple[Use, ...]]:
        """The declared uses of every stream that has any."""
        found: dict[Address, list[Use]] = {}
        for use in self.uses:
            found.setdefault(use.stream, []).append(use)
        return {address: tuple(uses) for address, uses in found.items()}

    def given(self, role: str, stream: Address) -> bool:
        """Whether a declared use gives a role the stream."""
        return any(use.role == role for use in self.uses_of.get(stream, ()))


def build(graph: Graph) -> Permissions:
    """The permissions of a graph."""
    return Permissions(graph)


__all__ = [
    "ColumnView",
    "Form",
    "People",
    "Permissions",
    "Reason",
    "StreamView",
    "Use",
    "build",
]
