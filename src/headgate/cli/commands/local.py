"""`headgate local`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.options import Shown, common
from headgate.cli.tables import table
from headgate.workflows.local import local
from headgate.workflows.request import Request
from headgate.workflows.results import LocalResult


@click.command("local", short_help="Run a Kafka broker and a schema registry on this machine.")
@click.argument("action", type=click.Choice(["up", "down", "status", "logs"]))
@click.option("--wipe", is_flag=True, help="With `down`: remove the stack's data, logs and ports as well.")
@common()
def command(request: Request, shown: Shown, action: str, wipe: bool) -> int:
    """Run a Kafka broker and a schema registry of the project's own on this machine's loopback.

    `up` starts what does not run and waits until it answers; `down` ends it and keeps its data.
    """
    if wipe and action != "down":
        raise click.UsageError("--wipe goes with `headgate local down`.")
    return give(local(request, action, wipe=wipe), shown, _text)


def _text(result: LocalResult, shown: Shown) -> str:
    if result.refused:
        click.echo(result.refused, err=True)
        return ""
    if result.action == "logs":
        return "\n".join(f"== {part}\n{text}" for part, text in result.logs.items())
    rows = [
        (
            row.part,
            "ready" if row.answers else "silent" if row.process else "down",
            row.url,
            str(row.process or ""),
        )
        for row in result.parts
    ]
    return "" if shown.quiet else table(("part", "state", "address", "process"), rows, right=(3,))
