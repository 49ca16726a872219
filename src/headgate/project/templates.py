"""`{{` where nothing renders it is an error: a template that stays text would become part of a name or a setting."""

from __future__ import annotations

from typing import Any

from headgate.diagnostics import Diagnostic
from headgate.syntax import Document, Place
from headgate.syntax import codes as syntax_codes

_RENDERED = frozenset({"sql", "topic", "description", "subject", "group", "owner"})
_NEVER_READ = frozenset({"meta", "rows"})


def check_templates(document: Document, found: list[Diagnostic]) -> None:
    """Find templates where the format renders none. Those of a sink's `config` are looked at with the sink."""
    if not document.templated:
        return
    waiting: list[tuple[Any, Place]] = [(document.value, document.place())]
    while waiting:
        value, place = waiting.pop()
        if isinstance(value, str):
            if "{{" in value and not _rendered(place):
                finding = syntax_codes.TEMPLATE_ELSEWHERE.at(place.span(), "nothing renders `{{` here")
                found.append(finding.with_help(_mend(value)))
        elif isinstance(value, dict):
            if len(place.path) > 2 and place.path[-2:] == ("sink", "config"):
                continue
            waiting += [(v, place.at(k)) for k, v in value.items() if k not in _NEVER_READ]
        elif isinstance(value, list):
            waiting += [(v, place.at(i)) for i, v in enumerate(value)]


def _rendered(place: Place) -> bool:
    return bool(place.path) and place.path[-1] in _RENDERED


def _mend(value: str) -> str:
    if "ref(" in value or "source(" in value:
        return 'write the bare call: `ref("name")`'
    return "write the value itself; templates stand in SQL, `topic`, `description`, `group` and `owner`"
