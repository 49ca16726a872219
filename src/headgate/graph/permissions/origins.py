"""Where the values of a column begin, and how they come from there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headgate.addresses import ColumnAddress
from headgate.graph.model import How

WAYS = (How.IDENTITY, How.PICK, How.TEXT_CAST, How.TRANSFORM)
"""From the least to the most changing; an aggregate that is none of the values changes as much as any expression."""


@dataclass(frozen=True, slots=True, eq=False)
class Origins:
    """The columns where values begin, and how they flow from there: bits that stand for `roots`, by way."""

    roots: list[ColumnAddress]
    ways: tuple[int, ...]
    """For each of `WAYS` the roots from which values come that way; from one root they may come in several."""

    @classmethod
    def at(cls, roots: list[ColumnAddress], column: ColumnAddress) -> Origins:
        """A column that begins here."""
        roots.append(column)
        return cls(roots, (1 << len(roots) - 1, 0, 0, 0))

    @property
    def all(self) -> int:
        return self.ways[0] | self.ways[1] | self.ways[2] | self.ways[3]

    def through(self, how: How) -> Origins:
        """The same after an expression."""
        if how is How.IDENTITY:
            return self
        kept = WAYS.index(how) if how in WAYS else len(WAYS) - 1
        ways = [0] * len(WAYS)
        for index, roots in enumerate(self.ways):
            ways[kept if index in (0, kept) else -1] |= roots
        return Origins(self.roots, tuple(ways))

    def shared(self, other: Origins) -> How | None:
        """How values that begin where those of `other` do come here, the most changing way; None where there are none."""
        common = self.all & other.all
        found = [way for way, roots in zip(WAYS, self.ways, strict=True) if roots & common]
        if not found:
            return None
        return found[0] if len(found) == 1 else How.TRANSFORM

    def begins_at(self, column: ColumnAddress) -> bool:
        """Whether that column is the only one where the values begin."""
        bits = self.all
        return bits & (bits - 1) == 0 and self.roots[bits.bit_length() - 1] == column

    def columns(self) -> Iterator[ColumnAddress]:
        """The columns where the values begin."""
        bits = self.all
        while bits:
            lowest = bits & -bits
            yield self.roots[lowest.bit_length() - 1]
            bits ^= lowest


def joined_origins(all_of: Sequence[Origins]) -> Origins:
    """The origins of a column that has values from several."""
    if len(all_of) == 1:
        return all_of[0]
    ways = [0] * len(WAYS)
    for one in all_of:
        for index, roots in enumerate(one.ways):
            ways[index] |= roots
    return Origins(all_of[0].roots, tuple(ways))
