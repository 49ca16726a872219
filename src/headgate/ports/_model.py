"""What the back half promises, as protocols and the values they exchange."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from headgate.resources import Resource, ResourceId
from headgate.resources.embedded import EngineQuery


class Action(StrEnum):
    """What a change does. `HANDED_OVER` is another tool's to make, `REFRESH` changes what is remembered alone."""

    CREATE = "create"
    UPDATE = "update"
    RESTART = "restart"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    HANDED_OVER = "handed over"
    REFRESH = "refresh"
    NO_OP = "no-op"


@dataclass(frozen=True, slots=True)
class Observed:
    """A thing as it is: its fields in the shape of the desired ones; None where it is not there."""

    id: ResourceId
    fields: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Change:
    """One step a provider is asked to carry out. `desired` is None for a delete.

    `dropped` are the fields, and the keys of keyed ones (`config.retention.ms`), that we set once and that are wanted no
    more: they go back to the system's own.
    """

    action: Action
    id: ResourceId
    desired: Resource | None
    dropped: tuple[str, ...] = ()


class TemporaryFailure(Exception):
    """The system could not do it now; the same call may succeed later."""


class PermanentFailure(Exception):
    """The system will not do it; asking again changes nothing."""


class QueryFailure(PermanentFailure):
    """An engine cannot answer a query. `what` says so without a value of it; the message, the engine's own, may show one."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(why)
        self.what = what


Failure = TemporaryFailure | PermanentFailure


class Provider(Protocol):
    """A system that holds things: looks at them and changes them. Every change is idempotent."""

    kinds: tuple[str, ...]

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]:
        """Each thing as it is, in the order asked for; a Failure is raised where it cannot be looked at."""

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        """Makes changes of which none relies on another, in as few requests as the system has; what became of each, in
        their order: None where it is made, or was already."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a system says of a thing that it does not hold yet: `faults` it would not take it for, `notes` for people, and
    `warnings` of what they would want to know before it is done.

    `facts` are what only the system knows of it, as plain values, to stand beside its fields.
    """

    id: ResourceId
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


class Validates(Protocol):
    """A system that can judge a thing without making it."""

    def validate(self, resources: Sequence[Resource]) -> list[Verdict]:
        """Its verdict on each, in their order; a Failure is raised where it cannot be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How a thing that runs is doing: `status` in one word (running, warming, paused, failing, failed, gone), and why.

    `facts` are numbers and texts for people: lag in records, watermark delay in ms, checkpoints, tasks.
    """

    id: ResourceId
    status: str
    why: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Runs(Protocol):
    """A system whose things run: they can be watched, held and set going again."""

    def watch(self, ids: Sequence[ResourceId]) -> list[Running]:
        """How each is doing, in the order asked for."""

    def pause(self, thing: ResourceId) -> None:
        """It stands still and loses nothing; a Failure is raised where it will not."""

    def resume(self, thing: ResourceId) -> None:
        """It goes on where it stood still."""


class StateStore(Protocol):
    """What we own and last applied: one record per resource, and the steps that were begun and not yet recorded.

    `generation` grows with every apply that changes something; a saved plan names the one it was made from.
    """

    @property
    def generation(self) -> int: ...

    def read(self) -> dict[ResourceId, Resource]: ...

    def intents(self) -> tuple[ResourceId, ...]: ...

    def begin(self, plan: str = "") -> None:
        """An apply starts: takes the lock where there is one, and the next generation; does nothing where it did already.

        `plan` is the digest of what is applied, for those who find the lock. `StateHeld` where another has it.
        """

    def intend(self, ids: Sequence[ResourceId]) -> None:
        """Steps about these things start; `StateLost` where the lock is no longer ours, before anything is touched."""

    def record(self, made: Sequence[Resource], gone: Sequence[ResourceId] = ()) -> None:
        """Things are as said, and ours; others are gone, or ours no more."""

    def finish(self) -> None:
        """An apply ends, and gives the lock back. Does nothing where none was begun."""

    def claimed_by_others(self, ids: Sequence[ResourceId]) -> dict[ResourceId, str]:
        """Which of these things are another project's, and whose (`project/environment`)."""

    def close(self) -> None: ...


class StateHeld(Exception):
    """Another apply has the lock. `holder` says who, with which id, since when."""

    def __init__(self, holder: str, id_: str) -> None:
        super().__init__(f"held by {holder}")
        self.holder = holder
        self.id = id_


class StateLost(Exception):
    """The lock was taken away while we held it: what is under way is finished by whoever has it now."""


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
