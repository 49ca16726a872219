"""One declaration on its way into a file: its text, what it refers to, and where it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """What may be asked for by name."""

    TOPICS = "topics"
    SCHEMAS = "schemas"
    CONNECTORS = "connectors"
    GROUPS = "groups"
    ACLS = "acls"


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A declaration by its list (`sources`, `models`, `roles`, `exposures`) and name."""

    list: str
    name: str


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration: `lines` stand in a list of that name in `file` (without its end); `needs` must be declared as well.

    `parts` are the words by which it is asked for.
    """

    ref: Ref
    lines: tuple[str, ...]
    file: str
    parts: frozenset[Part]
    needs: frozenset[Ref] = frozenset()


def wanted(every: list[Declared], parts: frozenset[Part], kept: frozenset[Ref]) -> list[Declared]:
    """The declarations of these parts and those written before, with all that they need; all without any part."""
    if not parts:
        return every
    by_ref = {one.ref: one for one in every}
    waiting = [one.ref for one in every if one.parts & parts or one.ref in kept]
    found: set[Ref] = set()
    while waiting:
        ref = waiting.pop()
        if ref in by_ref and ref not in found:
            found.add(ref)
            waiting += by_ref[ref].needs
    return [one for one in every if one.ref in found]
