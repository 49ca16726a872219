"""`headgate init`."""

from __future__ import annotations

from pathlib import Path

import click

from headgate.workflows.init import TEMPLATES, AlreadyThere, init


@click.command("init", short_help="Make a project that builds at once.")
@click.argument(
    "directory",
    metavar="[DIR]",
    required=False,
    default=".",
    type=click.Path(path_type=Path, file_okay=False),
)
@click.option(
    "--template", type=click.Choice(TEMPLATES), default="empty", show_default=True, help="What to begin with."
)
def command(directory: Path, template: str) -> int:
    """Make a project that builds at once, with the editor's schema and a file for CI."""
    try:
        result = init(directory, template)
    except AlreadyThere as error:
        raise click.UsageError(f"{error.file} is there already; nothing was written.") from error
    for file in result.files:
        click.echo(f"  {file}")
    where = "" if str(directory) == "." else f"cd {directory} && "
    click.echo(f"Next: {where}headgate build")
    return 0
