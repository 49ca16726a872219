"""In which form each reader sees each column of a stream, kept with what is applied, so that a plan sees it change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from headgate.addresses import Address
from headgate.graph.permissions import Form, Permissions, StreamView
from headgate.graph.permissions.form import CLEAR, DENIED
from headgate.plan.changes import Access
from headgate.resources import Resource, ResourceKind
from headgate.state.records import plain
from headgate.workflows.session import Session

FIELD = "forms"
"""Role to purpose ("": none) to "clear", "denied", or the form of each column that is not clear.

A purpose that makes no difference to a role is left out.
"""

_TOLD = 3


def with_forms(
    session: Session, resources: Sequence[Resource], kinds: Mapping[str, ResourceKind]
) -> tuple[Resource, ...]:
    """The resources, those of kinds that have the field with the forms their streams' readers see."""
    streams = {str(address): address for address in session.graph.order}
    out = []
    for resource in resources:
        address = streams.get(resource.address)
        if address is not None and FIELD in kinds[resource.id.kind].effects:
            forms = _forms(session.permissions, address)
            resource = replace(resource, fields={**resource.fields, FIELD: forms})
        out.append(resource)
    return tuple(out)


def access_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Access, str]:
    """Whether somebody sees more of a thing with the fields `after` than with those `before`, or less; and what, in words.

    A column that was not there is nothing more: nobody was to see it, and nobody was kept from it.
    """
    if not {FIELD, "columns"} <= before.keys() & after.keys():
        return Access.SAME, ""
    kept = set(_columns(before)) & set(_columns(after))
    wider, narrower = [], []
    for role, purpose in sorted({*_named(before[FIELD]), *_named(after[FIELD])}):
        was, now = _seen(before[FIELD], role, purpose), _seen(after[FIELD], role, purpose)
        who = f"{role} for {purpose}" if purpose else role
        for column in sorted(kept):
            old, new = _form(was, column), _form(now, column)
            if new.looseness > old.looseness:
                wider.append(f"{who} sees `{column}` as {_words(new)} instead of {_words(old)}")
            elif new.looseness < old.looseness:
                narrower.append(f"{who} sees `{column}` as {_words(new)} instead of {_words(old)}")
    if wider:
        return Access.WIDER, _listed(wider)
    return (Access.NARROWER, _listed(narrower)) if narrower else (Access.SAME, "")


def _form(said: Any, column: str) -> Form:
    """The form in which a reader sees a column, from what stands in the field."""
    if isinstance(said, str):
        return CLEAR if said == "clear" else DENIED
    return Form(**said[column]) if column in said else CLEAR


def _named(forms: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for role, purposes in forms.items():
        for purpose in purposes:
            yield role, purpose


def _seen(forms: Mapping[str, Any], role: str, purpose: str) -> Any:
    purposes = forms.get(role, {})
    return purposes.get(purpose, purposes.get("", "denied"))


def _columns(fields: Mapping[str, Any]) -> list[str]:
    return [name for name, _ in fields["columns"]]


def _words(form: Form) -> str:
    kept = f" ({form.keep_first} first, {form.keep_last} last)" if form.method == "partial" else ""
    return f"{form}{kept}"


def _listed(told: list[str]) -> str:
    more = f", and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return ", ".join(told[:_TOLD]) + more


def _forms(permissions: Permissions, address: Address) -> dict[str, dict[str, Any]]:
    return {
        role: {purpose or "": _seen_as(view) for purpose, view in permissions.views(role, address)}
        for role in permissions.purposes
    }


def _seen_as(view: StreamView) -> Any:
    if view.forms is None:
        return "denied"
    return {name: _said(form) for name, form in sorted(view.forms.items()) if form != CLEAR} or "clear"


def _said(form: Form) -> dict[str, Any]:
    """A form as plain values, without what it does not need."""
    return {name: value for name, value in plain(asdict(form)).items() if value}
