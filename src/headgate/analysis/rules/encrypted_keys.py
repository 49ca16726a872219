"""A key is not encrypted: equal values have different ciphertexts, so nothing can be found by it."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream

CODE = Code("HGS016", "encrypted-key", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    found, facts = ctx.permissions.policies.get(stream.address), ctx.facts(stream.address)
    if found is None or facts is None:
        return
    for name in facts.key:
        column = found.columns.get(name)
        for part in column.encrypts if column is not None else ():
            own = part.by == stream.address
            if not own and name not in stream.key:
                continue
            place = part.place.at("column") if own else stream.place.at("key")
            finding = CODE.at(
                place.span(),
                f"`{name}` is a key of `{stream.name}`, and is encrypted",
                node=str(stream.address),
            )
            if not own:
                finding = finding.note(f"`{part.by.name}` encrypts it", part.place.span())
            yield finding.with_help(
                "use a surrogate key, or mask the column by `tokenization`: equal keys stay equal"
            )
            break
