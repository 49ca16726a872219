"""`headgate lineage`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.completion import streams
from headgate.cli.options import Shown, common
from headgate.cli.tables import table
from headgate.workflows.lineage import lineage
from headgate.workflows.request import Request
from headgate.workflows.results import LineageResult


@click.command("lineage", short_help="Show what a node or a column comes from and goes to.")
@common()
@click.argument("node", metavar="NODE|NODE.COLUMN", shell_complete=streams)
@click.option("--up", is_flag=True, help="Only what it comes from.")
@click.option("--down", is_flag=True, help="Only where it goes to.")
@click.option("--depth", type=click.IntRange(min=1), help="At most so many steps.")
def command(request: Request, shown: Shown, node: str, up: bool, down: bool, depth: int | None) -> int:
    """Show what a node or a column comes from and goes to."""
    both = up == down
    return give(lineage(request, node, up=up or both, down=down or both, depth=depth), shown, _text)


def _text(result: LineageResult, shown: Shown) -> str:
    if not result.edges:
        return f"{result.root} stands alone.\n" if result.root else ""
    rows = [
        (_end(e.from_, e.column_from), _end(e.to, e.column_to), f"{e.kind} {e.how}".strip())
        for e in result.edges
    ]
    return table(("from", "to", "how"), rows, widest=60)


def _end(node: str, column: str) -> str:
    return f"{node}.{column}" if column else node
