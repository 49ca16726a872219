"""An exposure authenticates as a principal of one of the roles that it reads as."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Exposure
from headgate.project.suggest import did_you_mean, listed

CODE = Code("HGS019", "principal-of-no-role-of-its", Severity.ERROR)


@rule(CODE)
def check(exposure: Exposure, ctx: Context) -> Iterator[Diagnostic]:
    roles = [ctx.project.roles.get(name) for name in exposure.allowed_roles]
    known = {principal for role in roles if role is not None for principal in role.principals}
    if not exposure.principal or not roles or None in roles or exposure.principal in known:
        return
    yield CODE.at(
        exposure.place.at("principal").span(),
        f"`{exposure.principal}` is a principal of no role that `{exposure.name}` reads as",
        node=str(exposure.address),
    ).with_help(
        did_you_mean(exposure.principal, known)
        or (f"theirs are {listed(known)}" if known else f"add it to {listed(exposure.allowed_roles)}")
    )
