"""Forms of columns as Conduktor Gateway's masks; the forms that it has no rule for are named.

Source: Conduktor docs, "Data masking": MASK_ALL, MASK_FIRST_N, MASK_LAST_N, on what is fetched; no other rule exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from headgate.graph.permissions import Form
from headgate.schema.types import DataType

METHODS = frozenset({"redact", "partial"})
_ALL = {"type": "MASK_ALL", "maskingChar": "*"}


@dataclass(frozen=True, slots=True)
class NoRule:
    """Why a form cannot be shown, and what would do."""

    why: str
    help: str


def rule(form: Form, type_: DataType) -> dict[str, Any] | NoRule:
    """The rule that shows a column in a form."""
    if form.method not in ("redact", "redacted", "partial"):
        return NoRule(
            f"Conduktor Gateway cannot show a column as `{form.method}`",
            "say `fallback: redact` at the mask, or let a job store what the reader may see",
        )
    if not type_.is_text:
        return NoRule(
            f"Conduktor Gateway masks texts, and this is {type_.text}",
            "leave the column out of what is served, or cast it to a string",
        )
    if form.method != "partial":
        return dict(_ALL)
    if form.keep_first and form.keep_last:
        return NoRule(
            "Conduktor Gateway masks the first or the last characters, not those between",
            "set `keep_first` or `keep_last` to 0, or say `fallback: redact`",
        )
    kept = form.keep_first or form.keep_last
    if not kept:
        return dict(_ALL)
    if type_.name != "CHAR":
        return NoRule(
            "Conduktor Gateway masks a fixed number of characters, so what it keeps depends on a text's length",
            "declare the column as `char(n)`, or say `fallback: redact`",
        )
    if type_.length <= kept:
        return NoRule(f"a text of {type_.length} characters that keeps {kept} is not masked", "keep fewer")
    side = "MASK_FIRST_N" if form.keep_last else "MASK_LAST_N"
    return {"type": side, "maskingChar": "*", "numberOfChars": type_.length - kept}
