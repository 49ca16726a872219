"""What is encrypted is passed on as it is, or declassified: nothing can be worked out of ciphertext."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream

CODE = Code("HGS017", "encrypted-column-used", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    policies = ctx.permissions.policies
    found, facts = policies.get(stream.address), ctx.facts(stream.address)
    if found is None or facts is None or facts.query is None:
        return
    for name, column in found.columns.items():
        used = [part for part in column.encrypts if part.used]
        if not used:
            continue
        for origin in facts.origins.get(name, ()):
            above = policies.get(origin.column.stream)
            before = above.columns.get(origin.column.name) if above is not None else None
            fresh = [p for p in (before.encrypts if before is not None else ()) if not p.used]
            if any(p.by == part.by for p in fresh for part in used):
                declared = stream.column(name)
                place = declared.place if declared is not None else stream.place.at("name")
                yield (
                    CODE.at(
                        place.span(),
                        f"`{name}` of `{stream.name}` is worked out of `{origin.column.name}`, which is encrypted",
                        node=str(stream.address),
                    )
                    .note(f"`{fresh[0].by.name}` encrypts it", fresh[0].place.span())
                    .with_help("pass the column on as it is, or `declassify` this one with the reason")
                )
                break
