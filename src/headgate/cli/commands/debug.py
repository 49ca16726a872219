"""`headgate debug`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.options import Shown, common
from headgate.cli.tables import table
from headgate.workflows.debug import debug, grants
from headgate.workflows.grant_text import FORMATS
from headgate.workflows.request import Request
from headgate.workflows.results import DebugResult


@click.command("debug", short_help="Show which systems answer, and what accounts need.")
@click.option(
    "--grants", "of_grants", is_flag=True, help="Print the rights that every account needs in Kafka."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="commands",
    show_default=True,
    help="With --grants: for which tool.",
)
@click.option(
    "--plan-as",
    metavar="PRINCIPAL",
    default="User:headgate-plan",
    show_default=True,
    help="With --grants: who plans.",
)
@click.option(
    "--apply-as",
    metavar="PRINCIPAL",
    default="User:headgate-apply",
    show_default=True,
    help="With --grants: who applies.",
)
@click.option(
    "--look-as",
    metavar="PRINCIPAL",
    default="User:headgate-look",
    show_default=True,
    help="With --grants: who looks at records (show, tail, test, build).",
)
@common()  # fmt: skip
def command(
    request: Request,
    shown: Shown,
    of_grants: bool,
    form: str,
    plan_as: str,
    apply_as: str,
    look_as: str,
) -> int:
    """Show of each connection of an environment whether it answers, as whom, in which version, and with which rights.

    With --grants, print all that the environment's accounts need in Kafka: who plans, who applies, who looks
    at records, and what jobs and connectors run as.
    """
    if of_grants:
        return give(
            grants(request, form=form, plan=plan_as, apply=apply_as, look=look_as),
            shown,
            lambda result, _: result.text,
        )
    return give(debug(request), shown, _text)


def _text(result: DebugResult, shown: Shown) -> str:
    if not result.connections:
        return "" if result.diagnostics else f"`{result.environment}` has no connections.\n"
    rows = [
        (row.cluster, row.part, "yes" if row.answers else "no", row.user, row.version, row.where)
        for row in result.connections
    ]
    text = table(("cluster", "part", "answers", "as", "version", "address"), rows, widest=60)
    if shown.verbose:
        text += "".join(
            f"\n{row.part} of {row.cluster} may\n" + "".join(f"  {one}\n" for one in row.may)
            for row in result.connections
            if row.may
        )
    return text
