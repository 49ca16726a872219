"""What a use gets that is not clear is worth knowing where it says nothing of what it needs."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.addresses import Address
from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.analysis.uses import judged
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions.form import CLEAR
from headgate.syntax.document import Place

CODE = Code("HGS006", "forms-given", Severity.INFO)


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    for use in ctx.permissions.uses:
        place = _place(use.by, ctx)
        if place is None or not judged(use, ctx):
            continue
        view = ctx.permissions.use_view(use)
        altered = [(name, column) for name, column in view.columns.items() if column.form != CLEAR]
        if not view.admitted or not altered:
            continue
        shown = ", ".join(f"`{name}` ({column.form})" for name, column in altered[:5])
        more = f" and {len(altered) - 5} more" if len(altered) > 5 else ""
        what = ctx.graph.stream(use.stream).name
        finding = CODE.at(
            place.span(),
            f"`{use.by.name}` gets columns of `{what}` that are not clear: {shown}{more}",
            node=str(use.by),
        )
        for why in dict.fromkeys(column.why for _, column in altered):
            finding = finding.note(why.text, why.place.span() if why.place is not None else None)
        yield finding.with_help("say `needs` where it cannot live with that")


def _place(by: Address, ctx: Context) -> Place | None:
    """Where a use says as whom it reads; None where it says what it needs."""
    exposure = ctx.project.exposures.get(by)
    if exposure is not None:
        return None if exposure.needs else exposure.place.at("access")
    stream = ctx.project.streams[by]
    if stream.sink is None:
        return None
    return None if stream.sink.needs else stream.sink.place.at("role")
