"""`headgate pause`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.completion import streams
from headgate.cli.options import Shown, common
from headgate.cli.running import running
from headgate.workflows.pause import pause
from headgate.workflows.request import Request


@click.command("pause", short_help="Let what makes a stream stand still, and lose nothing.")
@common()
@click.argument("node", shell_complete=streams)
def command(request: Request, shown: Shown, node: str) -> int:
    """Let what makes a stream stand still, and lose nothing.

    A job stops at a savepoint, a connector where it is. `headgate resume` lets it go on; until then an apply leaves it.
    """
    return give(pause(request, node), shown, running)
