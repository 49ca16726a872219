"""The tables of streams: made, changed with their rows carried over, and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headgate.ports import PermanentFailure, StreamTable
from headgate.providers.embedded.connection import Connection
from headgate.providers.embedded.types import quoted, stored_type
from headgate.resources.embedded import history_of

HIDDEN_TYPES = (("__seq", "BIGINT"), ("__wm", "TIMESTAMP"), ("__timestamp", "TIMESTAMP"), ("__op", "VARCHAR"))
HIDDEN = ", ".join(name for name, _ in HIDDEN_TYPES)


def table_fields(table: StreamTable) -> dict[str, Any]:
    """The fields of a table's resource."""
    return {
        "columns": [list(column) for column in table.columns],
        "mode": table.mode,
        "key": list(table.key),
        "event_time": table.event_time,
        "delay_ms": table.delay_ms,
    }


def fields_table(relation: str, fields: Mapping[str, Any]) -> StreamTable:
    """The table that a resource's fields describe."""
    return StreamTable(
        relation=relation,
        columns=tuple((name, text) for name, text in fields["columns"]),
        mode=fields["mode"],
        key=tuple(fields["key"]),
        event_time=fields["event_time"],
        delay_ms=fields["delay_ms"],
    )


def stored_in(table: StreamTable) -> str:
    """The name of the table in which a stream's records are."""
    return history_of(table.relation) if table.mode == "upsert" else table.relation


def names(columns: Sequence[tuple[str, str]]) -> str:
    """Columns as a list in SQL."""
    return ", ".join(quoted(name) for name, _ in columns)


def create(connection: Connection, table: StreamTable) -> None:
    """The table is there and empty, or as it was where it was there already."""
    columns = [f"{quoted(name)} {stored_type(text)}" for name, text in table.columns]
    columns += [f"{name} {text}" for name, text in HIDDEN_TYPES]
    connection.run(f"CREATE TABLE IF NOT EXISTS {quoted(stored_in(table))} ({', '.join(columns)})")
    if table.mode == "upsert":
        connection.run(f"CREATE OR REPLACE VIEW {quoted(table.relation)} AS {latest(table)}")


def latest(table: StreamTable) -> str:
    """The query of an upsert stream's rows: the last record of each key that is no delete."""
    return (
        f"SELECT {names(table.columns)}, {HIDDEN} FROM (SELECT * FROM {quoted(history_of(table.relation))} "
        f"QUALIFY row_number() OVER (PARTITION BY {', '.join(map(quoted, table.key))} ORDER BY __seq DESC) = 1) "
        "WHERE __op <> '-D'"
    )


def clocked(table: StreamTable, sql: str) -> str:
    """The records of a virtual topic with the watermarks that a reader of it makes of them."""
    if not table.event_time:
        return sql
    before = "ORDER BY __seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    watermark = f"max({quoted(table.event_time)}) OVER ({before}) - to_milliseconds({table.delay_ms})"
    return f"SELECT * REPLACE ({watermark} AS __wm) FROM ({sql}) AS served"


def exactly(connection: Connection, name: str) -> str:
    """The table or view of that name in this file, in SQL: never one of DuckDB's own."""
    ((database,),) = connection.run("SELECT current_database()")
    return f"{quoted(database)}.main.{quoted(name)}"


def drop(connection: Connection, relation: str) -> None:
    """Nothing of that stream is left, whatever form it had."""
    for name in (relation, history_of(relation)):
        drop_object(connection, name)


def drop_object(connection: Connection, name: str) -> None:
    """No table and no view has that name."""
    place = exactly(connection, name)
    # DuckDB refuses to drop a view as a table; to ask it which of them there is reads its whole catalog.
    try:
        connection.run(f"DROP TABLE IF EXISTS {place}")
    except PermanentFailure:
        connection.run(f"DROP VIEW IF EXISTS {place}")


def change(connection: Connection, before: StreamTable, present: set[str], after: StreamTable) -> None:
    """The table has its new shape; values of `present` columns that the new ones can hold are kept, others are null."""
    values = [
        f"TRY_CAST({quoted(name)} AS {stored_type(text)}) AS {quoted(name)}"
        if name in present
        else f"NULL::{stored_type(text)} AS {quoted(name)}"
        for name, text in after.columns
    ]
    hidden = [name if name in present else f"NULL::{text} AS {name}" for name, text in HIDDEN_TYPES]
    carried = "__carried"
    connection.run(
        f"CREATE OR REPLACE TABLE {carried} AS SELECT {', '.join(values + hidden)} FROM {quoted(stored_in(before))}"
    )
    drop(connection, before.relation)
    create(connection, after)
    connection.run(f"INSERT INTO {quoted(stored_in(after))} SELECT * FROM {carried}")
    connection.run(f"DROP TABLE {carried}")


def shape(connection: Connection, name: str) -> tuple[tuple[str, str], ...]:
    """The columns that a table or view really has, with DuckDB's types; none where it is not there."""
    try:
        return tuple((row[0], row[1]) for row in connection.run(f"DESCRIBE {exactly(connection, name)}"))
    except PermanentFailure:
        return shapes(connection).get(name, ())


def shapes(connection: Connection) -> dict[str, tuple[tuple[str, str], ...]]:
    """The columns that each table and view really has, with DuckDB's types."""
    rows = connection.run(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal "
        "ORDER BY table_name, column_index"
    )
    out: dict[str, list[tuple[str, str]]] = {}
    for table, column, type_ in rows:
        out.setdefault(table, []).append((column, type_))
    return {table: tuple(columns) for table, columns in out.items()}
