"""`headgate access`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.options import Shown, common
from headgate.cli.tables import table
from headgate.workflows.access import access
from headgate.workflows.request import Request
from headgate.workflows.results import AccessResult


@click.command("access", short_help="Show who may read which column, in which form, and by which rule.")
@common()
@click.option("--who", metavar="ROLE|PRINCIPAL", help="Only this reader.")
@click.option("--what", metavar="NODE|NODE.COLUMN", help="Only this stream or column.")
@click.option(
    "--purpose", metavar="P", help="For this purpose (default: none, and each that a declared use names)."
)
@click.option("--audit", is_flag=True, help="What a reviewer should look at.")
def command(
    request: Request, shown: Shown, who: str | None, what: str | None, purpose: str | None, audit: bool
) -> int:
    """Show who may read which column, in which form, by which rule at its line, and whether it was given to anyone."""
    result = access(request, who=who, what=what, purpose=purpose, audit=audit)
    return give(result, shown, _text)


def _text(result: AccessResult, shown: Shown) -> str:
    rows = [
        (
            g.role + (f" ({g.purpose})" if g.purpose else ""),
            f"{g.node}.{g.column}",
            g.form,
            "given" if g.given else "",
            f"{g.rule_file}:{g.rule_line} {g.rule}" if g.rule_file else g.rule,
        )
        for g in result.grants
    ]
    text = table(("who", "column", "form", "given", "by"), rows, widest=70) if rows else ""
    return text + "".join(f"- {line}\n" for line in result.audit)
