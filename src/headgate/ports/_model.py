"""What the back half promises, as protocols and the values they exchange."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from headgate.resources import Resource, ResourceId
from headgate.resources.embedded import EngineQuery


class Action(StrEnum):
    """What a change does."""

    CREATE = "create"
    UPDATE = "update"
    RESTART = "restart"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    HANDED_OVER = "handed over"
    NO_OP = "no-op"


@dataclass(frozen=True, slots=True)
class Observed:
    """A thing as it is: its fields in the shape of the desired ones; None where it is not there."""

    id: ResourceId
    fields: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Change:
    """One step a provider is asked to carry out. `desired` is None for a delete."""

    action: Action
    id: ResourceId
    desired: Resource | None


class TemporaryFailure(Exception):
    """The system could not do it now; the same call may succeed later."""


class PermanentFailure(Exception):
    """The system will not do it; asking again changes nothing."""


class Provider(Protocol):
    """A live system: looks at things, and makes one change at a time. Every change is idempotent."""

    kinds: tuple[str, ...]

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]: ...

    def carry_out(self, change: Change) -> None: ...

    def close(self) -> None: ...


class StateStore(Protocol):
    """What we own and last applied: one record per resource, and the steps that were begun and not yet recorded.

    `generation` grows with every apply that changes something; a saved plan names the one it was made from.
    """

    @property
    def generation(self) -> int: ...

    def read(self) -> dict[ResourceId, Resource]: ...

    def intents(self) -> tuple[ResourceId, ...]: ...

    def begin(self) -> None: ...

    def intend(self, resource: ResourceId) -> None: ...

    def write(self, resource: Resource) -> None: ...

    def forget(self, resource: ResourceId) -> None: ...


class Clock(Protocol):
    """The time, where a verb needs one."""

    def now(self) -> dt.datetime: ...


class SecretSource(Protocol):
    """Resolves `env_var` and `secret` references of environment files."""

    def resolve(self, reference: str) -> str: ...


@dataclass(frozen=True, slots=True)
class EngineInput:
    """An input of a query: rows given in line, or None for the engine's own table of that relation.

    `columns` are (name, Flink type) pairs. A row is its columns, plus optional `_timestamp`, `_op`, `_key`, `_partition`.
    """

    relation: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[Mapping[str, Any], ...] | None = None
    event_time: str = ""
    delay_ms: int = 0
    mode: str = "append"
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LateRow:
    """Late rows of one operator: how many, and one of them."""

    operator: str
    count: int
    example: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class EngineResult:
    """What a query answered. `approximate` names operators that late rows reached and that are not exact then."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    late: tuple[LateRow, ...] = ()
    approximate: tuple[str, ...] = ()
    truncated: bool = False
    count: int = 0
    """How many rows there are, with those that a limit cut off."""
    open_windows: int = 0
    """How many windows the watermark has not closed, whose rows are therefore missing."""


@dataclass(frozen=True, slots=True)
class FeedResult:
    """What feeding a stream brought: rows in, rejected ones with their reasons, and whether rows were generated."""

    relation: str
    rows: int
    malformed: int
    generated: bool
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """The form in which a column is to be shown: "clear", "redact", "hash", "tokenization", "partial", "nullify",
    "encrypted", with what that form needs."""

    column: str
    form: str
    domain: str = ""
    keep_first: int = 0
    keep_last: int = 4
    key: str = ""


class Engine(Protocol):
    """Runs queries over bounded inputs, as Flink would have answered when their watermark has passed the end."""

    def run(
        self, query: EngineQuery, inputs: Iterable[EngineInput], *, limit: int | None = None
    ) -> EngineResult: ...

    def close(self) -> None: ...
