"""The kinds of things the embedded engine holds, and what changing their fields costs.

Tables of streams are topics; they are changed in place, with their rows carried over as far as they fit. A view is a
virtual topic, a query the job that fills a model's table, a sink the table that a connector would write to.
"""

from __future__ import annotations

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


def history_of(relation: str) -> str:
    """The table that holds every record of an upsert stream; the relation itself is the last of each key."""
    return f"{relation}__history"


def rejected_of(relation: str) -> str:
    """The table that holds the malformed records of a stream."""
    return f"{relation}__rejected"
