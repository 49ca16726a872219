"""Makes, changes, deletes and observes what the embedded engine holds, and remembers each thing as it was asked for.

What was asked for stands in a table of the same file and changes in the same transaction as the thing itself, so a
process that is killed leaves both or neither.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from headgate.ports import Action, Change, Observed, PermanentFailure, StreamTable
from headgate.providers.embedded import tables
from headgate.providers.embedded.connection import Connection
from headgate.providers.embedded.sinks import COLUMNS as SINK_COLUMNS
from headgate.providers.embedded.types import quoted, stored_type
from headgate.resources import ResourceId
from headgate.resources.embedded import KINDS, QUERY, SINK, TABLE, VIEW, history_of, rejected_of

_OBJECTS = "headgate.objects"
_Shape = tuple[tuple[str, str], ...]


def prepare(connection: Connection) -> None:
    """The catalog's own table is there."""
    connection.run("CREATE SCHEMA IF NOT EXISTS headgate")
    connection.run(
        f"CREATE TABLE IF NOT EXISTS {_OBJECTS} "
        "(kind VARCHAR, name VARCHAR, fields VARCHAR, shape VARCHAR, PRIMARY KEY (kind, name))"
    )


def observe(connection: Connection, ids: Sequence[ResourceId]) -> list[Observed]:
    """Each thing as it is, in the order asked for."""
    rows = (
        connection.run(f"SELECT kind, name, fields, shape FROM {_OBJECTS}") if _prepared(connection) else []
    )
    asked = {
        ResourceId(kind, name): (json.loads(fields), _shape(shape)) for kind, name, fields, shape in rows
    }
    real = tables.shapes(connection)
    taken = {
        name
        for one in asked
        if one.kind != QUERY.name
        for name in (one.name, history_of(one.name), rejected_of(one.name))
    }
    return [
        Observed(one, _as_it_is(one, *asked[one], real) if one in asked else _strange(one, taken, real))
        for one in ids
    ]


def held(connection: Connection) -> list[ResourceId]:
    """Everything it holds, by kind and name."""
    if not _prepared(connection):
        return []
    return [
        ResourceId(*row) for row in connection.run(f"SELECT kind, name FROM {_OBJECTS} ORDER BY kind, name")
    ]


def stream_table(connection: Connection, relation: str) -> StreamTable | None:
    """The shape of a stream, a table's, a view's or a sink's; None where there is no such stream."""
    if not _prepared(connection):
        return None
    for kind, text in connection.run(
        f"SELECT kind, fields FROM {_OBJECTS} WHERE name = ? AND kind IN (?, ?, ?)",
        [relation, TABLE.name, VIEW.name, SINK.name],
    ):
        fields = json.loads(text)
        if kind == SINK.name:
            # What is left in a sink are rows: nothing of them is latest or late any more.
            return StreamTable(relation=relation, columns=tuple((n, t) for n, t in fields["columns"]))
        return tables.fields_table(relation, fields)
    return None


def carry_out(connection: Connection, change: Change) -> None:
    """The change is made, or was already; all of it or nothing."""
    if change.id.kind not in {kind.name for kind in KINDS}:
        raise PermanentFailure(f"the embedded engine has no {change.id.kind}")
    if change.action in (Action.NO_OP, Action.HANDED_OVER):
        return
    with connection.transaction():
        prepare(connection)
        before = _asked_for(connection, change.id)
        if change.action is Action.DELETE or change.desired is None:
            _delete(connection, change.id)
            return
        if change.action is Action.REPLACE:
            _delete(connection, change.id)
            before = None
        fields = dict(change.desired.fields)
        _make(connection, change.id, before, fields)
        made = change.id.kind != QUERY.name
        shape = tables.shape(connection, _main_object(change.id, fields)) if made else ()
        connection.run(
            f"INSERT OR REPLACE INTO {_OBJECTS} VALUES (?, ?, ?, ?)",
            [
                change.id.kind,
                change.id.name,
                json.dumps(fields, sort_keys=True),
                json.dumps(shape),
            ],
        )


def _prepared(connection: Connection) -> bool:
    # The schema and its table are made together; there are few schemas, and as many tables as streams.
    return bool(
        connection.run(
            "SELECT 1 FROM duckdb_schemas() WHERE schema_name = 'headgate' AND database_name = current_database()"
        )
    )


def _shape(text: str) -> _Shape:
    return tuple((name, type_) for name, type_ in json.loads(text))


def _main_object(id_: ResourceId, fields: Mapping[str, Any]) -> str:
    """The table or view that a thing is in the file."""
    return tables.stored_in(tables.fields_table(id_.name, fields)) if id_.kind == TABLE.name else id_.name


def _asked_for(connection: Connection, id_: ResourceId) -> tuple[dict[str, Any], _Shape] | None:
    for fields, shape in connection.run(
        f"SELECT fields, shape FROM {_OBJECTS} WHERE kind = ? AND name = ?", [id_.kind, id_.name]
    ):
        return json.loads(fields), _shape(shape)
    return None


def _make(
    connection: Connection,
    id_: ResourceId,
    before: tuple[dict[str, Any], _Shape] | None,
    fields: dict[str, Any],
) -> None:
    match id_.kind:
        case TABLE.name:
            _make_table(connection, tables.fields_table(id_.name, fields), before)
        case VIEW.name:
            _make_view(connection, id_.name, fields)
        case SINK.name:
            _make_sink(connection, id_.name, fields)
        case QUERY.name:
            pass  # a query is only remembered; running it is not a change


def _make_table(
    connection: Connection, table: StreamTable, before: tuple[dict[str, Any], _Shape] | None
) -> None:
    old = tables.fields_table(table.relation, before[0]) if before else None
    found = tables.shape(connection, tables.stored_in(old)) if old else ()
    if old is None or before is None or not found:
        tables.drop(connection, table.relation)
        tables.create(connection, table)
        return
    if old != table or found != before[1]:
        tables.change(connection, old, {name for name, _ in found}, table)


def _make_view(connection: Connection, name: str, fields: Mapping[str, Any]) -> None:
    tables.drop(connection, name)
    table = tables.fields_table(name, fields)
    history = fields.get("history_sql")
    rows = fields["sql"] if history else tables.clocked(table, fields["sql"])
    connection.run(f"CREATE VIEW {quoted(name)} AS {rows}")
    if history:
        connection.run(f"CREATE VIEW {quoted(history_of(name))} AS {tables.clocked(table, history)}")


def _make_sink(connection: Connection, name: str, fields: Mapping[str, Any]) -> None:
    tables.drop_object(connection, name)
    columns = [f"{quoted(column)} {stored_type(text)}" for column, text in fields["columns"]]
    columns += [f"{column} {type_}" for column, type_ in SINK_COLUMNS]
    connection.run(f"CREATE TABLE {quoted(name)} ({', '.join(columns)})")


def _delete(connection: Connection, id_: ResourceId) -> None:
    if id_.kind in (TABLE.name, VIEW.name):
        tables.drop(connection, id_.name)
        tables.drop_object(connection, rejected_of(id_.name))
    elif id_.kind == SINK.name:
        tables.drop_object(connection, id_.name)
    connection.run(f"DELETE FROM {_OBJECTS} WHERE kind = ? AND name = ?", [id_.kind, id_.name])


def _strange(id_: ResourceId, taken: set[str], real: Mapping[str, _Shape]) -> Mapping[str, Any] | None:
    """What somebody put into the file by hand, under a name that was never asked for here."""
    if id_.kind == QUERY.name or id_.name in taken or id_.name not in real:
        return None
    return {"columns": [list(column) for column in real[id_.name]]}


def _as_it_is(
    id_: ResourceId, fields: dict[str, Any], shape: _Shape, real: Mapping[str, _Shape]
) -> Mapping[str, Any] | None:
    """What was asked for, with the columns that are there now: somebody may have changed the file by hand."""
    if id_.kind == QUERY.name:
        return fields
    found = real.get(_main_object(id_, fields))
    if found is None:
        return None
    if found == shape:
        return fields
    same = set(found) & set(shape)
    said = {name: text for name, text in fields["columns"] if name in {column for column, _ in same}}
    hidden = {name for name, _ in tables.HIDDEN_TYPES}
    columns = [[name, said.get(name, text)] for name, text in found if name not in hidden]
    return {**fields, "columns": columns}
