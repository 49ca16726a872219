"""What a state is kept in: a log of records by key, of which the last about a key holds, with one writer at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Record = tuple[str, Mapping[str, Any] | None]
"""A key and what holds for it from now on; None where nothing does any more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The last record of a key: where in the log it stands, and when it was written (milliseconds since 1970)."""

    value: Mapping[str, Any]
    offset: int
    at: int = 0


class Fenced(Exception):
    """Another writer has taken the log: nothing of what was to be written is."""


class Ledger(Protocol):
    """A log of records, and who writes it.

    A `shared` one is many projects' and machines': to take it fences whoever wrote before, who learns of it when it
    writes again. Another is for one machine: to take it shuts everybody else out until it is left.
    """

    shared: bool

    def latest(self) -> Mapping[str, Entry]:
        """The last record of every key, up to what was written when it was asked."""

    def take(self) -> None:
        """This is the writer from now on. Fenced where somebody else has shut us out."""

    def write(self, records: Sequence[Record]) -> None:
        """All the records or none of them, for good; Fenced where this is not the writer any more."""

    def leave(self) -> None:
        """Others may write."""

    def close(self) -> None:
        """Nothing is open any more."""
