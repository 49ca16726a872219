"""The options that verbs share, and the request they make."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import click

from headgate.cli.completion import environments
from headgate.cli.folders import find_project
from headgate.cli.progress import progress_to
from headgate.workflows.request import Progress, Request, Silent

Format = Literal["text", "json", "concise", "github", "sarif", "junit", "markdown"]
Command = Callable[..., Any]
Decorator = Callable[[Command], Command]


@dataclass(frozen=True, slots=True)
class Shown:
    """How the answer is to be shown. Colours are for terminals: each stream is asked for itself."""

    format: Format
    colour: bool
    colour_on_errors: bool
    quiet: bool
    verbose: bool
    progress: Progress = field(default_factory=Silent)
    """What is drawn until the answer is there."""


def common(*formats: str, project: bool = True) -> Decorator:
    """Adds the shared options; the command gets `request` and `shown` in place of them.

    `formats` are outputs beside text and json. Without `project`, `request` may be None: no project was found.
    """

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def command(**values: Any) -> Any:
            shown = _shown(values)
            progress = progress_to(shown.quiet)
            request = _request(values, progress, needed=project)
            try:
                return function(request=request, shown=replace(shown, progress=progress), **values)
            finally:
                progress.over()

        return _with_options(command, [*_of_projects(), *_of_answers(formats)])

    return decorate


def shown_as() -> Decorator:
    """Adds the options of how an answer is shown, for verbs that need no project; the command gets `shown`."""

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def command(**values: Any) -> Any:
            return function(shown=_shown(values), **values)

        return _with_options(command, _of_answers(()))

    return decorate


def _with_options(command: Command, options: list[Decorator]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def _of_projects() -> list[Decorator]:
    return [
        click.option("--project", "project_", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="The project's folder (default: the nearest headgate.yml upwards)."),
        click.option("--env", metavar="NAME", envvar="HEADGATE_ENV", shell_complete=environments, help="The environment (default: the one with `default: true`; embedded where none is declared)."),
        click.option("--select", "-s", multiple=True, metavar="WHAT", help="Only these nodes, in dbt's selection language."),
        click.option("--exclude", multiple=True, metavar="WHAT", help="Without these nodes."),
        click.option("--vars", "vars_", multiple=True, metavar="K=V", help="A variable, over the project's and the environment's."),
        click.option("--no-cache", is_flag=True, help="Work everything out anew."),
    ]  # fmt: skip


def _of_answers(formats: tuple[str, ...]) -> list[Decorator]:
    return [
        click.option("--output", "output_", type=click.Choice(["text", "json", *formats]), default="text", help="How to print the answer."),
        click.option("--no-color", is_flag=True, help="No colours (NO_COLOR does the same)."),
        click.option("--quiet", "-q", is_flag=True, help="Say only what is wrong."),
        click.option("--verbose", "-v", is_flag=True, help="Say what is worth knowing as well."),
    ]  # fmt: skip


def _shown(values: dict[str, Any]) -> Shown:
    colours = not (values.pop("no_color") or os.environ.get("NO_COLOR"))
    return Shown(
        format=values.pop("output_"),
        colour=colours and sys.stdout.isatty(),
        colour_on_errors=colours and sys.stderr.isatty(),
        quiet=values.pop("quiet"),
        verbose=values.pop("verbose"),
    )


def _request(values: dict[str, Any], progress: Progress, *, needed: bool) -> Request | None:
    folder: Path | None = values.pop("project_")
    root = find_project(folder)
    request_values: dict[str, Any] = {
        "env": values.pop("env"),
        "select": values.pop("select"),
        "exclude": values.pop("exclude"),
        "vars": _variables(values.pop("vars_")),
        "cache": not values.pop("no_cache"),
    }
    if root is None:
        if not needed:
            return None
        where = f"in `{folder}`" if folder else "here or in any folder above"
        raise click.UsageError(f"There is no headgate.yml {where}. `headgate init DIR` makes a project.")
    return Request(root=root, environ=dict(os.environ), progress=progress, **request_values)


def _variables(words: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--vars takes NAME=VALUE, not {word!r}.")
        found[name] = value
    return found
