"""Names are unique per kind across a project; a duplicate is said at both places."""

from __future__ import annotations

import re
from typing import Any

from headgate.diagnostics import Diagnostic
from headgate.project import codes
from headgate.project.entries import LISTS, Entries, Entry

_IN_SQL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_IN_ADDRESSES = re.compile(r"[^.\s]+")
_WORDS = {"data_products": "data product", "unit_tests": "unit test"}


def unique_entries(entries: Entries, found: list[Diagnostic]) -> None:
    """Leave the first entry of each name in its list; say of the others that they are there too.

    Names that cannot stand where they are used are said as well.
    """
    for key in LISTS:
        items: list[Entry[Any]] = getattr(entries, key)
        first: dict[str, Entry[Any]] = {}
        kept: list[Entry[Any]] = []
        for entry in items:
            name = entry.said.name
            fault = _bad_name(key, name)
            if fault is not None:
                word, mend = fault
                finding = codes.BAD_NAME.at(entry.at("name").span(), f"`{name}` is no name for a {word}")
                found.append(finding.with_help(mend))
            known = first.setdefault(name, entry)
            if known is entry:
                kept.append(entry)
                continue
            word = _word(key)
            found.append(
                codes.DUPLICATE_NAME.at(entry.at("name").span(), f"a second {word} is called `{name}`")
                .note("the first is declared here", known.at("name").span())
                .with_help("rename or delete one of them")
            )
        items[:] = kept


def _word(key: str) -> str:
    return _WORDS.get(key, key.removesuffix("s"))


def _bad_name(key: str, name: str) -> tuple[str, str] | None:
    """What the name is meant for and how to mend it, where it cannot be used."""
    if key in ("sources", "models"):
        if _IN_SQL.fullmatch(name):
            return None
        return (
            "stream",
            "begin with a letter; then letters, digits and `_`. Its topic may be called otherwise: `topic:`",
        )
    if _IN_ADDRESSES.fullmatch(name):
        return None
    return _word(key), "leave dots and white space out; it is part of addresses"
