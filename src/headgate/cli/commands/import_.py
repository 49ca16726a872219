"""`headgate import`."""

from __future__ import annotations

from pathlib import PurePosixPath

import click

from headgate.cli.answers import give
from headgate.cli.imports import what_was_seen
from headgate.cli.options import Shown, common
from headgate.workflows.import_ import import_live
from headgate.workflows.importing.declared import Part
from headgate.workflows.request import Request
from headgate.workflows.results import ImportResult


@click.command("import", short_help="Write declarations of what is live.")
@click.argument(
    "parts",
    metavar="[topics|schemas|connectors|groups|acls]...",
    nargs=-1,
    type=click.Choice([part.value for part in Part]),
)
@click.option("--into", metavar="DIR", default="", help="The folder in the project that the files stand in.")
@common()
def command(request: Request, shown: Shown, parts: tuple[str, ...], into: str) -> int:
    """Write declarations of what is live and not declared yet: topics as sources, who reads and writes them, connectors.

    Nothing is changed but files, and an account that may describe things is enough. A file that an import wrote is written
    anew by the next one, as long as nobody changed it. With parts, only those and what they refer to.
    """
    _in_project(into)
    try:
        result = import_live(request, map(Part, parts), into=into)
    except OSError as error:
        raise click.UsageError(f"{error.filename} cannot be written: {error.strerror}.") from error
    return give(result, shown, _text)


def _in_project(folder: str) -> None:
    """Declarations stand in the project, and not where none are read."""
    parts = PurePosixPath(folder).parts
    hidden = any(part.startswith((".", "/")) for part in parts)
    if hidden or parts[:1] in (("environments",), ("target",)):
        raise click.UsageError(
            f"--into {folder!r} is no folder of the project that declarations are read from."
        )


def _text(result: ImportResult, shown: Shown) -> str:
    if shown.quiet or result.exit_code:
        return ""
    lines = [f"  {name}" for name in result.written]
    lines += [f"  {name} (removed: nothing is left for it)" for name in result.removed]
    if not lines:
        lines = ["Nothing new: the files are as an import writes them."]
    return "\n".join([*lines, *what_was_seen(result), "Next: headgate check"])
