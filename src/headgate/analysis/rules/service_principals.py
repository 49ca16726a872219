"""Roles do not hold the principals that jobs and connectors, or this tool, read as: those see what is stored."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Role

CODE = Code("HGS023", "role-holds-service-principal", Severity.ERROR)


@rule(CODE)
def check(role: Role, ctx: Context) -> Iterator[Diagnostic]:
    if not role.principals:
        return
    for cluster in ctx.environment.clusters.values():
        services = {
            str(identity.get("principal")): name
            for name, identity in cluster.identities.items()
            if name != role.name
        }
        username = (cluster.kafka or {}).get("username")
        if isinstance(username, str) and "{{" not in username:
            services.setdefault(f"User:{username}", "kafka")
        for index, principal in enumerate(role.principals):
            if principal in services and not _accepted(principal, ctx):
                yield CODE.at(
                    role.place.at("principals", index).span(),
                    f"`{role.name}` holds `{principal}`, which `{services[principal]}` of `{cluster.name}` reads as:"
                    " nothing masks what it sees",
                    severity=ctx.guard,
                ).with_help("give the role a principal of its own")


def _accepted(principal: str, ctx: Context) -> bool:
    return any(known.principal == principal for stream in ctx.streams for known in stream.security.bypass)
