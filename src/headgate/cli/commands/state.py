"""`headgate state`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace

import click

from headgate.cli.answers import give
from headgate.cli.changes import confirm
from headgate.cli.options import Shown, common
from headgate.cli.tables import table
from headgate.workflows.request import Request
from headgate.workflows.results import StateResult
from headgate.workflows.state import ls, pull, push, rm, unlock

TAKES = {"ls": "nothing", "pull": "nothing", "push": "FILE", "rm": "THING...", "unlock": "ID"}


@click.command("state", short_help="Look at what is known to be ours, or put it right by hand.")
@click.argument("action", type=click.Choice(list(TAKES)))
@click.argument("what", nargs=-1)
@click.option("--force", is_flag=True, help="With `push`: even what is older, or another project's.")
@click.option("--auto-approve", is_flag=True, help="With `rm`: do not ask.")
@common()
def command(
    request: Request, shown: Shown, action: str, what: tuple[str, ...], force: bool, auto_approve: bool
) -> int:
    """Look at what is known to be ours in the environment, or put it right by hand.

    `ls` lists it, and who holds the lock. `pull` prints the whole state as one document. `push FILE` puts such a document
    in its place (`-` reads standard input). `rm THING...` forgets things, by `kind/name` as `ls` shows them or by
    declaration; they stay as they are in their systems. `unlock ID` takes the lock away from a holder that is gone for good.
    """
    _check(action, what, force=force, auto_approve=auto_approve)
    actions: dict[str, Callable[[], StateResult]] = {
        "ls": lambda: ls(request),
        "pull": lambda: pull(request),
        "push": lambda: push(request, _text_of(what[0]), force=force),
        "rm": lambda: rm(replace(request, approve=confirm(auto_approve, "Forget these things?")), what),
        "unlock": lambda: unlock(request, what[0]),
    }
    return give(actions[action](), shown, _text)


def _check(action: str, what: tuple[str, ...], *, force: bool, auto_approve: bool) -> None:
    most = {"nothing": 0, "THING...": len(what)}.get(TAKES[action], 1)
    if len(what) > most or (TAKES[action] != "nothing" and not what):
        raise click.UsageError(f"`headgate state {action}` takes {TAKES[action]}.")
    if force and action != "push":
        raise click.UsageError("--force goes with `headgate state push`.")
    if auto_approve and action != "rm":
        raise click.UsageError("--auto-approve goes with `headgate state rm`.")


def _text_of(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.read()
        with open(file, encoding="utf-8") as document:
            return document.read()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise click.UsageError(f"{file} cannot be read: {why}.") from None


def _text(result: StateResult, shown: Shown) -> str:
    if result.exit_code and not result.declined:
        return ""
    match result.action:
        case "pull":
            return json.dumps(result.document, indent=2, ensure_ascii=False) + "\n"
        case "ls":
            return _listed(result)
        case "unlock":
            return f"The lock is nobody's now; it was held by {result.changed[0]}.\n"
        case "rm":
            forgotten = "".join(f"- {name}\n" for name in result.changed)
            return f"Forgotten:\n{forgotten}" if forgotten else "Nothing was forgotten.\n"
    return f"The state is what was pushed, as generation {result.generation}.\n"


def _listed(result: StateResult) -> str:
    rows = [
        (f"{row.kind}/{row.name}", row.address, "begun, not recorded" if row.begun else "")
        for row in result.things
    ]
    held = f"Held by {result.holder}; its id is {result.lock}.\n" if result.lock else ""
    things = table(("thing", "declaration", ""), rows, widest=100) if rows else "Nothing is ours.\n"
    return f"Generation {result.generation}.\n{held}{things}"
