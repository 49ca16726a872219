"""A principal is of one role: whoever authenticates as it would else be two readers at once."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Role
from headgate.syntax.document import Place

CODE = Code("HGS018", "principal-of-two-roles", Severity.ERROR)


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    owners: dict[str, tuple[Role, int]] = {}
    for role in ctx.project.roles.values():
        for index, principal in enumerate(role.principals):
            first, at = owners.setdefault(principal, (role, index))
            if first.name == role.name and at == index:
                continue
            yield (
                CODE.at(
                    _place(role, index, ctx).span(),
                    f"`{principal}` is a principal of `{role.name}`, and of `{first.name}`"
                    if first.name != role.name
                    else f"`{principal}` is listed twice",
                )
                .note("it is listed here first", _place(first, at, ctx).span())
                .with_help("keep one: a service that reads in two ways has two principals")
            )


def _place(role: Role, index: int, ctx: Context) -> Place:
    environment = ctx.environment.place
    said = environment.document.value if environment is not None else None
    replaced = said.get("principals") if isinstance(said, dict) else None
    if environment is not None and isinstance(replaced, dict) and role.name in replaced:
        return environment.at("principals", role.name, index)
    return role.place.at("principals", index)
