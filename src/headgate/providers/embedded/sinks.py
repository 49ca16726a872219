"""What writing a stream to a sink leaves in its table."""

from __future__ import annotations

from headgate.ports import StreamTable
from headgate.providers.embedded import tables
from headgate.providers.embedded.connection import Connection
from headgate.providers.embedded.types import quoted


def drain_into(connection: Connection, stream: StreamTable, sink: str, key: tuple[str, ...]) -> int:
    """The sink holds the last record of each `key`, without those deleted; every row where there is no key.

    Answers how many rows that are.
    """
    shapes = tables.shapes(connection, sink)
    columns = ", ".join(quoted(name) for name, _ in shapes.get(sink, ()) if name != "__seq")
    if not key:
        source = f"SELECT {columns}, __seq FROM {quoted(stream.relation)}"
    else:
        # A delete names its row by the stream's own key; a sink keyed by that sees it, one keyed otherwise sees rows.
        records = tables.stored_in(stream) if set(key) <= set(stream.key) else stream.relation
        by = ", ".join(quoted(name) for name in key)
        source = (
            f"SELECT {columns}, __seq FROM (SELECT * FROM {quoted(records)} "
            f"QUALIFY row_number() OVER (PARTITION BY {by} ORDER BY __seq DESC) = 1) WHERE __op <> '-D'"
        )
    with connection.transaction():
        connection.run(f"DELETE FROM {quoted(sink)}")
        connection.run(f"INSERT INTO {quoted(sink)} BY NAME {source} ORDER BY __seq")
    return int(connection.run(f"SELECT count(*) FROM {quoted(sink)}")[0][0])
