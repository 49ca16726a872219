"""`headgate access`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.changes import not_built_yet
from headgate.cli.options import Shown, common
from headgate.cli.tables import table
from headgate.workflows.access import access
from headgate.workflows.request import Request
from headgate.workflows.results import AccessResult, RuleAt


@click.command("access", short_help="Show who may read which column, in which form, and by which rule.")
@common()
@click.option(
    "--who",
    metavar="ROLE|PRINCIPAL",
    help="Only this reader; a group at the identity provider is all its roles.",
)
@click.option("--what", metavar="NODE|NODE.COLUMN", help="Only this stream or column.")
@click.option(
    "--purpose",
    metavar="P",
    help="For this purpose (default: none, and each that a policy or a declared use names).",
)
@click.option("--path", is_flag=True, help="How the value, and the policies over it, reach the column.")
@click.option("--audit", is_flag=True, help="What a reviewer should look at.")
@not_built_yet("--at", value=True)
def command(
    request: Request,
    shown: Shown,
    who: str | None,
    what: str | None,
    purpose: str | None,
    path: bool,
    audit: bool,
) -> int:
    """Show who may read which column, in which form, by which rule at its line, and whether it was given to anyone."""
    result = access(request, who=who, what=what, purpose=purpose, path=path, audit=audit)
    return give(result, shown, _text)


def _text(result: AccessResult, shown: Shown) -> str:
    return "\n".join(part for part in (_grants(result), _path(result), _audit(result)) if part)


def _grants(result: AccessResult) -> str:
    rows = [
        (
            _reader(g.role, g.purpose),
            f"{g.node}.{g.column}",
            g.form,
            g.plane,
            "given" if g.given else "",
            g.enforced,
            _rule(g.rule),
        )
        for g in result.grants
    ]
    headers = ("who", "column", "form", "plane", "given", "enforced", "by")
    return table(headers, rows, widest=110) if rows else ""


def _path(result: AccessResult) -> str:
    rows = [
        (
            _reader(p.role, p.purpose),
            f"{p.node}.{p.column}",
            p.classification,
            p.form,
            f"{p.how} to {p.to}" if p.to else "",
            _rule(p.rule),
        )
        for p in result.path
    ]
    return table(("who", "column", "class", "form", "goes", "by"), rows, widest=110) if rows else ""


def _audit(result: AccessResult) -> str:
    return "".join(
        f"- {row.kind}: {row.text}" + (f" ({row.file}:{row.line})\n" if row.file else "\n")
        for row in result.audit
    )


def _reader(role: str, purpose: str | None) -> str:
    return f"{role} ({purpose})" if purpose else role


def _rule(rule: RuleAt) -> str:
    return f"{rule.file}:{rule.line} {rule.text}" if rule.file else rule.text
