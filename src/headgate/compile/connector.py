"""What a connector type is: the class behind it, the friendly keys it has, and what it cannot do by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

TRANSFORMS = "transforms"
CONNECTS_OWN = frozenset({TRANSFORMS, "predicates"})
"""Keys without a dot that Connect itself takes, whatever the connector (Kafka docs, "Transformations")."""


class Kind(Enum):
    """What a setting takes."""

    TEXT = "a text"
    NUMBER = "a whole number"
    FLAG = "true or false"
    NAMES = "a list of names"


@dataclass(frozen=True, slots=True)
class Setting:
    """A friendly key: the connector's own key it becomes ("" where we serve it another way), and what it takes.

    `scale` multiplies numbers (seconds to milliseconds). `choices` are upper-case spellings, "" where any text goes.
    `values` maps a choice to what the connector calls it.
    """

    key: str
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    scale: int = 1
    required: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """Something a connector cannot do that is done another way: a sentence for people, and a file where it needs one."""

    told: str
    setting: str
    suffix: str = ""
    """The end of that file's name, behind the connector's."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sink:
    """What a connector type may ask about the sink it is for.

    `bare_key` is the column whose bare value the record's key is, "" where the key is a record or there is none.
    """

    name: str
    connector: str
    topic: str
    key: tuple[str, ...]
    bare_key: str
    columns: tuple[tuple[str, str], ...]
    upserts: bool
    config: Mapping[str, Any]

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell rows apart: those that it says, else those of the records' key."""
        said = self.config.get("key_columns") or self.key
        return tuple(str(one).strip() for one in (said.split(",") if isinstance(said, str) else said))

    @property
    def insert_mode(self) -> str:
        """INSERT, UPSERT, …, as it says; "" where it does not."""
        return str(self.config.get("insert_mode", "")).upper()


def key_faults(sink: Sink) -> tuple[tuple[str, str, str], ...]:
    """Columns to tell rows apart by that the sink's input does not have, and rows that are to be upserted by none."""
    names = {name for name, _ in sink.columns}
    found = [
        ("key_columns", f"the sink's input has no column `{one}`", f"it has {', '.join(sorted(names))}")
        for one in sink.keys
        if names and one not in names and sink.config.get("key_columns")
    ]
    if sink.insert_mode == "UPSERT" and not sink.keys:
        found.append(("insert_mode", "UPSERT needs to know which record is which", "say `key_columns`"))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class ConnectorType:
    """A kind of sink.

    `fixed` is always set. `served` says what of a sink's settings is done beside the connector; `faults` what does not go
    together, as (setting, message, help). `typed` says that it needs records whose columns have types. `stand_in`, where the
    local stack has not its system, gives the settings of a `jdbc` sink that leaves the same rows.
    """

    name: str
    connector_class: str
    settings: Mapping[str, Setting]
    fixed: Mapping[str, str] = field(default_factory=dict)
    derived: Callable[[Sink], Mapping[str, str]] = lambda _: {}
    served: Callable[[Sink], tuple[Served, ...]] = lambda _: ()
    faults: Callable[[Sink], tuple[tuple[str, str, str], ...]] = lambda _: ()
    typed: bool = False
    stand_in: Callable[[Sink], Mapping[str, Any]] | None = None
