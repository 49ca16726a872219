"""An exposure with no principal gets no grants; what it would have got is said."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Exposure
from headgate.project.suggest import listed

CODE = Code("HGS033", "exposure-without-principal", Severity.INFO)


@rule(CODE)
def check(exposure: Exposure, ctx: Context) -> Iterator[Diagnostic]:
    people = ctx.permissions.people
    if any(people.principal_of(exposure, role) for role in exposure.allowed_roles) or exposure.principal:
        return
    reads = [address.name for address in ctx.graph.reads(exposure)] if exposure.allowed_roles else []
    writes = [a.name for a in ctx.graph.writes(exposure) if people.may_write(exposure, a)]
    would = [f"READ on {listed(reads, 4)}"] if reads else []
    would += [f"WRITE on {listed(writes, 4)}"] if writes else []
    if would:
        yield CODE.at(
            exposure.place.at("name").span(),
            f"`{exposure.name}` has no principal, so it is not given {' and '.join(would)}",
            node=str(exposure.address),
        ).with_help("say its `principal`, one of those of its roles")
