"""Whoever connects is a reader of what is public alone."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Role

CODE = Code("HGS024", "everyone-above-public", Severity.ERROR)

EVERYONE = "User:*"


@rule(CODE)
def check(role: Role, ctx: Context) -> Iterator[Diagnostic]:
    if EVERYONE not in role.principals:
        return
    levels = ctx.project.classification.levels
    if role.clearance != levels[0]:
        yield CODE.at(
            role.place.at("principals", role.principals.index(EVERYONE)).span(),
            f"`{role.name}` is everyone who connects, and may read {role.clearance}",
        ).with_help(f"say `clearance: {levels[0]}`, or name principals")
        return
    for stream in ctx.streams:
        found = ctx.permissions.policies.get(stream.address)
        for allow in stream.security.allows:
            if found is None or role.name not in allow.roles:
                continue
            above = [name for name, column in found.columns.items() if column.level > 0]
            if above:
                yield CODE.at(
                    allow.place.at("roles", allow.roles.index(role.name)).span(),
                    f"`{role.name}` is everyone who connects, and `{above[0]}` of `{stream.name}` is not {levels[0]}",
                    node=str(stream.address),
                ).with_help("allow a role with principals of its own")
