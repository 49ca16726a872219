"""`headgate ls`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.options import Shown, common
from headgate.cli.tables import table
from headgate.workflows.ls import ls
from headgate.workflows.request import Request
from headgate.workflows.results import LsResult


@click.command("ls", short_help="List the nodes that a selection picks.")
@common()
def command(request: Request, shown: Shown) -> int:
    """List the nodes that a selection picks: `headgate ls -s +customer_balance_5m`."""
    return give(ls(request), shown, _text)


def _text(result: LsResult, shown: Shown) -> str:
    if not result.nodes:
        return ""
    rows = [(n.address, n.materialized or n.kind, n.owner, f"{n.file}:{n.line}") for n in result.nodes]
    return table(("node", "is", "owner", "declared at"), rows)
