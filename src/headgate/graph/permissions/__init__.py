"""The graph of permissions: who may refer, who may read and in which form, who may write."""

from __future__ import annotations

from dataclasses import dataclass

from headgate.graph.model import Graph


@dataclass(frozen=True, slots=True)
class Permissions:
    """Who may read what in one graph."""

    graph: Graph


def build(graph: Graph) -> Permissions:
    """The permissions of a graph."""
    return Permissions(graph)
