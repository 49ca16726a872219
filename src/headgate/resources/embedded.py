"""The kinds of things the embedded engine holds, and what changing their fields costs.

Tables of streams are topics; they are changed in place, with their rows carried over as far as they fit. A view is a
virtual topic, a query the job that fills a model's table, a sink the table that a connector would write to.
"""

from __future__ import annotations

from dataclasses import dataclass

from headgate.resources._model import Effect, ResourceKind

_COLUMNS = {
    "columns": Effect.UPDATE,
    "mode": Effect.UPDATE,
    "key": Effect.UPDATE,
    "event_time": Effect.UPDATE,
    "delay_ms": Effect.UPDATE,
    "forms": Effect.UPDATE,
}
"""`forms` says in which form each reader sees which column. Forms are given on read, so nothing is stored anew."""

TABLE = ResourceKind(
    name="embedded_table", provider="embedded", rank=2, effects=_COLUMNS, holds_data=True, names="relation"
)
VIEW = ResourceKind(
    name="embedded_view",
    provider="embedded",
    rank=3,
    effects={**_COLUMNS, "sql": Effect.UPDATE, "history_sql": Effect.UPDATE, "input": Effect.UPDATE},
    names="relation",
)
QUERY = ResourceKind(
    name="embedded_query",
    provider="embedded",
    rank=4,
    effects={"sql": Effect.RESTART, "inputs": Effect.RESTART, "output": Effect.REPLACE},
)
SINK = ResourceKind(
    name="embedded_sink",
    provider="embedded",
    rank=4,
    effects={"input": Effect.RESTART, "columns": Effect.UPDATE, "key": Effect.UPDATE},
    holds_data=True,
    names="relation",
)
KINDS = (TABLE, VIEW, QUERY, SINK)

HIDDEN = ("__seq", "__wm", "__timestamp", "__op")
"""Columns that every stream has beside its own: order of arrival, the watermark its row met, the record's time, its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTable:
    """How a stream is held: its columns as (name, Flink type), and what orders and identifies its rows.

    `mode` is "append" or "upsert"; an upsert stream's rows are the last of each `key`.
    """

    relation: str
    columns: tuple[tuple[str, str], ...]
    mode: str = "append"
    key: tuple[str, ...] = ()
    event_time: str = ""
    delay_ms: int = 0


@dataclass(frozen=True, slots=True)
class Probe:
    """The SQL that returns the rows which reached an operator late; `exact`: Flink drops those and no others."""

    operator: str
    sql: str
    exact: bool = True


@dataclass(frozen=True, slots=True)
class EngineQuery:
    """A query ready to run: the engine's SQL and its probes, as plain values.

    `columns` are names and Flink types, in the order to answer them.
    """

    sql: str
    columns: tuple[tuple[str, str], ...]
    probes: tuple[Probe, ...] = ()
    open_windows: tuple[str, ...] = ()
    """SQL that returns the windows left out because the watermark has not closed them."""

    @property
    def approximate_when_late(self) -> tuple[str, ...]:
        """Operators whose answer is Flink's only if no late row reached them."""
        return tuple(dict.fromkeys(probe.operator for probe in self.probes if not probe.exact))


def history_of(relation: str) -> str:
    """The table that holds every record of an upsert stream; the relation itself is the last of each key."""
    return f"{relation}__history"


def sink_of(relation: str) -> str:
    """The table that a sink writes to; the relation itself is what a query that feeds the sink makes."""
    return f"{relation}__sink"


def rejected_of(relation: str) -> str:
    """The table that holds the malformed records of a stream."""
    return f"{relation}__rejected"
