"""The options that verbs share, and the request they make."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from headgate.cli.progress import progress_to
from headgate.workflows.request import Request

Format = Literal["text", "json", "concise", "github", "sarif", "junit", "markdown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """How the answer is to be shown."""

    format: Format
    colour: bool
    quiet: bool
    verbose: bool


def common(*formats: str, project: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds the shared options; the command gets `request` and `shown` in place of them.

    `formats` are outputs beside text and json. Without `project`, `request` may be None: no project was found.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def command(**values: Any) -> Any:
            shown = _shown(values)
            request = _request(values, shown, needed=project)
            return function(request=request, shown=shown, **values)

        for option in reversed(_options(formats)):
            command = option(command)
        return command

    return decorate


def _options(formats: tuple[str, ...]) -> list[Callable[[Any], Any]]:
    return [
        click.option("--project", "project_", metavar="DIR", type=click.Path(path_type=Path), help="The project's folder (default: the nearest headgate.yml upwards)."),
        click.option("--env", metavar="NAME", envvar="HEADGATE_ENV", help="The environment (default: the one with `default: true`, else embedded)."),
        click.option("--output", "output_", type=click.Choice(["text", "json", *formats]), default="text", help="How to print the answer."),
        click.option("--select", "-s", multiple=True, metavar="WHAT", help="Only these nodes, in dbt's selection language."),
        click.option("--exclude", multiple=True, metavar="WHAT", help="Without these nodes."),
        click.option("--vars", "vars_", multiple=True, metavar="K=V", help="A variable, over the project's and the environment's."),
        click.option("--no-color", is_flag=True, help="No colours (NO_COLOR does the same)."),
        click.option("--quiet", "-q", is_flag=True, help="Say only what is wrong."),
        click.option("--verbose", "-v", is_flag=True, help="Say what is worth knowing as well."),
        click.option("--no-cache", is_flag=True, help="Work everything out anew."),
    ]  # fmt: skip


def _shown(values: dict[str, Any]) -> Shown:
    no_colour = values.pop("no_color") or bool(os.environ.get("NO_COLOR"))
    return Shown(
        format=values.pop("output_"),
        colour=not no_colour and sys.stdout.isatty(),
        quiet=values.pop("quiet"),
        verbose=values.pop("verbose"),
    )


def _request(values: dict[str, Any], shown: Shown, *, needed: bool) -> Request | None:
    folder: Path | None = values.pop("project_")
    root = _find_project(folder)
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
        where = f"in {folder}" if folder else "here or in any folder above"
        raise click.UsageError(f"There is no headgate.yml {where}. `headgate init DIR` makes a project.")
    return Request(root=root, environ=dict(os.environ), progress=progress_to(shown.quiet), **request_values)


def _find_project(folder: Path | None) -> Path | None:
    if folder is not None:
        return folder if (folder / "headgate.yml").is_file() else None
    here = Path.cwd()
    return next((p for p in (here, *here.parents) if (p / "headgate.yml").is_file()), None)


def _variables(words: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--vars takes NAME=VALUE, not {word!r}.")
        found[name] = value
    return found
