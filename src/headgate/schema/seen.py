"""What a registered schema tells of a stream's columns: what can be read of it, and what cannot and why."""

from __future__ import annotations

from dataclasses import dataclass

from headgate.schema.types import DataType


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column that Flink reads as this type. `remark` says in one line what the type alone does not."""

    name: str
    type: DataType
    doc: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class SeenColumns:
    """The columns that can be read, and of the others the names with the reasons."""

    columns: tuple[SeenColumn, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


class NoColumns(ValueError):
    """A schema that has no columns at all; the message says what it is instead."""
