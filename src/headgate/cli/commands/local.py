"""`headgate local`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.options import Shown, common
from headgate.cli.tables import table
from headgate.workflows.local import local
from headgate.workflows.request import Request
from headgate.workflows.results import LocalResult, LocalRow


@click.command("local", short_help="Run Kafka, Flink, Connect and PostgreSQL here.")
@click.argument("action", type=click.Choice(["up", "down", "status", "logs", "compose"]))
@click.option("--wipe", is_flag=True, help="With `down`: remove the stack's data, logs and ports as well.")
@click.option(
    "--only",
    metavar="PARTS",
    help="With `up`: start these parts alone, and those that they need (`kafka,registry`); with `logs`: show theirs.",
)
@common()
def command(request: Request, shown: Shown, action: str, wipe: bool, only: str | None) -> int:
    """Run Kafka, Connect, a schema registry, Flink and PostgreSQL of the project's own on this machine's loopback.

    `up` starts what does not run and waits until it answers; what ends by itself is started again until `down`, which
    keeps the data. `compose` prints a file with the same versions for those who prefer containers.
    """
    if wipe and action != "down":
        raise click.UsageError("--wipe goes with `headgate local down`.")
    if only is not None and action not in ("up", "logs"):
        raise click.UsageError("--only goes with `headgate local up` and `headgate local logs`.")
    parts = [part.strip() for part in (only or "").split(",") if part.strip()]
    if only is not None and not parts:
        raise click.UsageError("--only names no part.")
    return give(local(request, action, wipe=wipe, only=parts), shown, _text)


def _text(result: LocalResult, shown: Shown) -> str:
    if result.refused:
        click.echo(result.refused, err=True)
        return ""
    if result.action == "compose":
        return result.compose
    if result.action == "logs":
        return "\n".join(f"== {part}\n{text}" for part, text in result.logs.items())
    if shown.quiet:
        return ""
    rows = [
        (row.part, _state(row), row.url, str(row.restarts or ""), str(row.process or ""))
        for row in result.parts
    ]
    shown_parts = table(("part", "state", "address", "restarts", "process"), rows, right=(3, 4))
    alone = any(row.process for row in result.parts) and result.supervisor is None
    return f"{shown_parts}\n{_ALONE}" if alone else shown_parts


_ALONE = "nobody starts again what ends: the supervisor does not run; `headgate local up` starts it"


def _state(row: LocalRow) -> str:
    return "ready" if row.answers else "silent" if row.process else "down"
