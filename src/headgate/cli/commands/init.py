"""`headgate init`."""

from __future__ import annotations

from pathlib import Path

import click

from headgate.cli.answers import give
from headgate.cli.options import Shown, shown_as
from headgate.workflows.init import TEMPLATES, init
from headgate.workflows.results import InitResult


@click.command("init", short_help="Make a project that builds at once.")
@click.argument(
    "directory",
    metavar="[DIR]",
    required=False,
    default=".",
    type=click.Path(path_type=Path, file_okay=False),
)
@click.option(
    "--template",
    type=click.Choice(TEMPLATES),
    default=TEMPLATES[0],
    show_default=True,
    help="What to begin with.",
)
@shown_as()
def command(shown: Shown, directory: Path, template: str) -> int:
    """Make a project that builds at once, with the editor's schema and a file for CI.

    A file that is there is never written over.
    """
    try:
        result = init(directory, template)
    except OSError as error:
        raise click.UsageError(f"{error.filename} cannot be written: {error.strerror}.") from error
    if result.taken and shown.format == "text":
        raise click.UsageError(f"{directory / result.taken[0]} is there already; nothing was written.")
    return give(result, shown, _text)


def _text(result: InitResult, shown: Shown) -> str:
    if shown.quiet:
        return ""
    where = "" if result.root == "." else f"cd {result.root} && "
    return "\n".join([*(f"  {file}" for file in result.files), f"Next: {where}headgate build"])
