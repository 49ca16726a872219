"""Changes as people read them, and the question before they are made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import click

from headgate.cli.colours import OF_CHANGES, coloured
from headgate.cli.options import Shown
from headgate.plan.plan import STARTS
from headgate.workflows.plan_text import plan_text
from headgate.workflows.request import Request
from headgate.workflows.results import PlanResult


def changes(result: PlanResult, shown: Shown) -> str:
    """What is to change or was changed; nothing where the verb was refused before it came to that."""
    if result.declined:
        return "Nothing was changed.\n"
    if result.exit_code and not result.changes:
        return ""
    text = plan_text(result.changes, applied=result.applied, verbose=shown.verbose)
    if result.digest and not result.applied:
        text += f"Digest: {result.digest}\n"
    return coloured(text, OF_CHANGES) if shown.colour else text


def confirm(auto_approve: bool, question: str = "Apply these changes?") -> Callable[[str], bool]:
    """Asks on a terminal; without one only --auto-approve says yes."""

    def approve(text: str) -> bool:
        if auto_approve:
            return True
        if not sys.stdin.isatty():
            raise click.UsageError("There is no terminal to ask on: pass --auto-approve.")
        click.echo(text, err=True)
        return click.confirm(question, err=True)

    return approve


def confirm_by_name(said: str | None) -> Callable[[str, str], bool]:
    """Asks for the environment's name on a terminal; --confirm says it where there is none. --auto-approve never does."""

    def confirmed(text: str, name: str) -> bool:
        if said is not None:
            if said != name:
                raise click.UsageError(f"--confirm says {said!r}, and the environment is {name!r}.")
            return True
        if not sys.stdin.isatty():
            raise click.UsageError(
                f"This widens access or loses data in {name!r}, and there is no terminal to ask on:"
                f" pass --confirm {name}."
            )
        click.echo(text, err=True)
        click.echo("What widens access or loses data cannot be taken back.", err=True)
        answer: str = click.prompt(f"Type the environment's name ({name}) to apply", default="", err=True)
        return answer == name

    return confirmed


def asking(request: Request, auto_approve: bool, confirm_name: str | None) -> Request:
    """The request, with the questions that a person is asked before something is changed."""
    approve, confirmed = confirm(auto_approve), confirm_by_name(confirm_name)

    def by_yes(text: str) -> bool:
        request.progress.over()
        return approve(text)

    def by_name(text: str, name: str) -> bool:
        request.progress.over()
        return confirmed(text, name)

    return replace(request, approve=by_yes, confirm=by_name)


def on_state(words: Sequence[str]) -> dict[str, str]:
    """How jobs begin whose state is lost, by model or "" for all: `rebuild`, `orders=from-now`."""
    found: dict[str, str] = {}
    for word in words:
        model, _, choice = word.rpartition("=")
        if choice not in STARTS:
            raise click.UsageError(
                f"--on-state takes {', '.join(STARTS)}, or MODEL= before it, not {word!r}."
            )
        found[model] = choice
    return found


def not_built_yet(*names: str, value: bool = False) -> Callable[[Any], Any]:
    """Adds options that are known and refused by name, so that nobody believes them to be in force."""

    def refuse(ctx: click.Context, parameter: click.Parameter, said: object) -> None:
        if said:
            raise click.UsageError(f"`{parameter.opts[0]}` is not built yet.", ctx)

    def decorate(command: Any) -> Any:
        for name in names:
            command = click.option(
                name, is_flag=not value, hidden=True, expose_value=False, is_eager=True, callback=refuse
            )(command)
        return command

    return decorate
