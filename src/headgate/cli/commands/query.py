"""`headgate query`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.options import Shown, common
from headgate.cli.rows import rows
from headgate.workflows.query import query
from headgate.workflows.request import Request


@click.command("query", short_help="Ask SQL of the project's own graph.")
@common()
@click.argument("sql")
def command(request: Request, shown: Shown, sql: str) -> int:
    """Ask SQL of the project's own graph.

    Tables: nodes, models, sources, columns, edges, column_edges, exposures, policies, permissions, tests, artifacts.
    """
    return give(query(request, sql), shown, rows)
