"""What somebody who wrote an unknown name may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A question with up to three close names, or None where none is close.

    >>> did_you_mean("materialised", ["materialized", "name"])
    'did you mean `materialized`?'
    """
    candidates = sorted(set(known))
    lowered = {candidate.lower().replace("-", "_"): candidate for candidate in reversed(candidates)}
    exact = lowered.get(name.lower().replace("-", "_"))
    close = [exact] if exact is not None else get_close_matches(name, candidates, 3, 0.7)
    if not close:
        return None
    return "did you mean " + " or ".join(f"`{name}`" for name in close) + "?"


def listed(names: Iterable[str], most: int = 8) -> str:
    """Names for a sentence: sorted, in backticks, the rest counted."""
    ordered = sorted(set(names))
    shown = ", ".join(f"`{name}`" for name in ordered[:most])
    return shown + (f" and {len(ordered) - most} more" if len(ordered) > most else "")
