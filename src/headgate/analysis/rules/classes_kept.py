"""A class is not lowered by declaring a lower one."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions.parts import ClassPart
from headgate.graph.permissions.policies import declared_classes
from headgate.project.declarations import Stream

CODE = Code("HGS009", "class-lowered", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    found = ctx.permissions.policies.get(stream.address)
    if found is None or not found.inherited:
        return
    names = ctx.project.classification.levels
    levels = {name: i for i, name in enumerate(names)}
    lowered = {e.column: levels[e.to] for e in stream.security.declassify if e.to in levels}
    for column, parts in declared_classes(levels, stream).items():
        before = found.inherited.get(column)
        if before is not None and before.guessed:
            continue
        begins = before is None or before.origins.begins_at(stream.address.column(column))
        inherited = () if before is None or begins else before.classes
        if column in lowered:
            inherited = (ClassPart(lowered[column], stream.address),)
        highest = max((*inherited, *parts), key=lambda p: p.level)
        for part in parts:
            if part.level < highest.level and part.place is not None:
                yield _lowered(stream, column, part, highest, names)


def _lowered(
    stream: Stream, column: str, part: ClassPart, highest: ClassPart, names: tuple[str, ...]
) -> Diagnostic:
    assert part.place is not None
    where = "" if highest.by == stream.address else f" by `{highest.by.name}`"
    finding = CODE.at(
        part.place.span(),
        f"`{column}` is said to be {names[part.level]}, and is {names[highest.level]}{where}",
        node=str(stream.address),
    )
    if highest.place is not None:
        finding = finding.note(f"{names[highest.level]} is said here", highest.place.span())
    return finding.with_help(
        "say one class"
        if highest.by == stream.address
        else f"say {names[highest.level]} or more, or `declassify` the column with the reason"
    )
