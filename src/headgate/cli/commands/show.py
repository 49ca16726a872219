"""`headgate show`."""

from __future__ import annotations

import datetime as dt

import click

from headgate.cli.answers import give
from headgate.cli.completion import streams
from headgate.cli.options import Shown, common
from headgate.cli.rows import rows
from headgate.workflows.request import Request
from headgate.workflows.show import Asked, show


@click.command("show", short_help="Show the records of a stream, as a role sees them.")
@common()
@click.argument("node", shell_complete=streams)
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True, help="At most so many records."
)
@click.option(
    "--as",
    "as_role",
    metavar="ROLE",
    help="As this role sees them (default: as their owner does, on a live environment as its `reader`).",
)
@click.option("--purpose", metavar="P", help="For this purpose.")
@click.option(
    "--from",
    "from_",
    default="earliest",
    show_default=True,
    metavar="WHERE",
    help="Begin with the earliest, or show the latest, or begin at a time (UTC).",
)
@click.option(
    "--changelog", is_flag=True, help="Every change, with its kind, rather than the rows they leave."
)
@click.option(
    "--rejected",
    is_flag=True,
    help="The malformed records that were set aside, each with what is wrong with it.",
)
def command(
    request: Request,
    shown: Shown,
    node: str,
    limit: int,
    as_role: str | None,
    purpose: str | None,
    from_: str,
    changelog: bool,
    rejected: bool,
) -> int:
    """Show the records of a stream, as a role sees them.

    A role that may not read the stream is told by which rule, and sees nothing (exit code 1).
    """
    if purpose is not None and as_role is None:
        raise click.UsageError("--purpose says for what --as reads; pass both.")
    latest = from_ == "latest"
    since = None if from_ in ("earliest", "latest") else _moment(from_)
    asked = Asked(limit=limit, latest=latest, since=since, changelog=changelog, rejected=rejected)
    return give(show(request, node, asked=asked, as_role=as_role, purpose=purpose), shown, rows)


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(
            f"--from takes earliest, latest or a time as 2026-01-01T00:00:00, not {text!r}."
        ) from None
    return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)
