"""`headgate tail`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import click

from headgate.cli.answers import as_json, findings, plain
from headgate.cli.completion import streams
from headgate.cli.options import Shown, common
from headgate.cli.rows import Lines, limits, misfits
from headgate.workflows.request import Progress, Request
from headgate.workflows.results import ShowResult
from headgate.workflows.tail import tail


@click.command("tail", short_help="Follow the records of a stream, as a role sees them.")
@common()
@click.argument("node", shell_complete=streams)
@click.option(
    "--last",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Begin with so many records that are there already.",
)
@click.option("--limit", type=click.IntRange(min=1), help="End after so many records (default: with Ctrl-C).")
@click.option(
    "--as",
    "as_role",
    metavar="ROLE",
    help="As this role sees them (default: as their owner does, on a live environment as its `reader`).",
)
@click.option("--purpose", metavar="P", help="For this purpose.")
def command(
    request: Request,
    shown: Shown,
    node: str,
    last: int,
    limit: int | None,
    as_role: str | None,
    purpose: str | None,
) -> int:
    """Follow the records of a stream, as a role sees them, until Ctrl-C or --limit.

    With `--output json` each record is a line of JSON of its own, and the answer of other verbs comes only where it fails.
    A role that may not read the stream is told by which rule, and sees nothing (exit code 1).
    """
    if purpose is not None and as_role is None:
        raise click.UsageError("--purpose says for what --as reads; pass both.")
    come = _Come(_json if shown.format == "json" else Lines(shown).print, shown.progress)
    ended = tail(request, node, come, last=last, limit=limit, as_role=as_role, purpose=purpose)
    if shown.format == "json" and ended.exit_code:
        click.echo(as_json(ended), nl=False)
    else:
        findings(ended, shown)
    return ended.exit_code


@dataclass(slots=True)
class _Come:
    """Gives records out as they come. What is to be said of them goes to standard error, where it is in no record's way."""

    give: Callable[[ShowResult], None]
    progress: Progress
    begun: bool = False

    def __call__(self, batch: ShowResult) -> None:
        said = misfits(batch) + ("" if self.begun else limits(batch))
        self.begun = True
        self.progress.over()
        self.give(batch)
        if said:
            click.echo(said, err=True, nl=False)


def _json(batch: ShowResult) -> None:
    for row in batch.rows:
        click.echo(json.dumps(plain(row), ensure_ascii=False))
