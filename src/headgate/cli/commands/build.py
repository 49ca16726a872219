"""`headgate build`."""

from __future__ import annotations

from pathlib import Path

import click

from headgate.cli.answers import give
from headgate.cli.changes import asking
from headgate.cli.options import Shown, common
from headgate.cli.report import report
from headgate.workflows.build import build
from headgate.workflows.request import Request


@click.command("build", short_help="Check, test, apply, feed and run a project, and report.")
@common()
@click.option(
    "--samples",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Rows to feed, DIR/<name>.jsonl or .csv.",
)
@click.option("--no-feed", is_flag=True, help="Run over what is there.")
@click.option("--no-flush", is_flag=True, help="Leave windows open that the watermark has not closed.")
@click.option("--exact", is_flag=True, help="Fail where late rows make an answer approximate.")
@click.option(
    "--confirm",
    "confirm_",
    metavar="NAME",
    help="The environment's name: yes to what widens access or loses data on live systems.",
)
def command(
    request: Request,
    shown: Shown,
    samples: Path | None,
    no_feed: bool,
    no_flush: bool,
    exact: bool,
    confirm_: str | None,
) -> int:
    """Check, run unit tests, plan and apply, feed, run the models and their tests in order, and report.

    Rows come from --samples, else from the declared `sample`, else from samples/<name>.jsonl or .csv, else they are
    made up, which the report says.
    """
    request = asking(request, auto_approve=True, confirm_name=confirm_)
    result = build(request, samples=samples, feed=not no_feed, flush=not no_flush, exact=exact)
    return give(result, shown, report)
