"""`headgate destroy`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.changes import asking, changes
from headgate.cli.options import Shown, common
from headgate.workflows.destroy import destroy
from headgate.workflows.request import Request


@click.command("destroy", short_help="Remove everything the project made in the environment.")
@common()
@click.option(
    "--auto-approve",
    is_flag=True,
    help="Do not ask; on live systems not for what widens access or loses data.",
)
@click.option("--confirm", "confirm_", metavar="NAME", help="The environment's name: yes to what loses data.")
def command(request: Request, shown: Shown, auto_approve: bool, confirm_: str | None) -> int:
    """Remove everything the project made in the environment, and nothing else."""
    return give(destroy(asking(request, auto_approve, confirm_)), shown, changes)
