"""Policies that a stream adds are no looser than those it inherits."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.readers import admits, common
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions.form import STRICTNESS, Form
from headgate.graph.permissions.parts import StreamPolicies
from headgate.project.declarations import Mask, Stream
from headgate.syntax.document import Place

CODE = Code("HGS008", "looser-than-inherited", Severity.ERROR)

Named = tuple[str, str | None, Place]
"""A role that a policy names, for what, and where."""


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    security = stream.security
    found = ctx.permissions.policies.get(stream.address)
    if found is None or not (security.allows or security.masks):
        return
    # Lists that leave nobody have been said.
    if found.lists and common(found.closed_by) != frozenset():
        for role, purpose, place in _named(stream):
            yield from _not_admitted(stream, found, role, purpose, place, ctx)
    for mask in security.masks:
        before = found.inherited.get(mask.column)
        if mask.method in STRICTNESS and before is not None and not before.guessed:
            yield from _shows_more(stream, found, mask, ctx)


def _named(stream: Stream) -> Iterator[Named]:
    for allow in stream.security.allows:
        for index, role in enumerate(allow.roles):
            yield role, allow.purpose, allow.place.at("roles", index)
    for mask in stream.security.masks:
        yield from _named_by(mask)


def _named_by(mask: Mask) -> Iterator[Named]:
    for entry in mask.applied_in or ():
        for index, role in enumerate(entry.roles):
            yield role, entry.purpose, entry.place.at("roles", index)


def _not_admitted(
    stream: Stream, found: StreamPolicies, role: str, purpose: str | None, place: Place, ctx: Context
) -> Iterator[Diagnostic]:
    if role not in ctx.project.roles:
        return
    for one in found.lists:
        if not admits(one.readers, role, purpose):
            finding = CODE.at(
                place.span(),
                f"`{stream.name}` names {role}{f' for {purpose}' if purpose else ''}, whom"
                f" `{one.by.name}` does not admit",
                node=str(stream.address),
            )
            if one.allows:
                finding = finding.note("this list is inherited", one.allows[0].place.span())
            yield finding.with_help(
                f"leave {role} out, allow it in `{one.by.name}` too, or `declassify` the readers, with the reason"
            )
            return


def _shows_more(stream: Stream, found: StreamPolicies, mask: Mask, ctx: Context) -> Iterator[Diagnostic]:
    own = Form(mask.method, keep_first=mask.keep_first, keep_last=mask.keep_last).looseness
    for role, purpose, place in _named_by(mask):
        if role not in ctx.project.roles:
            continue
        before = ctx.permissions.inherited_view(role, purpose, stream.address).get(mask.column)
        if before is None or before.form.looseness >= own:
            continue
        finding = CODE.at(
            place.span(),
            f"`{stream.name}` shows `{mask.column}` to {role} by {mask.method}, and inherits it {before.form}",
            node=str(stream.address),
        ).note(before.why.text, before.why.place.span() if before.why.place is not None else None)
        yield finding.with_help(
            f"name a method that shows no more than {before.form}, or `declassify` the column"
        )
        return
