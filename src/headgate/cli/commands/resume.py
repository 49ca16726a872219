"""`headgate resume`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.completion import streams
from headgate.cli.options import Shown, common
from headgate.cli.running import running
from headgate.workflows.pause import resume
from headgate.workflows.request import Request


@click.command("resume", short_help="Let what was paused go on where it stood.")
@common()
@click.argument("node", shell_complete=streams)
def command(request: Request, shown: Shown, node: str) -> int:
    """Let what was paused go on where it stood.

    A job goes on from the savepoint at which it was paused, a connector from where it was.
    """
    return give(resume(request, node), shown, running)
