"""Policies as a stream declares them, back in the keys of the format: other projects read them from a manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from headgate.project import keys
from headgate.project.declarations import Applied, Declassify, Mask, Security


def security(declared: Security) -> keys.Security | None:
    """The `security` of a stream, None where it says nothing. Roles are lists, and defaults are written out."""
    if declared == Security():
        return None
    return keys.Security(
        classification={c.column: c.level for c in declared.classification} or None,
        policies=list(_policies(declared)) or None,
        declassify=[_declassify(d) for d in declared.declassify] or None,
        bypass=[keys.Bypass(principal=b.principal, reason=b.reason, until=b.until) for b in declared.bypass]
        or None,
    )


def _policies(declared: Security) -> Iterator[keys.Policy]:
    for mask in declared.masks:
        yield keys.Policy(mask=_mask(mask))
    for encrypt in declared.encrypts:
        yield keys.Policy(encrypt=keys.Encrypt(column=encrypt.column, key=encrypt.key))
    for allow in declared.allows:
        yield keys.Policy(allow=keys.Allow(roles=list(allow.roles), purpose=allow.purpose))


def _mask(mask: Mask) -> keys.Mask:
    partial = mask.method == "partial"
    return keys.Mask(
        column=mask.column,
        method=mask.method,
        applied_in=None if mask.applied_in is None else applied(mask.applied_in),
        fallback=mask.fallback or None,  # type: ignore[arg-type] # read from the same choices
        domain=mask.domain or None,
        keep_first=mask.keep_first if partial else None,
        keep_last=mask.keep_last if partial else None,
    )


def _declassify(entry: Declassify) -> keys.Declassify:
    readers = entry.readers
    return keys.Declassify(
        reason=entry.reason,
        column=entry.column or None,
        to=entry.to or None,
        readers="all" if isinstance(readers, str) else applied(readers) if readers is not None else None,
        approved_by=entry.approved_by or None,
        until=entry.until or None,
    )


def applied(entries: Iterable[Applied]) -> list[keys.Applied]:
    """Who a policy names."""
    return [keys.Applied(roles=list(e.roles), purpose=e.purpose) for e in entries]
