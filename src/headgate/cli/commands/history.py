"""`headgate history`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.options import Shown, common
from headgate.workflows.history import history
from headgate.workflows.request import Request
from headgate.workflows.results import HistoryEntry, HistoryResult


@click.command("history", short_help="Show what was done to the environment, and by whom.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many entries, at most."
)
@common()
def command(request: Request, shown: Shown, limit: int) -> int:
    """Show what was done to the environment, by whom and with what outcome, the newest first.

    With -v, each step.
    """
    return give(history(request, limit=limit), shown, _text)


def _text(result: HistoryResult, shown: Shown) -> str:
    if result.exit_code:
        return ""
    if not result.entries:
        return f"Nothing was done to `{result.environment}` yet.\n"
    more = "There is more: `--limit` shows it.\n" if result.truncated else ""
    return "".join(_entry(entry, shown.verbose) for entry in result.entries) + more


def _entry(entry: HistoryEntry, verbose: bool) -> str:
    outcome = "begun, and never ended" if entry.outcome == "begun" else entry.outcome
    words = [entry.at.replace("T", " ")[:19], entry.verb, outcome, f"{entry.who}@{entry.host}"]
    words += [f"generation {entry.generation}"] if entry.generation else []
    words += [f"commit {entry.commit[:10]}"] if entry.commit else []
    words += [f"plan {entry.plan[:10]}"] if entry.plan else []
    lines = ["  ".join(words)]
    lines += [f"    {entry.about}"] if entry.about else []
    lines += [f"    reason: {entry.reason}"] if entry.reason else []
    lines += [f"    + {name}" for name in entry.widened] + [f"    - {name}" for name in entry.narrowed]
    if entry.steps:
        lines += _steps(entry, verbose)
    return "\n".join(lines) + "\n"


def _steps(entry: HistoryEntry, verbose: bool) -> list[str]:
    if verbose:
        return [
            f"    {step.status:<8} {step.action:<8} {step.thing}"
            + (f": {step.message}" if step.message else "")
            for step in entry.steps
        ]
    counts: dict[str, int] = {}
    for step in entry.steps:
        counts[step.status] = counts.get(step.status, 0) + 1
    return ["    steps: " + ", ".join(f"{count} {status}" for status, count in counts.items())]
