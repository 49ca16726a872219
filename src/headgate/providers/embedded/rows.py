"""Arrived records as rows of tables and as inline relations of a query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from headgate.ports import StreamTable
from headgate.providers.embedded.arrival import Arrived
from headgate.providers.embedded.connection import Connection
from headgate.providers.embedded.tables import HIDDEN_TYPES, names
from headgate.providers.embedded.types import literal, quoted, stored_type
from headgate.schema.types import STRING, TIMESTAMP_3, parse_type

_CHUNK = 500


def tuples(table: StreamTable, arrived: Sequence[Arrived]) -> Iterator[str]:
    """Each record as a tuple of SQL literals: the table's columns, then the hidden ones."""
    types = [(name, parse_type(text)) for name, text in table.columns]
    for one in arrived:
        values = one.record.values
        cells = [literal(values.get(name), type_) for name, type_ in types]
        cells += [
            str(one.seq),
            literal(one.watermark, TIMESTAMP_3),
            literal(one.timestamp, TIMESTAMP_3),
            literal(one.record.op, STRING),
        ]
        yield f"({', '.join(cells)})"


def insert(connection: Connection, into: str, rows: Iterator[str]) -> None:
    """The rows are in the table, beside what was there."""
    while chunk := list(islice(rows, _CHUNK)):
        connection.run(f"INSERT INTO {quoted(into)} VALUES {', '.join(chunk)}")


def inline(table: StreamTable, arrived: Sequence[Arrived]) -> str:
    """A query that answers the records, typed, with the hidden columns; it needs no table."""
    columns = [*((name, stored_type(text)) for name, text in table.columns), *HIDDEN_TYPES]
    typed = ", ".join(f"CAST({quoted(name)} AS {type_}) AS {quoted(name)}" for name, type_ in columns)
    if not arrived:
        nothing = ", ".join(f"CAST(NULL AS {type_}) AS {quoted(name)}" for name, type_ in columns)
        return f"SELECT {nothing} WHERE false"
    return f"SELECT {typed} FROM (VALUES {', '.join(tuples(table, arrived))}) AS given ({names(columns)})"
