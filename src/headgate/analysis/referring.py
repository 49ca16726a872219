"""Who may refer to a stream: `access` is about reading alone (permissions.md §2)."""

from __future__ import annotations

from headgate.graph.permissions import People, Use
from headgate.project.declarations import Access, Project, Stream


def may_refer(group: str, target: Stream) -> bool:
    """Whether a declaration of `group` ("": of none) may refer to a stream of its own project."""
    return target.access is not Access.PRIVATE or (bool(group) and target.group == group)


def refused(project: Project, use: Use) -> bool:
    """Whether the reference behind a use is refused, which is all there is to say about it."""
    target = project.streams.get(use.stream)
    exposure = project.exposures.get(use.by)
    group = exposure.group if exposure is not None else project.streams[use.by].group
    return target is not None and not may_refer(group, target)


def standing(people: People, tested: Stream) -> str:
    """The group that the tests of a stream stand in: the stream's."""
    return people.group_of(tested.address) or ""
