"""Allow-lists that meet in one stream leave somebody who may read it."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.readers import common
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions.parts import ReaderList, Readers
from headgate.project.suggest import listed

CODE = Code("HGS007", "lists-leave-nobody", Severity.ERROR)

Lists = tuple[ReaderList, ...]


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    left: dict[Lists, Readers | None] = {}

    def nobody(lists: Lists) -> bool:
        if lists not in left:
            left[lists] = common(lists)
        return left[lists] == frozenset()

    policies = ctx.permissions.policies
    for stream in ctx.streams:
        found, facts = policies.get(stream.address), ctx.facts(stream.address)
        if found is None or facts is None or len(found.closed_by) < 2 or not nobody(found.closed_by):
            continue
        before = [policies[address].closed_by for address in facts.inputs if address in policies]
        if any(nobody(lists) for lists in before) or _unsure(found.closed_by, ctx):
            continue
        first, second = _disjoint(found.closed_by)
        place = stream.security.allows[0].place if second.by == stream.address else stream.place.at("name")
        finding = CODE.at(
            place.span(),
            f"nobody may read `{stream.name}`: the lists that it is under have no reader in common",
            node=str(stream.address),
        )
        for one in (first, second):
            if one.allows:
                roles = listed({role for role, _ in one.readers}) or "nobody"
                finding = finding.note(f"`{one.by.name}` admits {roles}", one.allows[0].place.span())
        yield finding.with_help("allow a reader in both, or `declassify` the readers here, with the reason")


def _unsure(lists: Lists, ctx: Context) -> bool:
    """Whether a list names a role that is not known, which is what is wrong with it."""
    return any(role not in ctx.project.roles for one in lists for role, _ in one.readers)


def _disjoint(lists: Lists) -> tuple[ReaderList, ReaderList]:
    """Two lists that leave nobody by themselves; else the first and the last."""
    for index, second in enumerate(lists):
        for first in lists[:index]:
            if common((first, second)) == frozenset():
                return first, second
    return lists[0], lists[-1]
