"""The graph of permissions: who may refer, who may read and in which form, who may write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from headgate.addresses import Address, ColumnAddress
from headgate.graph.model import Graph
from headgate.graph.permissions.form import Form, Reason
from headgate.graph.permissions.people import People, Use
from headgate.graph.permissions.policies import StreamPolicies, policies
from headgate.graph.permissions.view import ColumnView, StreamView, Viewer


@dataclass(frozen=True)
class Permissions:
    """Who may read what in one graph. Everything is worked out when it is first asked for, and once."""

    graph: Graph

    @cached_property
    def policies(self) -> Mapping[Address, StreamPolicies]:
        """What reaches every column of every stream, for all roles at once."""
        return policies(self.graph)

    @cached_property
    def people(self) -> People:
        return People(self.graph)

    @cached_property
    def _viewer(self) -> Viewer:
        places = {address: i for i, address in enumerate(self.graph.order)}
        return Viewer(self.graph, self.policies, self.people, places)

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

    def given(self, role: str, stream: Address) -> bool:
        """Whether a declared use gives a role the stream."""
        return any(use.role == role and use.stream == stream for use in self.uses)


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
