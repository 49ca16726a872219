"""`headgate plan`."""

from __future__ import annotations

from pathlib import Path

import click

from headgate.cli.answers import give
from headgate.cli.changes import changes, on_state
from headgate.cli.options import Shown, common
from headgate.workflows.plan import Wanted, plan
from headgate.workflows.request import Request
from headgate.workflows.results import PENDING


@click.command("plan", short_help="Show what apply would change.")
@common()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan for `apply FILE`."
)
@click.option("--exit-code", "exit_code", is_flag=True, help="Exit with 4 where changes are pending.")
@click.option("--destroy", "destroy_", is_flag=True, help="Plan to remove everything.")
@click.option("--refresh-only", is_flag=True, help="Show only how things drifted from what was applied.")
@click.option(
    "--on-state",
    "on_state_",
    multiple=True,
    metavar="[MODEL=]CHOICE",
    help="How a job begins whose state is lost: keep, rebuild or from-now.",
)
def command(
    request: Request,
    shown: Shown,
    out: Path | None,
    exit_code: bool,
    destroy_: bool,
    refresh_only: bool,
    on_state_: tuple[str, ...],
) -> int:
    """Compare what is declared, what was applied and what is live, and show what apply would change."""
    if destroy_ and refresh_only:
        raise click.UsageError("--destroy and --refresh-only exclude each other.")
    wanted = Wanted(destroy=destroy_, refresh=refresh_only, on_state=on_state(on_state_))
    result = plan(request, out=out, wanted=wanted)
    code = give(result, shown, changes)
    pending = any(c.action != "no-op" and c.status == "planned" for c in result.changes)
    return PENDING if exit_code and pending and not code else code
