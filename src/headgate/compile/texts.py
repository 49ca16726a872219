"""Values as files that people read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import yaml

# libyaml writes the same bytes some ten times faster; not every build of PyYAML has it.
_FASTEST: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Readable(_FASTEST):  # type: ignore[misc, valid-type] # one of two known classes
    """YAML with a line for everything but lists of plain values."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.Node:
    plain = all(isinstance(item, (str, int, float)) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=plain)


class Lines(str):
    """A text of several lines, which stands in YAML as it is."""


def _lines(dumper: yaml.SafeDumper, text: Lines) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")


_Readable.add_representer(list, _list)
_Readable.add_representer(Lines, _lines)


def file_name(name: str) -> str:
    """A name of something as that of a file: what could lead elsewhere, or not be written, is escaped.

    >>> file_name("payments.events-value"), file_name("../a b")
    ('payments.events-value', '%2E.%2Fa%20b')
    """
    return re.sub(r"^\.|[^\w.-]", lambda m: f"%{ord(m[0]):02X}", name)


def as_json(value: Any) -> str:
    """JSON that a person reads, in the order given."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def as_yaml(documents: Iterable[Mapping[str, Any]]) -> str:
    """YAML documents, keys in the order given."""
    plain = msgspec.to_builtins(list(documents), builtin_types=(Lines,))
    text: str = yaml.dump_all(plain, Dumper=_Readable, sort_keys=False, allow_unicode=True, width=110)
    return text
