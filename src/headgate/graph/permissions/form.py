"""The form in which a reader sees a column, from nothing to clear, and what expressions do to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from headgate.sql.facts import How
from headgate.syntax.document import Place

STRICTNESS = {
    "denied": 0,
    "encrypted": 1,
    "redacted": 1,
    "redact": 1,
    "nullify": 1,
    "hash": 2,
    "tokenization": 3,
    "partial": 4,
    "clear": 5,
}
"""From strict to loose; those with one number show equally little."""

METHODS = ("redact", "nullify", "hash", "tokenization", "partial")
"""What a mask may say."""

KEEPS_KEYS = frozenset({"clear", "hash", "tokenization"})
"""Forms in which equal keys stay equal, so that a key can still be used as one."""

_SHOWS_NOTHING = STRICTNESS["redacted"]
_NOTHING = frozenset({"denied", "redacted", "redact", "nullify"})


@dataclass(frozen=True, slots=True)
class Form:
    """What a reader gets of a column: a method of `STRICTNESS`, with what it needs.

    `domain` separates unrelated hashes and tokens, `key` names the key of a ciphertext.
    """

    method: str
    domain: str = ""
    keep_first: int = 0
    keep_last: int = 0
    key: str = ""

    @property
    def looseness(self) -> tuple[int, int]:
        """Orders forms: a smaller one shows less. Of two partial forms the one that keeps fewer characters is stricter."""
        return STRICTNESS[self.method], self.keep_first + self.keep_last if self.method == "partial" else 0

    @property
    def readable(self) -> bool:
        """Whether something of the value is left in it."""
        return STRICTNESS[self.method] > _SHOWS_NOTHING

    def __str__(self) -> str:
        return self.method


CLEAR = Form("clear")
REDACTED = Form("redacted")
DENIED = Form("denied")


def strictest(forms: Collection[Form]) -> Form:
    """The form that shows least, where several cover one value."""
    return min(forms, key=lambda f: (f.looseness, f.method, f.domain, f.keep_first, f.key))


def merged(forms: Sequence[Form]) -> Form:
    """The form of a column whose rows come from several columns: the strictest; nothing where methods or keys differ."""
    altered = {(f.method, f.domain, f.key) for f in forms if f != CLEAR and f.method not in _NOTHING}
    return REDACTED if len(altered) > 1 else strictest(forms)


def passed(form: Form, how: How) -> Form:
    """The form of a value after it went through an expression (permissions.md §4)."""
    if how is How.IDENTITY or not form.readable or form == CLEAR:
        return form
    if how is How.PICK and form.method in ("hash", "tokenization"):
        return form
    if how is How.TEXT_CAST and form.method == "partial":
        return form
    return REDACTED


@dataclass(frozen=True, slots=True)
class Reason:
    """The rule that decided, in words, and where it is declared."""

    text: str
    place: Place | None = None
