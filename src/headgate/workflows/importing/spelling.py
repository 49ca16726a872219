"""Words of other systems as names and as YAML that people read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_NOT_PLAIN = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_COMMON_NAME = re.compile(r"(?:^|,)\s*CN=([^,]+)", re.IGNORECASE)
_TEMPLATE = ("{{", "{%", "{#")


def name_of(word: str) -> str:
    """The name that a topic's, a group's or a connector's own name becomes: lower case, and every run of other characters
    than letters and digits one `_`.

    >>> name_of("Payments.events-v1"), name_of("2nd"), name_of("__x")
    ('payments_events_v1', 'x_2nd', 'x')
    """
    name = re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_") or "x"
    return name if name[0].isalpha() else f"x_{name}"


def principal_name(principal: str) -> str:
    """The name of whoever authenticates as a principal: of a distinguished name the common name.

    >>> principal_name("User:fraud-scoring"), principal_name("User:CN=Fraud,OU=Prod"), principal_name("User:*")
    ('fraud_scoring', 'fraud', 'everybody')
    """
    word = principal.partition(":")[2] or principal
    if word == "*":
        return "everybody"
    common = _COMMON_NAME.search(word)
    return name_of(common[1] if common else word)


def unique(wanted: Mapping[Any, str], taken: Iterable[str], kept: Mapping[Any, str]) -> dict[Any, str]:
    """A name of its own for each thing: the one it had (`kept`), else the wanted one, else that with a number.

    Who comes first in order gets the bare name. A name that is `taken` is nobody's.
    """
    names = {thing: kept[thing] for thing in wanted if thing in kept}
    used = {*taken, *names.values()}
    for thing in sorted(set(wanted) - set(names)):
        name, number = wanted[thing], 1
        while name in used:
            number += 1
            name = f"{wanted[thing]}_{number}"
        names[thing] = name
        used.add(name)
    return names


def scalar(value: object) -> str:
    """A value as a YAML scalar that every reader takes for the same; texts are quoted where they could be something else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_PLAIN:
        return text
    return '"' + "".join(map(_character, text)) + '"'


def _character(one: str) -> str:
    if one in '"\\':
        return f"\\{one}"
    if one.isprintable():
        return one
    code = ord(one)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def flow(value: object) -> str:
    """A value on one line: maps and lists in their flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def one_line(text: str) -> str:
    """A text of somebody else's, on one line and without what does not print."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def is_template(text: str) -> bool:
    """Whether a text would be taken for a template, where the format renders or refuses them."""
    return any(mark in text for mark in _TEMPLATE)


def comment(text: str) -> str:
    """A line for people."""
    return f"# {one_line(text)}"


def item(lines: Iterable[str]) -> list[str]:
    """An entry of a list, from its keys; comments before the first key stand above it."""
    found: list[str] = []
    begun = False
    for line in lines:
        first = not begun and not line.startswith("#")
        found.append(f"  {'- ' if first else '  '}{line}")
        begun = begun or first
    return found
