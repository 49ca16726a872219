"""Changes as people read them before they say yes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import click

from headgate.cli.options import Shown
from headgate.workflows.results import ChangeRow, PlanResult

_SIGNS = {
    "create": "+",
    "update": "~",
    "restart": "~",
    "replace": "±",
    "delete": "-",
    "adopt": ">",
    "no-op": " ",
}


def changes(result: PlanResult, shown: Shown) -> str:
    """One line a change, with the fields that differ, then how many of which kind."""
    told = [c for c in result.changes if c.action != "no-op" or shown.verbose]
    lines = [line for change in told for line in _lines(change, result.applied)]
    counts = Counter(c.action for c in result.changes if c.action != "no-op")
    if not counts:
        lines.append("Nothing to change: everything is as declared.")
    else:
        said = ", ".join(f"{n} to {action}" for action, n in sorted(counts.items()))
        lines.append(f"{'Applied' if result.applied else 'Plan'}: {said}.")
    if result.digest and not result.applied:
        lines.append(f"Digest: {result.digest}")
    return "\n".join(lines) + "\n"


def _lines(change: ChangeRow, applied: bool) -> list[str]:
    status = f" [{change.status}]" if applied or change.status in ("failed", "skipped") else ""
    risk = "" if change.risk == "safe" else f" ({change.risk})"
    lines = [f"{_SIGNS.get(change.action, '?')} {change.kind} {change.name}{risk}: {change.reason}{status}"]
    lines += [f"    {name}: {_short(now)} -> {_short(then)}" for name, now, then in change.fields]
    if change.readers:
        lines.append(f"    read by {', '.join(change.readers)}")
    if change.message:
        lines.append(f"    {change.message}")
    return lines


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def confirm(auto_approve: bool) -> Callable[[str], bool]:
    """Asks on a terminal; without one only --auto-approve says yes."""

    def approve(text: str) -> bool:
        if auto_approve:
            return True
        if not click.get_text_stream("stdin").isatty():
            raise click.UsageError("There is no terminal to ask on: pass --auto-approve.")
        click.echo(text, err=True)
        return click.confirm("Apply these changes?", err=True)

    return approve
