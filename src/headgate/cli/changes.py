"""Changes as people read them, and the question before they are made."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from headgate.cli.options import Shown
from headgate.workflows.plan_text import plan_text
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
    return text


def confirm(auto_approve: bool) -> Callable[[str], bool]:
    """Asks on a terminal; without one only --auto-approve says yes."""

    def approve(text: str) -> bool:
        if auto_approve:
            return True
        if not sys.stdin.isatty():
            raise click.UsageError("There is no terminal to ask on: pass --auto-approve.")
        click.echo(text, err=True)
        return click.confirm("Apply these changes?", err=True)

    return approve


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
