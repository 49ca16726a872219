"""`headgate apply`."""

from __future__ import annotations

from pathlib import Path

import click

from headgate.cli.answers import give
from headgate.cli.changes import asking, changes, not_built_yet, on_state
from headgate.cli.options import Shown, common
from headgate.workflows.apply import Consent, apply
from headgate.workflows.plan import Wanted
from headgate.workflows.request import Request


@click.command("apply", short_help="Make the environment what the project declares.")
@common()
@click.argument(
    "plan_file",
    required=False,
    metavar="[FILE]",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
)
@click.option(
    "--auto-approve",
    is_flag=True,
    help="Do not ask; on live systems not for what widens access or loses data.",
)
@click.option(
    "--confirm",
    "confirm_",
    metavar="NAME",
    help="The environment's name: yes to what widens access or loses data.",
)
@click.option("--digest", metavar="D", help="The digest that was printed with the saved plan.")
@click.option(
    "--allow-destroy",
    is_flag=True,
    help="Let go what is declared no more; what holds data only where the environment allows it.",
)
@click.option("--accept-breaking", metavar="REASON", default="", help="Why what breaks readers may be done.")
@click.option(
    "--on-state",
    "on_state_",
    multiple=True,
    metavar="[MODEL=]CHOICE",
    help="How a job begins whose state is lost: keep, rebuild or from-now.",
)
@click.option("--refresh-only", is_flag=True, help="Only remember things as they are; change nothing.")
@not_built_yet("--skip-tests")
@not_built_yet("--approvals", "--emergency", value=True)
def command(
    request: Request,
    shown: Shown,
    plan_file: Path | None,
    auto_approve: bool,
    confirm_: str | None,
    digest: str | None,
    allow_destroy: bool,
    accept_breaking: str,
    on_state_: tuple[str, ...],
    refresh_only: bool,
) -> int:
    """Make the environment what the project declares, step by step; stopped anywhere, the next apply finishes."""
    if plan_file is not None and (on_state_ or refresh_only):
        raise click.UsageError("A saved plan says already how it begins: pass these to `plan --out`.")
    result = apply(
        asking(request, auto_approve, confirm_),
        plan_file=plan_file,
        wanted=Wanted(refresh=refresh_only, on_state=on_state(on_state_)),
        consent=Consent(digest=digest, allow_destroy=allow_destroy, breaking=accept_breaking),
    )
    return give(result, shown, changes)
