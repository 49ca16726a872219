"""What an import saw, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.workflows.results import ImportResult, InitResult


def what_was_seen(result: ImportResult | InitResult) -> Iterator[str]:
    """How many of what is declared; what could not be seen, what was left out, and what has to be set."""
    counts = ", ".join(
        f"{count:,} {kind if count > 1 else kind[:-1]}" for kind, count in result.counts.items()
    )
    yield f"Declared: {counts or 'nothing'}."
    for sentence in result.unseen:
        yield f"Not seen: {sentence}"
    for note in result.left_out:
        yield f"Left out: {note}"
    if result.variables:
        yield f"To be set: {', '.join(result.variables)}"
