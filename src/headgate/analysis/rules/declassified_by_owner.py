"""What is declassified belongs to the group that declassifies it."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.addresses import Address
from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions.parts import StreamPolicies
from headgate.graph.permissions.policies import owners_of, strangers
from headgate.project.declarations import Declassify, Stream

CODE = Code("HGS010", "declassified-by-another-group", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    found = ctx.permissions.policies.get(stream.address)
    if found is None:
        return
    for entry in stream.security.declassify:
        others = strangers(ctx.permissions.people, stream.address, _owners(found, entry))
        if others:
            what = f"`{entry.column}`" if entry.column else "its readers"
            finding = CODE.at(
                entry.place.span(),
                f"`{stream.name}` declassifies {what}, which `{others[0].name}` of {_whose(others[0], ctx)} decides about",
                node=str(stream.address),
            )
            if not others[0].project:
                place = ctx.graph.stream(others[0]).place
                finding = finding.note(f"`{others[0].name}` is declared here", place.span())
            yield finding.with_help("let a model of that group declassify it; here it stays as it was")


def _owners(found: StreamPolicies, entry: Declassify) -> tuple[Address, ...]:
    if not entry.column:
        return tuple(dict.fromkeys(one.by for one in found.inherited_lists))
    before = found.inherited.get(entry.column) or found.columns.get(entry.column)
    return owners_of(before) if before is not None and not before.guessed else ()


def _whose(address: Address, ctx: Context) -> str:
    if address.project:
        return f"the project `{address.project}`"
    stream = ctx.graph.stream(address)
    return f"`{stream.group or ctx.permissions.people.group_of_owner(stream.owner) or stream.owner}`"
