"""`headgate destroy`."""

from __future__ import annotations

from dataclasses import replace

import click

from headgate.cli.answers import give
from headgate.cli.changes import changes, confirm
from headgate.cli.options import Shown, common
from headgate.workflows.destroy import destroy
from headgate.workflows.request import Request


@click.command("destroy", short_help="Remove everything the project made in the environment.")
@common()
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
def command(request: Request, shown: Shown, auto_approve: bool) -> int:
    """Remove everything the project made in the environment, and nothing else."""
    return give(destroy(replace(request, approve=confirm(auto_approve))), shown, changes)
