"""`headgate test`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.options import Shown, common
from headgate.cli.report import test_report
from headgate.workflows.request import Request
from headgate.workflows.test import test


@click.command("test", short_help="Run unit tests, and assertions over what is there.")
@common()
@click.option("--exact", is_flag=True, help="Fail where late rows make an answer approximate.")
@click.option("--strict", is_flag=True, help="Fail where there is not enough data, and on warnings.")
def command(request: Request, shown: Shown, exact: bool, strict: bool) -> int:
    """Run unit tests, and assertions over the rows that the last build left, or the newest records of live streams."""
    return give(test(request, exact=exact, strict=strict), shown, test_report)
