"""`headgate status`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.options import Shown, common
from headgate.cli.tables import table
from headgate.workflows.request import Request
from headgate.workflows.results import StatusResult
from headgate.workflows.status import status


@click.command("status", short_help="Compare declared, applied and live.")
@common()
def command(request: Request, shown: Shown) -> int:
    """Compare what is declared, what was applied and what is live."""
    return give(status(request), shown, _text)


def _text(result: StatusResult, shown: Shown) -> str:
    rows = [
        (
            row.name,
            row.kind.removeprefix(f"{result.environment}_"),
            _yes(row.declared),
            _yes(row.applied),
            _yes(row.live),
            "" if row.rows is None else str(row.rows),
            row.drift,
        )
        for row in result.rows
    ]
    return table(("thing", "kind", "declared", "applied", "live", "rows", "drift"), rows, right=(5,))


def _yes(value: bool) -> str:
    return "yes" if value else "no"
