"""What of a sink's own settings counts in the graph of permissions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from headgate.project.declarations import Stream

KEY_SETTINGS = ("key_columns", "primary.key.fields", "pk.fields")
"""Settings in which connectors say the columns that identify a row where they write it."""


def sink_key(stream: Stream) -> tuple[str, ...]:
    """The columns that a sink uses as a key on the other side; they are keys like those of a topic."""
    if stream.sink is None:
        return ()
    said = (stream.sink.config.get(name) for name in KEY_SETTINGS)
    return tuple(dict.fromkeys(name for value in said for name in _names(value)))


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (part.strip() for part in value.split(",") if part.strip())
    elif isinstance(value, (list, tuple)):
        yield from (name for name in value if isinstance(name, str))
