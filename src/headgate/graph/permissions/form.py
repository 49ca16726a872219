"""The form in which a reader sees a column, from nothing to clear, and what expressions do to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

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

KEEPS_KEYS = frozenset({"clear", "hash", "tokenization"})
"""Forms in which equal keys stay equal, so that a key can still be used as one."""


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

    def __str__(self) -> str:
        return self.method


CLEAR = Form("clear")
REDACTED = Form("redacted")
DENIED = Form("denied")


def strictest(forms: list[Form]) -> Form:
    """What is left of a value that several policies cover; different methods or keys leave nothing readable."""
    if len({f for f in forms if f.looseness > REDACTED.looseness}) > 1:
        partial = [f for f in forms if f.method == "partial"]
        if len(partial) == len(forms):
            return min(forms, key=lambda f: f.looseness)
        return REDACTED
    return min(forms, key=lambda f: (f.looseness, f.method))


def passed(form: Form, how: How) -> Form:
    """The form of a value after it went through an expression (permissions.md §4)."""
    if how is How.IDENTITY or form.method in ("redacted", "redact", "nullify", "clear", "denied"):
        return form
    if how is How.PICK and form.method in ("hash", "tokenization"):
        return form
    if how is How.TEXT_CAST and form.method == "partial":
        return form
    return replace(REDACTED)


@dataclass(frozen=True, slots=True)
class Reason:
    """The rule that decided, in words, and where it is declared."""

    text: str
    place: Place | None = None
