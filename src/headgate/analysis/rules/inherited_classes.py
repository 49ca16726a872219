"""A class that a column has because of what it comes from is said, since nothing in its file shows it."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions.parts import ClassPart
from headgate.project.declarations import Materialization, Stream
from headgate.project.suggest import listed

CODE = Code("HGS030", "class-inherited", Severity.INFO)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    found, facts = ctx.permissions.policies.get(stream.address), ctx.facts(stream.address)
    if found is None or facts is None or not facts.inputs or stream.materialized is Materialization.SINK:
        return
    classification = ctx.project.classification
    levels = classification.levels
    default = levels.index(classification.default) if classification.default in levels else 0
    # A class that is said here as well is there to be seen.
    said = {c.name for c in stream.columns if c.classification is not None}
    said |= {c.column.split(".", 1)[0] for c in stream.security.classification}
    inherited: dict[int, tuple[ClassPart, list[str]]] = {}
    for name, column in found.columns.items():
        if column.level <= default or name in said or column.guessed:
            continue
        top = max(column.classes, key=lambda part: part.level)
        if top.by != stream.address and top.place is not None:
            inherited.setdefault(top.level, (top, []))[1].append(name)
    for part, names in inherited.values():
        assert part.place is not None
        yield (
            CODE.at(
                stream.place.at("name").span(),
                f"{listed(names, 4)} of `{stream.name}` inherit{'s' if len(names) == 1 else ''}"
                f" the class {levels[part.level]}, from `{part.by.name}`",
                node=str(stream.address),
            )
            .note("the class is said here", part.place.span())
            .with_help("`declassify` it, with the reason, where what is left gives nothing away")
        )
