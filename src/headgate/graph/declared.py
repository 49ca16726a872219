"""What is known of a stream from its declaration alone: sources, topics, and contracts that stand in for a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from headgate.addresses import Address
from headgate.graph.model import Mode, StreamColumn, StreamFacts
from headgate.project.declarations import Column, Materialization, Stream
from headgate.schema.types import DataType
from headgate.sql.facts import Analysis, ColumnFacts, Relation

Analyse = Callable[[str, Mapping[str, Relation]], Analysis]

ROWTIME = "rowtime"
TIME_PRECISION = 3
"""The most a time attribute may have in Flink."""


def can_be_time(type_: DataType) -> bool:
    """Whether a column of this type can be a time attribute."""
    return type_.is_timestamp and type_.precision <= TIME_PRECISION


def declared_mode(stream: Stream) -> Mode:
    """The changelog mode of a stream that others write."""
    return Mode.UPSERT if stream.changelog == "upsert" or stream.envelope != "none" else Mode.APPEND


def declared_facts(stream: Stream, computed: Mapping[str, StreamColumn]) -> StreamFacts:
    """The facts of a source or a topic. `computed` holds the types of the columns that are expressions."""
    mode = declared_mode(stream)
    columns = tuple(computed.get(c.name) or StreamColumn(c.name, c.type) for c in stream.columns)
    if mode is Mode.UPSERT:
        columns = with_key(columns, stream.key)
    event_time = stream.event_time
    if event_time is not None:
        columns = with_rowtime(columns, event_time.column)
    timed = event_time is not None and any(c.time == ROWTIME for c in columns)
    return StreamFacts(
        address=stream.address,
        columns=columns,
        known=bool(columns),
        mode=mode,
        key=stream.key,
        unique_key=stream.key if mode is Mode.UPSERT and stream.key else None,
        event_time=event_time.column if timed and event_time else "",
        delay_ms=event_time.delay_ms if timed and event_time else 0,
    )


def contract_facts(stream: Stream, inputs: tuple[Address, ...]) -> StreamFacts:
    """The facts of a stream whose query says nothing: those of its enforced contract, else none.

    What reads a broken stream is so checked against what it promises, or not at all; it is never blamed for it.
    """
    if not (stream.contract and stream.columns):
        return StreamFacts(address=stream.address, known=False, key=stream.key, inputs=inputs)
    columns = tuple(StreamColumn(c.name, c.type) for c in stream.columns)
    said = stream.event_time
    # Which time a query would have passed on is not known, so each that it might be is one.
    times = [said.column] if said is not None else [c.name for c in columns if can_be_time(c.type)]
    for name in times:
        columns = with_rowtime(columns, name)
    return StreamFacts(
        address=stream.address,
        columns=columns,
        mode=declared_mode(stream),
        key=stream.key,
        event_time=times[0] if times else "",
        delay_ms=said.delay_ms if said is not None else 0,
        inputs=inputs,
    )


def with_rowtime(columns: tuple[StreamColumn, ...], name: str) -> tuple[StreamColumn, ...]:
    """The columns, the one of that name being the time attribute where its type allows it."""
    return tuple(
        StreamColumn(c.name, c.type, ROWTIME) if c.name == name and can_be_time(c.type) else c
        for c in columns
    )


def with_key(columns: tuple[StreamColumn, ...], key: tuple[str, ...]) -> tuple[StreamColumn, ...]:
    """The columns, those of a primary key being NOT NULL, as Flink makes them."""
    return tuple(
        StreamColumn(c.name, c.type.as_nullable(False), c.time) if c.name in key else c for c in columns
    )


def relation(stream: Stream, facts: StreamFacts) -> Relation | None:
    """The stream as a query sees it; None where its columns are unknown."""
    if not facts.known:
        return None
    key: tuple[str, ...] | None = None
    if stream.materialized in (Materialization.VIRTUAL_TOPIC, Materialization.EPHEMERAL):
        key = facts.unique_key
    elif facts.mode is Mode.UPSERT:
        key = facts.key or facts.unique_key
    return Relation(
        name=stream.relation,
        columns=tuple(ColumnFacts(c.name, c.type, (), c.time) for c in facts.columns),
        mode=facts.mode if key or stream.materialized is Materialization.EPHEMERAL else Mode.APPEND,
        key=key,
        event_time=facts.event_time,
        delay_ms=facts.delay_ms,
    )


def computed_relation(stream: Stream) -> Relation:
    """The physical columns of a stream, which its computed ones are made from."""
    columns = (ColumnFacts(c.name, c.type) for c in stream.columns if not c.expression)
    return Relation(stream.relation, tuple(columns))


def computed_query(stream: Stream, column: Column) -> str:
    """A query whose one column is the computed one, written so that the expression's offsets are easily found."""
    return " ".join(("SELECT", column.expression, "AS", f"`{column.name}`", "FROM", f"`{stream.relation}`"))
