"""Who sees which column in which form: a table for each stream in which not everybody sees everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from headgate.addresses import Address
from headgate.graph.permissions.form import CLEAR
from headgate.project.declarations import Materialization
from headgate.workflows.results import FormRow
from headgate.workflows.session import Session


def form_rows(session: Session, streams: Sequence[Address]) -> tuple[FormRow, ...]:
    """The tables of `streams`; a purpose that makes no difference to a role is left out."""
    readers = tuple(_readers(session))
    return tuple(row for address in streams for row in _table(session, address, readers))


def _table(
    session: Session, address: Address, readers: Iterable[tuple[str, str | None]]
) -> Iterator[FormRow]:
    if session.graph.stream(address).materialized is Materialization.EPHEMERAL:
        return
    columns = tuple(c.name for c in session.graph.facts[address].columns)
    rows: dict[str, tuple[str, ...]] = {}
    for role, purpose in readers:
        forms = _forms(session, role, purpose, address, columns)
        if purpose is None or forms != rows[role]:
            rows[f"{role} for {purpose}" if purpose else role] = forms
    if any(form for forms in rows.values() for form in forms):
        yield FormRow(address=str(address), columns=columns, roles=tuple(rows.items()))


def _forms(
    session: Session, role: str, purpose: str | None, address: Address, columns: Sequence[str]
) -> tuple[str, ...]:
    view = session.permissions.view(role, purpose, address)
    if not view.admitted:
        return ("denied",) * len(columns)
    return tuple("" if view.columns[name].form == CLEAR else str(view.columns[name].form) for name in columns)


def _readers(session: Session) -> Iterator[tuple[str, str | None]]:
    """Every role, first for no purpose, then for each that a declared use or a policy names it for."""
    named = {(use.role, use.purpose) for use in session.permissions.uses}
    for stream in session.project.streams.values():
        named |= {(role, allow.purpose) for allow in stream.security.allows for role in allow.roles}
        applied = [entry for mask in stream.security.masks for entry in mask.applied_in or ()]
        named |= {(role, entry.purpose) for entry in applied for role in entry.roles}
    for role in sorted(session.project.roles):
        yield role, None
        yield from ((role, purpose) for purpose in sorted(p for r, p in named if r == role and p))
