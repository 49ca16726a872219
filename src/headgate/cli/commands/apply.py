"""`headgate apply`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from headgate.cli.answers import give
from headgate.cli.changes import changes, confirm, not_built_yet
from headgate.cli.options import Shown, common
from headgate.workflows.apply import apply
from headgate.workflows.request import Request


@click.command("apply", short_help="Make the environment what the project declares.")
@common()
@click.argument(
    "plan_file",
    required=False,
    metavar="[FILE]",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
)
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option("--digest", metavar="D", help="The digest that was printed with the saved plan.")
@click.option(
    "--allow-destroy",
    is_flag=True,
    help="Let go what is declared no more; what holds data only where the environment allows it.",
)
@not_built_yet("--refresh-only", "--skip-tests")
@not_built_yet("--confirm", "--approvals", "--accept-breaking", "--on-state", "--emergency", value=True)
def command(
    request: Request,
    shown: Shown,
    plan_file: Path | None,
    auto_approve: bool,
    digest: str | None,
    allow_destroy: bool,
) -> int:
    """Make the environment what the project declares, step by step; stopped anywhere, the next apply finishes."""
    request = replace(request, approve=confirm(auto_approve))
    result = apply(request, plan_file=plan_file, digest=digest, allow_destroy=allow_destroy)
    return give(result, shown, changes)
