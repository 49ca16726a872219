"""A plan as people read it before they say yes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import ndiff
from itertools import groupby
from typing import Any

from headgate.workflows.results import ChangeRow

_SIGNS = {
    "create": "+",
    "update": "~",
    "restart": "~",
    "replace": "±",
    "delete": "-",
    "adopt": ">",
    "handed over": "=",
    "refresh": "*",
    "no-op": " ",
}
_PAST = {
    "create": "created",
    "update": "updated",
    "restart": "restarted",
    "replace": "replaced",
    "delete": "deleted",
    "adopt": "adopted",
    "refresh": "remembered",
}
_PHASES = {
    "take": "what is taken away, and stricter policies",
    "stop": "what stops",
    "store": "what is stored: topics, schemas, users",
    "protect": "the proxy's protection, and what it serves",
    "run": "jobs and connectors, and their own grants",
    "remove": "what is removed once nothing needs it",
    "give": "grants of readers and producers, and looser policies",
}
"""The order in which changes are made: nothing is shown before its protection."""
_UNTOUCHED = ("no-op", "handed over")
_GRAVE = ("loses data", "widens access")
_WIDTH = 60
_LINES = 12
_BEFORE = 12
"""So much of what two lines share is shown before they differ."""
MANY = 40
"""So many changes that landed are listed each; of more, how many."""


def plan_text(changes: Sequence[ChangeRow], *, applied: bool = False, verbose: bool = False) -> str:
    """A line a change with the fields that differ, then how many of which kind.

    What is still to be done has the gravest first; all else, and what was done, is in the order of its doing.
    """
    told = [c for c in changes if c.action not in _UNTOUCHED or verbose or _worth_telling(c)]
    lines = list(_applied(told, verbose) if applied else _planned(told))
    lines.append(_summary([c for c in changes if c.action not in _UNTOUCHED], applied))
    return "\n".join(lines) + "\n"


def _applied(changes: Sequence[ChangeRow], verbose: bool) -> Iterator[str]:
    """What became of each; of many that landed only how many of which kind, so that the rest is seen."""
    landed = [c for c in changes if c.status == "done"]
    counted = not verbose and len(landed) > MANY
    for change in changes:
        if not counted or change.status != "done":
            yield from _lines(change, applied=True)
    if counted:
        for (kind, action), count in sorted(Counter((c.kind, c.action) for c in landed).items()):
            yield f"{_SIGNS.get(action, '?')} {count} of kind {kind} {_PAST.get(action, action)}"


def _worth_telling(change: ChangeRow) -> bool:
    """Whether something that is not touched is worth a line: another tool's that is not as declared."""
    return change.action == "handed over" and (bool(change.fields) or "not there" in change.reason)


def _planned(changes: Sequence[ChangeRow]) -> Iterator[str]:
    """What cannot be taken back, the worst first; the rest by when it is made; last what waits to be asked for."""
    moving = [c for c in changes if c.status != "waiting"]
    grave = sorted((c for c in moving if c.risk in _GRAVE), key=lambda c: _GRAVE.index(c.risk))
    rest = [c for c in moving if c.risk not in _GRAVE]
    for change in grave:
        yield from _lines(change, applied=False)
    several = len({c.phase for c in rest}) > 1
    for phase, group in groupby(rest, lambda c: c.phase):
        yield from _under(_PHASES.get(phase, "") if several else "", group)
    for message, group in groupby((c for c in changes if c.status == "waiting"), lambda c: c.message):
        yield from _under(message, (replace(c, message="") for c in group))


def _under(heading: str, changes: Iterable[ChangeRow]) -> Iterator[str]:
    if heading:
        yield f"{heading}:"
    for change in changes:
        yield from (f"  {line}" if heading else line for line in _lines(change, applied=False))


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
        if outcomes["failed"] or outcomes["skipped"]:
            said += "; what landed stays, and `headgate apply` makes the rest"
    return said + (f"; {waiting} to go once `apply --allow-destroy` asks for it." if waiting else ".")


def _lines(change: ChangeRow, applied: bool) -> list[str]:
    status = f" [{change.status}]" if applied or change.status == "waiting" else ""
    risk = "" if change.risk == "safe" else f" ({change.risk})"
    sign = _SIGNS.get(change.action, "?")
    lines = [f"{sign} {change.kind} {change.name}{risk}: {change.reason}{status}"]
    lines += [f"    {line}" for name, now, then in change.fields for line in _differences(name, now, then)]
    if change.readers and change.action != "create":
        lines.append(f"    read by {', '.join(change.readers)}")
    if change.cost and not applied:
        lines.append(f"    {change.cost}")
    if change.message:
        lines.append(f"    {change.message}")
    return lines


def _differences(name: str, now: Any, then: Any) -> Iterator[str]:
    """What differs between two values: of maps and lists of named things the parts that do, of texts the lines."""
    now, then = _by_name(now), _by_name(then)
    if isinstance(now, Mapping) and isinstance(then, Mapping):
        for key in dict.fromkeys((*now, *then)):
            if now.get(key) != then.get(key):
                yield from _differences(f"{name}.{key}", now.get(key), then.get(key))
    elif (old := _lined(now)) is not None and (new := _lined(then)) is not None and len(old) + len(new) > 2:
        changed = [line for line in ndiff(old, new) if line[:2] in ("- ", "+ ")]
        yield f"{name}:"
        yield from (f"  {line}" for line in _telling(changed[:_LINES]))
        if len(changed) > _LINES:
            yield f"  … and {len(changed) - _LINES} more lines"
    else:
        yield f"{name}: {_short(now)} -> {_short(then)}"


def _telling(changed: Sequence[str]) -> Iterator[str]:
    """Lines of a comparison, cut to a width; one that was another begins where the two begin to differ."""
    for before, line, after in zip(("", *changed), changed, (*changed[1:], ""), strict=False):
        twin = after if line[0] == "-" and after[:1] == "+" else before
        same = _shared(line[2:], twin[2:]) if {line[0], twin[:1]} == {"-", "+"} else 0
        begin = max(0, same - _BEFORE) if len(line) > _WIDTH else 0
        yield line[:2] + _short(("…" if begin else "") + line[2 + begin :])


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with together."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _lined(value: Any) -> list[str] | None:
    """The lines of a text, or of a list of texts; None of anything else."""
    if isinstance(value, str):
        return value.splitlines()
    texts = isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
    return list(value) if texts else None


def _by_name(value: Any) -> Any:
    """A list of named things as a map of them."""
    if (
        isinstance(value, (list, tuple))
        and value
        and all(isinstance(v, Mapping) and "name" in v for v in value)
    ):
        return {str(item["name"]): item for item in value}
    return value


def _short(value: object) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
