"""What is wrong, where, and what to do about it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Literal


class Severity(StrEnum):
    """How much a diagnostic weighs; only errors make `check` fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters `start` up to but not including `end` of `file` (posix, relative to the project)."""

    file: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Note:
    """A second thing to look at."""

    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters of `span` by `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend a diagnostic, and how far they may be trusted."""

    safety: Literal["safe", "unsafe", "display_only"]
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding. `id` is `HG`, the letter of its phase, three digits; it is never used again for another."""

    id: str
    name: str
    severity: Severity
    since: str = "0.1"

    def at(
        self, span: Span, message: str, *, node: str | None = None, severity: Severity | None = None
    ) -> Diagnostic:
        """A finding of this kind at `span`. The message is one line: what was found, no advice, no full stop."""
        return Diagnostic(
            code=self, severity=severity or self.severity, message=message, span=span, node=node
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding at one place."""

    code: Code
    severity: Severity
    message: str
    span: Span
    node: str | None = None
    notes: tuple[Note, ...] = ()
    help: str | None = None
    fix: Fix | None = None

    def note(self, message: str, span: Span | None = None) -> Diagnostic:
        """The same finding with one more note."""
        return replace(self, notes=(*self.notes, Note(message, span)))

    def with_help(self, text: str) -> Diagnostic:
        """The same finding with its help line."""
        return replace(self, help=text)

    def with_fix(self, safety: Literal["safe", "unsafe", "display_only"], *edits: Edit) -> Diagnostic:
        """The same finding with edits that mend it."""
        return replace(self, fix=Fix(safety, edits))

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """The order of every listing: by file, place, code, then text."""
        return (self.span.file, self.span.start, self.span.end, self.code.id, self.message)


def in_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics by place, each said once."""
    seen: set[tuple[str, int, int, str, str]] = set()
    out: list[Diagnostic] = []
    for diagnostic in sorted(diagnostics, key=lambda d: d.sort_key):
        if diagnostic.sort_key not in seen:
            seen.add(diagnostic.sort_key)
            out.append(diagnostic)
    return out


@lru_cache(maxsize=64)
def _line_starts(text: str) -> list[int]:
    starts = [0]
    find = text.find
    at = find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = find("\n", at + 1)
    return starts


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """The 1-based line and column, in characters, of `offset` in `text`.

    >>> line_and_column("ab\\ncd", 4)
    (2, 2)
    """
    starts = _line_starts(text)
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


Texts = Mapping[str, str]
"""File name to its text: what a renderer needs to turn offsets into lines."""
