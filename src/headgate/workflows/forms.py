"""In which form each reader sees each column of a stream, kept with what is applied, so that a plan sees it change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from headgate.addresses import Address
from headgate.compile.gateway.readers import Reader
from headgate.graph.model import Graph
from headgate.graph.permissions import Form, Permissions, StreamView
from headgate.graph.permissions.form import CLEAR, DENIED
from headgate.plan.changes import Access
from headgate.project.declarations import Materialization
from headgate.resources import Resource, ResourceKind
from headgate.state.records import plain
from headgate.workflows.session import Session

FIELD = "forms"
"""Role to purpose ("": none) to "clear", "denied", or the form of each column that is not clear.

A purpose that makes no difference to a role is left out. What a proxy's document says is about several streams: of it they
are kept by stream.
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
        kind = kinds[resource.id.kind]
        if address is not None and FIELD in kind.effects:
            of_several = FIELD in kind.remembered
            forms = proxied_forms(session, resource) if of_several else _forms(session.permissions, address)
            resource = replace(resource, fields={**resource.fields, FIELD: forms})
        out.append(resource)
    return tuple(out)


def proxied_forms(session: Session, document: Resource) -> dict[str, dict[str, Any]]:
    """By stream, the forms that a proxy's document is about: those of its group's readers, of all where it is for everybody.

    It is about the stored topic of its declaration and all that is served from it.
    """
    graph, streams = session.graph, {str(address): address for address in session.graph.order}
    address = streams.get(document.address)
    if address is None:
        return {}
    scope = document.fields.get("metadata", {}).get("scope", {}).get("group", "")
    base = _stored(graph, address)
    found: dict[str, dict[str, Any]] = {}
    for other in graph.order:
        if _stored(graph, other) == base:
            forms = _forms(session.permissions, other)
            found[str(other)] = {
                role: kept
                for role, purposes in forms.items()
                if (kept := {p: seen for p, seen in purposes.items() if _is_for(scope, role, p)})
            }
    return found


def _stored(graph: Graph, address: Address) -> Address:
    """The stream that one is served from: itself, unless it is a virtual topic."""
    while graph.stream(address).materialized is Materialization.VIRTUAL_TOPIC and graph.facts[address].inputs:
        address = graph.facts[address].inputs[0]
    return address


def _is_for(scope: str, role: str, purpose: str) -> bool:
    return not scope or Reader(role, purpose).group == scope


def access_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Access, str]:
    """Whether somebody sees more of a thing with the fields `after` than with those `before`, or less; and what, in words.

    A column that was not there is nothing more: nobody was to see it, and nobody was kept from it.
    """
    if FIELD not in before or FIELD not in after:
        return Access.SAME, ""
    wider: list[str] = []
    narrower: list[str] = []
    if {"columns"} <= before.keys() & after.keys():
        kept = set(_columns(before)) & set(_columns(after))
        _compare(before[FIELD], after[FIELD], kept, "", wider, narrower)
    else:
        for stream in sorted(before[FIELD].keys() & after[FIELD].keys()):
            was, now = before[FIELD][stream], after[FIELD][stream]
            _compare(was, now, {*_shaped(was), *_shaped(now)}, f" of {stream}", wider, narrower)
    if wider:
        return Access.WIDER, _listed(wider)
    return (Access.NARROWER, _listed(narrower)) if narrower else (Access.SAME, "")


_EVERY = "*"
"""Stands for the columns that no form names: those are seen in the clear, or not at all."""


def _shaped(forms: Mapping[str, Any]) -> Iterator[str]:
    """The columns that some form names, and one for all others."""
    yield _EVERY
    for purposes in forms.values():
        for seen in purposes.values():
            if not isinstance(seen, str):
                yield from seen


def _compare(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    columns: set[str],
    where: str,
    wider: list[str],
    narrower: list[str],
) -> None:
    for role, purpose in sorted({*_named(before), *_named(after)}):
        was, now = _seen(before, role, purpose), _seen(after, role, purpose)
        who = f"{role} for {purpose}" if purpose else role
        for column in sorted(columns):
            old, new = _form(was, column), _form(now, column)
            what = "every other column" if column == _EVERY else f"`{column}`"
            told = f"{who} sees {what}{where} as {_words(new)} instead of {_words(old)}"
            if new.looseness > old.looseness:
                wider.append(told)
            elif new.looseness < old.looseness:
                narrower.append(told)


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
