"""Plain tables that a terminal, a log and a test read alike."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width


def table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    indent: str = "",
    right: Sequence[int] = (),
    widest: int = 44,
    widths: list[int] | None = None,
) -> str:
    """Columns under their headers, two spaces apart; cells over `widest` characters are cut with an ellipsis.

    `widths` are those of a table that goes on, and become this one's.
    """
    cells = [[_cut(c, widest) for c in row] for row in [headers, *rows]]
    widths = [] if widths is None else widths
    before = widths or [0] * len(headers)
    widths[:] = [max(before[i], *(_width(row[i]) for row in cells)) for i in range(len(headers))]
    lines = []
    for number, row in enumerate(cells):
        parts = [_pad(c, widths[i], i in right and number > 0) for i, c in enumerate(row)]
        lines.append((indent + "  ".join(parts)).rstrip())
        if number == 0:
            lines.append(indent + "  ".join("─" * w for w in widths))
    return "\n".join(lines) + "\n"


def _cut(text: str, widest: int) -> str:
    # What systems and records hold may move the cursor of a terminal, or hide what stands before it.
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= widest else text[: widest - 1] + "…"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
