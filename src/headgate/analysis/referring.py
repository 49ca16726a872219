"""Who may refer to a stream: `access` is about reading alone (permissions.md §2)."""

from __future__ import annotations

from headgate.graph.permissions import People
from headgate.project.declarations import Access, Stream


def may_refer(group: str, target: Stream) -> bool:
    """Whether a declaration of `group` ("": of none) may refer to a stream of its own project."""
    return target.access is not Access.PRIVATE or (bool(group) and target.group == group)


def standing(people: People, tested: Stream) -> str:
    """The group that the tests of a stream stand in: the stream's."""
    return people.group_of(tested.address) or ""
