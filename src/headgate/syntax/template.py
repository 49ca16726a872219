"""Templated text, rendered, with a map that leads every position back to the user's file."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from headgate.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Piece:
    """Rendered characters from `start` on come from `source` on in the file.

    `literal` pieces map character by character; others (what a template expression printed) map to the whole of
    `source`..`source_end`.
    """

    start: int
    source: int
    source_end: int
    literal: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A call of `ref`, `source`, `var`, `this` or `config` in a template, with the file offsets of the expression.

    `args` are its positional arguments, `kwargs` its keyword arguments, sorted.
    """

    function: str
    args: tuple[object, ...]
    kwargs: tuple[tuple[str, object], ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """The rendered text and where each part of it came from."""

    file: str
    text: str
    pieces: tuple[Piece, ...]
    calls: tuple[Call, ...] = ()

    def span(self, start: int, end: int) -> Span:
        """The place in the user's file of rendered characters `start`..`end`."""
        first = self._source(start, at_end=False)
        last = self._source(max(start, end - 1), at_end=True)
        return Span(self.file, first, max(first, last))

    def _source(self, offset: int, *, at_end: bool) -> int:
        if not self.pieces:
            return 0
        index = max(0, bisect_right(self.pieces, offset, key=lambda p: p.start) - 1)
        piece = self.pieces[index]
        if piece.literal:
            return min(piece.source + (offset - piece.start) + (1 if at_end else 0), piece.source_end)
        return piece.source_end if at_end else piece.source
