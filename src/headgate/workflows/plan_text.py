"""A plan as people read it before they say yes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from headgate.workflows.results import ChangeRow

_SIGNS = {
    "create": "+",
    "update": "~",
    "restart": "~",
    "replace": "±",
    "delete": "-",
    "adopt": ">",
    "no-op": " ",
}
_PAST = {
    "create": "created",
    "update": "updated",
    "restart": "restarted",
    "replace": "replaced",
    "delete": "deleted",
    "adopt": "adopted",
}
_GRAVE = ("loses data", "widens access")
_WIDTH = 60


def plan_text(changes: Sequence[ChangeRow], *, applied: bool = False, verbose: bool = False) -> str:
    """A line a change with the fields that differ, then how many of which kind.

    What is still to be done has the gravest first, what was done is in the order of its doing.
    """
    told = [c for c in changes if c.action != "no-op" or verbose]
    if not applied:
        told.sort(key=lambda c: _GRAVE.index(c.risk) if c.risk in _GRAVE else len(_GRAVE))
    lines = [line for change in told for line in _lines(change, applied)]
    lines.append(_summary([c for c in told if c.action != "no-op"], applied))
    return "\n".join(lines) + "\n"


def _summary(changes: Sequence[ChangeRow], applied: bool) -> str:
    moving = [c for c in changes if c.status != "waiting"]
    waiting = len(changes) - len(moving)
    if not moving:
        said = "Nothing to change: everything is as declared"
    elif not applied:
        counts = Counter(c.action for c in moving)
        said = "Plan: " + ", ".join(f"{n} to {action}" for action, n in sorted(counts.items()))
    else:
        outcomes = Counter(_PAST[c.action] if c.status == "done" else c.status for c in moving)
        said = "Applied: " + ", ".join(f"{n} {what}" for what, n in sorted(outcomes.items()))
    return said + (f"; {waiting} to go once `apply --allow-destroy` asks for it." if waiting else ".")


def _lines(change: ChangeRow, applied: bool) -> list[str]:
    status = f" [{change.status}]" if applied or change.status == "waiting" else ""
    risk = "" if change.risk == "safe" else f" ({change.risk})"
    sign = _SIGNS.get(change.action, "?")
    lines = [f"{sign} {change.kind} {change.name}{risk}: {change.reason}{status}"]
    lines += [f"    {name}: {_short(now)} -> {_short(then)}" for name, now, then in change.fields]
    if change.readers and change.action != "create":
        lines.append(f"    read by {', '.join(change.readers)}")
    if change.message:
        lines.append(f"    {change.message}")
    return lines


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
