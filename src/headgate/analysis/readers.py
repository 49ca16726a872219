"""Sets of readers: who is left where lists of several streams must each admit a reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from headgate.graph.permissions.parts import ReaderList, Readers


def common(lists: Sequence[ReaderList]) -> Readers | None:
    """Who every list admits; None where there is no list, which is everyone."""
    found: Readers | None = None
    for one in lists:
        found = one.readers if found is None else _both(found, one.readers)
    return found


def admits(readers: Iterable[tuple[str, str | None]], role: str, purpose: str | None) -> bool:
    """Whether readers hold a role for some purpose of `purpose` (None: of any)."""
    return any(
        known == role and (purpose is None or limit is None or limit == purpose) for known, limit in readers
    )


def _both(one: Readers, other: Readers) -> Readers:
    limits: dict[str, set[str | None]] = {}
    for role, purpose in other:
        limits.setdefault(role, set()).add(purpose)
    return frozenset(
        (role, purpose if limit is None else limit)
        for role, purpose in one
        for limit in limits.get(role, ())
        if purpose is None or limit is None or purpose == limit
    )
