"""`headgate init`."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

import click

from headgate.cli.answers import give
from headgate.cli.imports import what_was_seen
from headgate.cli.options import Shown, shown_as
from headgate.cli.progress import progress_to
from headgate.workflows.importing.connecting import Reached, reached
from headgate.workflows.init import TEMPLATES, init
from headgate.workflows.results import InitResult

_LIVE = "headgate.workflows.init_live"
"""Imported when a cluster is asked for: it brings the client libraries."""


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
@click.option("--from-cluster", is_flag=True, help="Begin with what a cluster holds, as `import` writes it.")
@click.option(
    "--bootstrap-servers", metavar="HOST:PORT,...", default="", help="Of --from-cluster: its brokers."
)
@click.option(
    "--command-config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Of --from-cluster: a client's properties, as Kafka's own tools take them.",
)
@click.option(
    "--security-protocol",
    metavar="NAME",
    default="",
    help="Of --from-cluster: SASL_SSL where a user is said.",
)
@click.option(
    "--sasl-mechanism",
    metavar="NAME",
    default="",
    help="Of --from-cluster: SCRAM-SHA-512 where nothing is said.",
)
@click.option(
    "--username",
    metavar="NAME",
    default="",
    help="Of --from-cluster: its password is read from KAFKA_PASSWORD.",
)
@click.option("--registry-url", metavar="URL", default="", help="Of --from-cluster: its schema registry.")
@click.option(
    "--registry-username",
    metavar="NAME",
    default="",
    help="Of --from-cluster: its password is read from SCHEMA_REGISTRY_PASSWORD.",
)
@click.option("--connect-url", metavar="URL", default="", help="Of --from-cluster: its Connect workers.")
@click.option(
    "--cluster", metavar="NAME", default="main", show_default=True, help="Of --from-cluster: what to call it."
)
@click.option(
    "--env",
    metavar="NAME",
    default="live",
    show_default=True,
    help="Of --from-cluster: the environment's name.",
)
@shown_as()
def command(
    shown: Shown,
    directory: Path,
    template: str,
    from_cluster: bool,
    command_config: Path | None,
    **flags: str,
) -> int:
    """Make a project that builds at once, with the editor's schema and a file for CI.

    A file that is there is never written over. With --from-cluster the project is what a cluster holds: an account that may
    describe things is enough, nothing is changed there, and no secret is written down.
    """
    try:
        if from_cluster:
            to = _reached(command_config, flags)
            live = importlib.import_module(_LIVE)
            result: InitResult = live.init_from_cluster(
                directory, to, environ=dict(os.environ), progress=progress_to(shown.quiet)
            )
        else:
            _alone(command_config, flags)
            result = init(directory, template)
    except OSError as error:
        raise click.UsageError(f"{error.filename} cannot be written: {error.strerror}.") from error
    if result.taken and shown.format == "text":
        raise click.UsageError(f"{directory / result.taken[0]} is there already; nothing was written.")
    return give(result, shown, _text)


def _reached(command_config: Path | None, flags: Mapping[str, str]) -> Reached:
    named = {**flags, "environment": flags["env"]}
    for name in ("env", "cluster"):
        if not re.fullmatch(r"[A-Za-z][\w.-]*", flags[name]) or flags[name] == "embedded":
            raise click.UsageError(f"--{name} {flags[name]!r} is no name: letters, digits, `-`, `_` and `.`.")
    try:
        properties = command_config.read_text("utf-8") if command_config is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{command_config} cannot be read.") from error
    to = reached(named, properties)
    if "bootstrap_servers" not in to.kafka:
        raise click.UsageError(
            "--from-cluster needs --bootstrap-servers, or `bootstrap.servers` in --command-config."
        )
    return to


def _alone(command_config: Path | None, flags: Mapping[str, str]) -> None:
    """Nobody says how a cluster is reached and means a template."""
    said = [name for name, value in flags.items() if value and name not in ("cluster", "env")]
    if command_config is not None or said:
        word = said[0] if said else "command_config"
        raise click.UsageError(f"--{word.replace('_', '-')} goes with --from-cluster.")


def _text(result: InitResult, shown: Shown) -> str:
    if shown.quiet or result.exit_code:
        return ""
    where = "" if result.root == "." else f"cd {result.root} && "
    lines = [f"  {file}" for file in result.files]
    if result.counts or result.unseen:
        return "\n".join([*lines, *what_was_seen(result), f"Next: {where}headgate check"])
    return "\n".join([*lines, f"Next: {where}headgate build"])
