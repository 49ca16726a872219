"""Colours for a terminal: what failed in red, what to look at in yellow, what passed in green, headings bold."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

_STYLES = (
    (
        r"(?m)^(stream|who sees|unit tests:|tests:).*$|^(running|topics|consumer groups|promises|deprecated|could not be seen)$",
        "bold",
    ),
    (r"(?m)^\s*✓", "green"),
    (r"(?m)^\s*✗.*$", "red"),
    (r"(?m)^\s*!", "yellow"),
    (r"\b(generated|\d+ malformed|\d+ late|approximate|skipped|paused)\b", "yellow"),
    (r"\b(failed|failing|gone|fail|UNDECLARED)\b", "red"),
    (r"\b(warming|unknown|warn|not enough data)\b", "yellow"),
    (r"\b(denied|redacted|redact|nullify|encrypted)\b", "magenta"),
    (r"\b(hash|tokenization|partial)\b", "cyan"),
)

OF_CHANGES = (
    (r"(?m)^\S.*:$|^(Plan|Applied|Digest): .*$", "bold"),
    (r"(?m)^ *\+ ", "green"),
    (r"(?m)^ *- ", "red"),
    (r"(?m)^ *[~±] ", "yellow"),
    (r"(?m)^ *[>=*] ", "cyan"),
    (r"\((loses data|widens access|breaking for readers)\)|\[failed\]", "bold red"),
    (r"\(needs restart\)|\[(skipped|waiting)\]", "yellow"),
    (r"\[done\]", "green"),
)
"""What a plan is read by: signs, risks and outcomes."""


def coloured(text: str, styles: Iterable[tuple[str, str]] = _STYLES) -> str:
    """The text with colours, as a terminal takes them."""
    painted = Text(text)
    for pattern, style in styles:
        painted.highlight_regex(pattern, style)
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=10_000, highlight=False, soft_wrap=True)
    console.print(painted, end="")
    return out.getvalue()
