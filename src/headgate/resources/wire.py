"""How the records of a stream stand in its topic: what reads and writes them is told no more than this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A stream as its topic holds it.

    `columns` are those that a record's value carries, as (name, Flink type), in their order; `metadata` maps a column to
    what of the record it shows (timestamp, partition, offset, headers). `format` is json, avro or protobuf, `key_format` raw,
    json, avro or "" (null keys). `schema` and `key_schema` are what this project would register, None where the format
    has none. `upserts`: the last record of a key is its row, and one without a value deletes it. `iso`: times in JSON
    are spelt as ISO 8601 has them, else as SQL does.
    """

    cluster: str
    topic: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...] = ()
    format: str = "json"
    key_format: str = ""
    upserts: bool = False
    iso: bool = False
    subject: str = ""
    schema: Mapping[str, Any] | None = None
    key_subject: str = ""
    key_schema: Mapping[str, Any] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    event_time: str = ""
