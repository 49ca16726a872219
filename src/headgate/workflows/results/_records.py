"""What verbs answer of records: how many there are, what tests say of them, how somebody sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headgate.workflows.results._changes import ChangeRow
from headgate.workflows.results._result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class LateNote:
    """Late rows of an operator of a model, with one example in the form that the reader of the report may see."""

    operator: str
    count: int
    example: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A stream after a build. `rows_in` is None for sources' own rows; `status` is "ok", "skipped", "failed", "paused".

    `examples` say of malformed records where they stand and why; `open_windows` counts those that no flush closed.
    """

    address: str
    materialized: str
    rows_in: int | None
    rows_out: int
    malformed: int = 0
    generated: bool = False
    late: tuple[LateNote, ...] = ()
    approximate: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    open_windows: int = 0
    status: str = "ok"
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRow:
    """An assertion's verdict: pass, warn, fail, error, skipped or not_enough_data."""

    test: str
    node: str
    assertion: str
    status: str
    failed: int = 0
    evaluated: int = 0
    late: int = 0
    not_evaluated: int = 0
    samples: tuple[Mapping[str, Any], ...] = ()
    message: str = ""
    actions: tuple[str, ...] = ()
    """What `on_failure` did, in kind: "paused model.x", "alert slack://#x (printed)"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTestRow:
    """A unit test's verdict. `missing` and `unexpected` are rows."""

    test: str
    node: str
    status: str
    missing: tuple[Mapping[str, Any], ...] = ()
    unexpected: tuple[Mapping[str, Any], ...] = ()
    message: str = ""
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow:
    """A role × column table of one stream: for each role the form of each column, "" where clear."""

    address: str
    columns: tuple[str, ...]
    roles: tuple[tuple[str, tuple[str, ...]], ...]
    """(role, its form of each column); a role that is denied has "denied" in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult(Result):
    """`build` on the embedded engine."""

    changes: tuple[ChangeRow, ...] = ()
    models: tuple[ModelRow, ...] = ()
    unit_tests: tuple[UnitTestRow, ...] = ()
    results: tuple[TestRow, ...] = ()
    forms: tuple[FormRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult(Result):
    """`test`."""

    results: tuple[TestRow, ...] = ()
    unit_tests: tuple[UnitTestRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowColumn:
    """A column as shown: its form says what a value of it is.

    `limited_by` is the environment's reader where the role that was named would see more of the column.
    """

    name: str
    type: str
    form: str = "clear"
    limited_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowResult(Result):
    """`show`, `tail` and `query`. `malformed` say where records stand that do not fit, and why; they show no value."""

    node: str = ""
    as_role: str = ""
    columns: tuple[ShowColumn, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    truncated: bool = False
    malformed: tuple[str, ...] = ()
    late: tuple[LateNote, ...] = ()
    approximate: tuple[str, ...] = ()
