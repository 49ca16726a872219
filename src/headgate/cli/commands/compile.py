"""`headgate compile`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.options import Shown, common
from headgate.workflows.compile import compile_project
from headgate.workflows.request import Request
from headgate.workflows.results import CompileResult


@click.command("compile", short_help="Write what the declarations become under target/<env>/.")
@common()
@click.option(
    "--target",
    "-t",
    "targets",
    multiple=True,
    metavar="NAME,…",
    help="Beside the environment's own: kafka, flink, connect, schemas, conduktor, console, or all.",
)
def command(request: Request, shown: Shown, targets: tuple[str, ...]) -> int:
    """Write what the declarations become: one readable file an artifact, under target/<env>/."""
    names = [name.strip() for word in targets for name in word.split(",") if name.strip()]
    return give(compile_project(request, names), shown, _text)


def _text(result: CompileResult, shown: Shown) -> str:
    if shown.quiet or not result.files:
        return ""
    lines = [f"  {file}" for file in result.files] if shown.verbose else []
    return "\n".join(
        [*lines, f"Wrote {len(result.files)} files to {result.root} ({', '.join(result.targets)})."]
    )
