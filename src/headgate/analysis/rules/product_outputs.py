"""What a data product offers is described, owned, classified and under an enforced contract."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import DataProduct, Stream

CODE = Code("HGT018", "product-output-incomplete", Severity.ERROR)


@rule(CODE)
def check(product: DataProduct, ctx: Context) -> Iterator[Diagnostic]:
    if product.status in ("proposed", "retired"):
        return
    for reference in product.outputs:
        facts = ctx.resolve(reference)
        if facts is None:
            continue
        stream = ctx.graph.stream(facts.address)
        missing = list(_missing(stream, ctx))
        if missing:
            yield (
                CODE.at(
                    reference.place.span(),
                    f"`{stream.name}` is an output of `{product.name}` and {_and(missing)}",
                    node=str(product.address),
                )
                .note(f"`{stream.name}` is declared here", stream.place.span())
                .with_help(_mend(missing))
            )


_MENDS = {
    "has no description": "`description`",
    "has no owner": "`owner`",
    "has no enforced contract": "`config: {contract: {enforced: true}}` with `columns`",
    "is not classified": "a class for every column",
}


def _missing(stream: Stream, ctx: Context) -> Iterator[str]:
    if not stream.description:
        yield "has no description"
    if not stream.owner:
        yield "has no owner"
    if not stream.contract:
        yield "has no enforced contract"
    if not ctx.project.classification.default_said and not _classified(stream, ctx):
        yield "is not classified"


def _classified(stream: Stream, ctx: Context) -> bool:
    """Whether a class is said of the stream, or of anything its columns come from."""
    ahead, seen = [stream.address], {stream.address}
    while ahead:
        address = ahead.pop()
        declared = ctx.graph.stream(address)
        if declared.security.classification or any(c.classification for c in declared.columns):
            return True
        facts = ctx.facts(address)
        for other in facts.inputs if facts is not None else ():
            if other not in seen:
                seen.add(other)
                ahead.append(other)
    return False


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _mend(missing: list[str]) -> str:
    return "give it " + _and([_MENDS[m] for m in missing])
