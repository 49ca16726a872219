"""The files of an import: which are its own, and what is written where.

A file that an import wrote says so in its first line, with a digest of the rest. As long as that fits it is the import's own:
the next one writes it anew, or removes it where nothing is left for it. A file that somebody changed is theirs from then on;
what is new is then written beside it, into a file with a number.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from headgate.workflows.importing.declared import Declared

_LISTS = ("roles", "sources", "models", "exposures")
_HEAD = re.compile(r"# Written by `headgate import` for `([^`\n]*)`, digest ([0-9a-f]{16})\.[^\n]*\n")


@dataclass(frozen=True, slots=True)
class Files:
    """What an import does to files, by their names from the project's folder."""

    written: Mapping[str, str] = field(default_factory=dict)
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def owned_by(texts: Mapping[str, str], folder: str, environment: str) -> frozenset[str]:
    """The files below a folder that an import for the environment wrote and nobody has changed."""
    return frozenset(
        name
        for name, text in texts.items()
        if name.startswith(folder)
        and (said := _HEAD.match(text)) is not None
        and said[1] == environment
        and said[2] == _digest(text[said.end() :])
    )


def laid_out(
    declared: Sequence[Declared],
    texts: Mapping[str, str],
    owned: Iterable[str],
    folder: str,
    environment: str,
    remarks: Mapping[str, Sequence[str]],
) -> Files:
    """Every declaration in a file of the import's own; `remarks` are lines for people, by the file's name without its end."""
    own = set(owned)
    by_file: dict[str, list[Declared]] = {}
    for one in declared:
        by_file.setdefault(one.file, []).append(one)
    wanted = {
        _free(f"{folder}{name}", texts, own): _text(some, remarks.get(name, ()), environment)
        for name, some in sorted(by_file.items())
    }
    return Files(
        written={name: text for name, text in wanted.items() if texts.get(name) != text},
        unchanged=tuple(name for name, text in wanted.items() if texts.get(name) == text),
        removed=tuple(sorted(own - set(wanted))),
    )


def _free(stem: str, texts: Mapping[str, str], own: set[str]) -> str:
    """The first name for a file that nobody else has."""
    number = 1
    while True:
        name = f"{stem}.yml" if number == 1 else f"{stem}_{number}.yml"
        if name not in texts or name in own:
            return name
        number += 1


def _text(declared: Sequence[Declared], remarks: Sequence[str], environment: str) -> str:
    body = "\n".join(_body(declared, remarks)) + "\n"
    head = f"# Written by `headgate import` for `{environment}`, digest {_digest(body)}. Change it and it is yours.\n"
    return head + body


def _body(declared: Sequence[Declared], remarks: Sequence[str]) -> Iterator[str]:
    yield from (f"# {remark}" for remark in remarks)
    for list_ in _LISTS:
        some = [one for one in declared if one.ref.list == list_]
        if some:
            yield f"{list_}:"
        for one in some:
            yield from one.lines


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
