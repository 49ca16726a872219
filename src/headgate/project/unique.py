"""Names are unique per kind across a project; a duplicate is said at both places."""

from __future__ import annotations

from typing import Any

from headgate.diagnostics import Diagnostic
from headgate.project import codes
from headgate.project.entries import LISTS, Entries, Entry

_WORDS = {"data_products": "data product", "unit_tests": "unit test"}


def unique_entries(entries: Entries, found: list[Diagnostic]) -> None:
    """Leave the first entry of each name in its list; say of the others that they are there too."""
    for key in LISTS:
        items: list[Entry[Any]] = getattr(entries, key)
        first: dict[str, Entry[Any]] = {}
        kept: list[Entry[Any]] = []
        for entry in items:
            name = entry.said.name
            known = first.setdefault(name, entry)
            if known is entry:
                kept.append(entry)
                continue
            word = _WORDS.get(key, key.removesuffix("s"))
            found.append(
                codes.DUPLICATE_NAME.at(entry.at("name").span(), f"a second {word} is called `{name}`")
                .note("the first is declared here", known.at("name").span())
                .with_help("rename or delete one of them")
            )
        items[:] = kept
