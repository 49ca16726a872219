"""`headgate show`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.options import Shown, common
from headgate.cli.rows import rows
from headgate.workflows.request import Request
from headgate.workflows.show import show


@click.command("show", short_help="Show the records of a stream, as a role sees them.")
@common()
@click.argument("node")
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True, help="At most so many records."
)
@click.option(
    "--as", "as_role", metavar="ROLE", help="As this role sees them (default: as their owner does)."
)
@click.option("--purpose", metavar="P", help="For this purpose.")
@click.option(
    "--changelog", is_flag=True, help="Every change, with its kind, rather than the rows they leave."
)
def command(
    request: Request,
    shown: Shown,
    node: str,
    limit: int,
    as_role: str | None,
    purpose: str | None,
    changelog: bool,
) -> int:
    """Show the records of a stream, as a role sees them.

    A role that may not read the stream is told by which rule, and sees nothing (exit code 1).
    """
    result = show(request, node, limit=limit, as_role=as_role, purpose=purpose, changelog=changelog)
    return give(result, shown, rows)
