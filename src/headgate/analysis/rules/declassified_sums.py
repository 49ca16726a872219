"""An aggregate that is declassified because it is one has more than one row behind it."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.addresses import Address
from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.model import How, StreamFacts, Why
from headgate.project.declarations import Stream

CODE = Code("HGS012", "declassified-aggregate-of-one-row", Severity.WARNING)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if facts is None or not stream.security.declassify:
        return
    for entry in stream.security.declassify:
        origins = facts.origins.get(entry.column, ())
        if not any(origin.how in (How.AGGREGATE, How.PICK) for origin in origins):
            continue
        for address in dict.fromkeys(origin.column.stream for origin in origins):
            key = _unique_key(address, facts, ctx)
            if key:
                names = ", ".join(f"`{name}`" for name in key)
                yield CODE.at(
                    entry.place.span(),
                    f"`{entry.column}` is declassified as an aggregate, and is grouped by {names}, which is unique:"
                    " it aggregates nothing",
                    node=str(stream.address),
                ).with_help(f"group by what several rows of `{address.name}` share, or keep the class")


def _unique_key(address: Address, facts: StreamFacts, ctx: Context) -> tuple[str, ...]:
    """A unique key of an input that the query groups by."""
    grouped = {d.column.name for d in facts.deciders if d.why is Why.GROUP_BY and d.column.stream == address}
    above = ctx.facts(address)
    keys = [above.unique_key] if above is not None and above.unique_key else []
    keys += _tested(address, ctx)
    return next((key for key in keys if grouped.issuperset(key)), ())


def _tested(address: Address, ctx: Context) -> list[tuple[str, ...]]:
    """The keys that tests say are unique."""
    found: list[tuple[str, ...]] = []
    for test in ctx.project.tests.values():
        if test.target.name == address.name and ctx.project.resolve(test.target) == address:
            for assertion in test.assertions:
                said = assertion.parameters.get("key") if isinstance(assertion.parameters, dict) else None
                if assertion.kind == "unique_key" and said:
                    found.append((said,) if isinstance(said, str) else tuple(map(str, said)))
    return found
