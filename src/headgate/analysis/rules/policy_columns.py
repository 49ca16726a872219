"""A policy, a class and a need name columns that are there, and forms that there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from headgate.addresses import Address
from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.model import StreamFacts
from headgate.graph.permissions.form import METHODS
from headgate.project.declarations import Stream
from headgate.project.suggest import did_you_mean, listed
from headgate.syntax.document import Place

CODE = Code("HGS034", "policy-names-no-column", Severity.ERROR)

FORMS = ("clear", *METHODS, "encrypted", "redacted")


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    for stream in ctx.streams:
        facts = ctx.facts(stream.address)
        if facts is not None and facts.known:
            yield from _policies(stream, facts)
        if stream.sink is not None and stream.sink.needs and facts is not None:
            place = stream.sink.place.at("needs")
            yield from _needs(stream.sink.needs, place, stream.address, facts.inputs, ctx)
    for exposure in ctx.project.exposures.values():
        if exposure.needs:
            place = exposure.place.at("access", "needs")
            yield from _needs(exposure.needs, place, exposure.address, ctx.graph.reads(exposure), ctx)


def _policies(stream: Stream, facts: StreamFacts) -> Iterator[Diagnostic]:
    security = stream.security
    named = [(c.column, c.place, True) for c in security.classification]
    named += [(m.column, m.place.at("column"), False) for m in security.masks]
    named += [(e.column, e.place.at("column"), False) for e in security.encrypts]
    named += [(d.column, d.place.at("column"), False) for d in security.declassify if d.column]
    columns = {c.name: c for c in facts.columns}
    for name, place, is_key in named:
        if name in columns or (is_key and _field(name, facts)):
            continue
        span = place.key_span() if is_key else place.span()
        yield CODE.at(span, f"`{stream.name}` has no column `{name}`", node=str(stream.address)).with_help(
            did_you_mean(name, columns) or f"it has {listed(columns)}"
        )


def _field(name: str, facts: StreamFacts) -> bool:
    """Whether a dotted name leads to a field of a column, as far as its type is known."""
    first, *rest = name.split(".")
    column = facts.column(first)
    if column is None or not rest:
        return column is not None
    type_ = column.type
    for part in rest:
        if type_.name == "UNKNOWN":
            return True
        found = next((f.type for f in type_.fields if f.name == part), None)
        if found is None:
            return False
        type_ = found
    return True


def _needs(
    needs: Mapping[str, str], place: Place, node: Address, reads: Collection[Address], ctx: Context
) -> Iterator[Diagnostic]:
    known = [facts for address in reads if (facts := ctx.facts(address)) is not None]
    names = {c.name for facts in known for c in facts.columns}
    for name, form in needs.items():
        if form not in FORMS:
            yield CODE.at(place.at(name).span(), f"no form is called `{form}`", node=str(node)).with_help(
                did_you_mean(form, FORMS) or f"there are {listed(FORMS)}"
            )
        if name not in names and known and all(facts.known for facts in known):
            yield CODE.at(
                place.at(name).key_span(), f"`{node.name}` reads no column `{name}`", node=str(node)
            ).with_help(did_you_mean(name, names) or "name a column of a stream that it reads")
