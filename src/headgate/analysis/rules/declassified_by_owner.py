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
            origin = ctx.graph.stream(others[0])
            what = f"`{entry.column}`" if entry.column else "its readers"
            yield (
                CODE.at(
                    entry.place.span(),
                    f"`{stream.name}` declassifies {what}, which `{origin.name}` of {_whose(origin)} decides about",
                    node=str(stream.address),
                )
                .note(f"`{origin.name}` is declared here", origin.place.span())
                .with_help("let a model of that group declassify it; here it stays as it was")
            )


def _owners(found: StreamPolicies, entry: Declassify) -> tuple[Address, ...]:
    if not entry.column:
        return tuple(dict.fromkeys(one.by for one in found.inherited_lists))
    before = found.inherited.get(entry.column) or found.columns.get(entry.column)
    return owners_of(before) if before is not None and not before.guessed else ()


def _whose(stream: Stream) -> str:
    if stream.address.project:
        return f"the project `{stream.address.project}`"
    return f"`{stream.group}`" if stream.group else f"`{stream.owner}`"
