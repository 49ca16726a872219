"""A table of a relational database, through Debezium's JDBC sink (Debezium docs, "JDBC Sink Connector")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headgate.compile.connector import TRANSFORMS, ConnectorType, Kind, Setting, Sink, key_faults

_OF_THE_DATABASE = {
    "connection_url",
    "connection_user",
    "connection_password",
    "schema_evolution",
    "schema.evolution",
}
_MODES = {"INSERT": "insert", "UPSERT": "upsert", "UPDATE": "update"}


def _derived(sink: Sink) -> Mapping[str, str]:
    keys = sink.keys
    upsert = sink.insert_mode == "UPSERT" or ("insert_mode" not in sink.config and sink.upserts)
    found = {"insert.mode": "upsert" if upsert else "insert"}
    if keys:
        record_key = str(sink.config.get("key_mode", "RECORD_VALUE")).upper() == "RECORD_KEY"
        found["primary.key.mode"] = "record_key" if record_key else "record_value"
        found["primary.key.fields"] = ",".join(keys)
    if upsert and sink.upserts and keys == sink.key:
        # A record that deletes has no value: only its own key says whose row it is.
        found["delete.enabled"] = "true"
        found["primary.key.mode"] = "record_key"
    if found.get("primary.key.mode") == "record_key" and sink.bare_key:
        found |= _as_record(sink.bare_key)
    return found


def _as_record(column: str) -> dict[str, str]:
    """A key that is one bare value becomes a record of that column (Kafka docs, "Transformations": HoistField).

    The connector makes a row's key of no other (Debezium 3.6: `getFilteredKey`).
    """
    hoist = "org.apache.kafka.connect.transforms.HoistField$Key"
    return {TRANSFORMS: "headgate", "transforms.headgate.type": hoist, "transforms.headgate.field": column}


def _stand_in(sink: Sink) -> Mapping[str, Any]:
    """The same table without its database and schema: what says where that is and how it is spoken to is left out."""
    kept = {
        key: value
        for key, value in sink.config.items()
        if key not in _OF_THE_DATABASE and not key.startswith(("connection.", "hibernate."))
    }
    name = str(kept.get("table", ""))
    return {**kept, "table": name.rpartition(".")[2].lower()} if name and "$" not in name else kept


TYPE = ConnectorType(
    name="jdbc",
    connector_class="io.debezium.connector.jdbc.JdbcSinkConnector",
    settings={
        "connection_url": Setting("connection.url", required=True),
        "connection_user": Setting("connection.username"),
        "connection_password": Setting("connection.password"),
        "table": Setting("collection.name.format"),
        "insert_mode": Setting("insert.mode", choices=tuple(_MODES), values=_MODES),
        "key_mode": Setting(
            "primary.key.mode",
            choices=("RECORD_KEY", "RECORD_VALUE", "NONE"),
            values={"RECORD_KEY": "record_key", "RECORD_VALUE": "record_value", "NONE": "none"},
        ),
        "key_columns": Setting("primary.key.fields", Kind.NAMES),
        "delete_enabled": Setting("delete.enabled", Kind.FLAG),
        "schema_evolution": Setting(
            "schema.evolution", choices=("NONE", "BASIC"), values={"NONE": "none", "BASIC": "basic"}
        ),
        "batch_size": Setting("batch.size", Kind.NUMBER),
        "max_retries": Setting("flush.max.retries", Kind.NUMBER),
        "tasks_max": Setting("tasks.max", Kind.NUMBER),
    },
    derived=_derived,
    faults=key_faults,
    typed=True,
    stand_in=_stand_in,
)
