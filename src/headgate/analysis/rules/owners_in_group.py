"""What is of a group is owned by somebody that the group lists."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Access, Exposure, Materialization, Stream
from headgate.project.suggest import listed

CODE = Code("HGS003", "owner-not-of-group", Severity.ERROR)


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    for stream in ctx.streams:
        if stream.group and stream.materialized is not Materialization.SOURCE:
            yield from _owned(stream, ctx)
    for exposure in ctx.project.exposures.values():
        if exposure.group:
            yield from _owned(exposure, ctx)


def _owned(thing: Stream | Exposure, ctx: Context) -> Iterator[Diagnostic]:
    group = ctx.project.groups.get(thing.group)
    if group is None or thing.owner in group.members:
        return
    node = str(thing.address)
    mend = f"`{group.name}` lists {listed(group.members) or 'nobody'}"
    if thing.owner:
        yield (
            CODE.at(
                thing.place.at("group").span(),
                f"`{thing.name}` is of `{group.name}`, which does not list its owner `{thing.owner}`",
                node=node,
            )
            .note(f"`{group.name}` is declared here", group.place.span())
            .with_help(f"{mend}; add `{thing.owner}` to its `members`, or change `group` or `owner`")
        )
    elif private := _private_read(thing, ctx):
        yield (
            CODE.at(
                thing.place.at("group").span(),
                f"`{thing.name}` reaches `{private.name}` as one of `{group.name}`, and nobody owns it",
                node=node,
            )
            .note(f"`{private.name}` is private", private.place.at("access").span())
            .with_help(f"say its `owner`: {mend}")
        )


def _private_read(thing: Stream | Exposure, ctx: Context) -> Stream | None:
    """A private stream of its group that it refers to."""
    if isinstance(thing, Exposure):
        addresses = ctx.graph.reads(thing)
    else:
        facts = ctx.facts(thing.address)
        addresses = facts.inputs if facts is not None else ()
    found = (ctx.project.streams.get(address) for address in addresses)
    return next(
        (s for s in found if s is not None and s.access is Access.PRIVATE and s.group == thing.group), None
    )
