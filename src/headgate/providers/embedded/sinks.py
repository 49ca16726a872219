"""What writing a stream to a sink leaves in its table."""

from __future__ import annotations

from headgate.ports import EngineResult, Seen, StreamTable
from headgate.providers.embedded import tables
from headgate.providers.embedded.connection import Connection
from headgate.providers.embedded.rows import insert
from headgate.providers.embedded.types import literal, quoted
from headgate.schema.types import TIMESTAMP_3, parse_type

COLUMNS = (("__seq", "BIGINT"), ("__timestamp", "TIMESTAMP"))
"""What a sink's table has beside its columns."""


def drain_into(
    connection: Connection, stream: StreamTable, sink: StreamTable, key: tuple[str, ...], seen: Seen | None
) -> int:
    """The sink holds the last record of each `key`, without those deleted; every row where there is no key.

    Answers how many rows that are. `seen` makes of the rows what the sink's reader is given.
    """
    hidden = [name for name, _ in COLUMNS]
    columns = ", ".join([tables.names(sink.columns), *hidden])
    if not key:
        source = f"SELECT {columns} FROM {quoted(stream.relation)}"
    else:
        # A delete names its row by the stream's own key; a sink keyed by that sees it, one keyed otherwise sees rows.
        records = tables.stored_in(stream) if set(key) <= set(stream.key) else stream.relation
        by = ", ".join(quoted(name) for name in key)
        source = (
            f"SELECT {columns} FROM (SELECT * FROM {quoted(records)} "
            f"QUALIFY row_number() OVER (PARTITION BY {by} ORDER BY __seq DESC) = 1) WHERE __op <> '-D'"
        )
    with connection.transaction():
        connection.run(f"DELETE FROM {quoted(sink.relation)}")
        if seen is None:
            connection.run(f"INSERT INTO {quoted(sink.relation)} BY NAME {source} ORDER BY __seq")
        else:
            _write(connection, source, sink, seen)
    return int(connection.run(f"SELECT count(*) FROM {quoted(sink.relation)}")[0][0])


def _write(connection: Connection, source: str, sink: StreamTable, seen: Seen) -> None:
    rows = connection.run(f"{source} ORDER BY __seq")
    width = len(sink.columns)
    given = seen(EngineResult(sink.columns, tuple(row[:width] for row in rows)))
    types = [parse_type(text) for _, text in sink.columns]
    insert(
        connection,
        sink.relation,
        (
            "("
            + ", ".join(
                [
                    *(literal(value, type_) for value, type_ in zip(made, types, strict=True)),
                    str(row[width]),
                    literal(row[width + 1], TIMESTAMP_3),
                ]
            )
            + ")"
            for made, row in zip(given, rows, strict=True)
        ),
    )
