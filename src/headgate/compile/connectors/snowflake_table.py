"""A Snowflake table, through Snowflake's own Kafka connector (Snowflake docs, "Snowflake Connector for Kafka").

It only appends. Rows of which the last of a key counts are served by a view over the table, which the artifacts hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headgate.compile.connector import ConnectorType, Kind, Served, Setting, Sink, key_faults


def _derived(sink: Sink) -> Mapping[str, str]:
    return {"snowflake.topic2table.map": f"{sink.topic}:{_table(sink)}"}


def _table(sink: Sink) -> str:
    return str(sink.config.get("snowflake_table", "")) or sink.name.upper()


def _served(sink: Sink) -> tuple[Served, ...]:
    return (*_retries(sink), *_view(sink))


def _retries(sink: Sink) -> tuple[Served, ...]:
    if "max_retries" not in sink.config:
        return ()
    return (
        Served(
            "Connect bounds retries by time, so `max_retries` is served as so many minutes of `errors.retry.timeout`,"
            " the longest pause between two being a minute",
            "max_retries",
        ),
    )


def _view(sink: Sink) -> tuple[Served, ...]:
    if sink.insert_mode != "UPSERT":
        return ()
    database = str(sink.config.get("snowflake_database", "DATABASE"))
    schema = str(sink.config.get("snowflake_schema", "PUBLIC"))
    table = _table(sink)
    name = f"{_quoted(database)}.{_quoted(schema)}"
    text = (
        f"-- The last record of each key of {table}, which the connector appends to.\n"
        f"CREATE OR REPLACE VIEW {name}.{_quoted(table + '_LATEST')} AS\n"
        f"{_latest(sink, f'{name}.{_quoted(table)}')}"
    )
    return (
        Served(
            "Snowflake's connector only appends, so `insert_mode: UPSERT` is served by a view that keeps the last record"
            " per `key_columns`",
            "insert_mode",
            "view.sql",
            text,
        ),
    )


def _latest(sink: Sink, table: str) -> str:
    """The query of the view. Records of one key stand in one partition, in their order, where the key is the record's own.

    A delete is a record without a value: nothing but its own key tells whose it is, and its row has no column.
    """
    columns = ",\n  ".join(_quoted(name.upper()) for name, _ in sink.columns)
    keys = sink.keys
    own = keys == sink.key
    deletes = sink.upserts and own
    partition = 'RECORD_METADATA:"key"' if deletes else ", ".join(_quoted(k.upper()) for k in keys)
    order = 'RECORD_METADATA:"offset"::NUMBER DESC'
    if not own:
        order = f'RECORD_METADATA:"CreateTime"::NUMBER DESC, {order}'
    gone = f"\n  AND {_quoted(keys[0].upper())} IS NOT NULL" if deletes else ""
    return (
        f"SELECT\n  {columns}\n"
        f"FROM {table}\n"
        "QUALIFY ROW_NUMBER() OVER (\n"
        f"  PARTITION BY {partition}\n"
        f"  ORDER BY {order}\n"
        f") = 1{gone};\n"
    )


def _stand_in(sink: Sink) -> Mapping[str, Any]:
    """The same table of a relational database, whose rows of one key are one row where the view would keep the last."""
    said = {key: sink.config[key] for key in ("key_columns", "tasks_max") if key in sink.config}
    mode = sink.insert_mode or "INSERT"
    of_record = "RECORD_KEY" if sink.keys == sink.key else "RECORD_VALUE"
    key_mode = of_record if mode == "UPSERT" else "NONE"
    return {"table": _table(sink).lower(), "insert_mode": mode, "key_mode": key_mode, **said}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


TYPE = ConnectorType(
    name="snowflake_table",
    connector_class="com.snowflake.kafka.connector.SnowflakeSinkConnector",
    settings={
        "snowflake_url": Setting("snowflake.url.name"),
        "snowflake_user": Setting("snowflake.user.name"),
        "snowflake_private_key": Setting("snowflake.private.key"),
        "snowflake_role": Setting("snowflake.role.name"),
        "snowflake_database": Setting("snowflake.database.name", required=True),
        "snowflake_schema": Setting("snowflake.schema.name"),
        "snowflake_table": Setting(""),
        "ingestion_method": Setting("snowflake.ingestion.method", choices=("SNOWPIPE", "SNOWPIPE_STREAMING")),
        "key_mode": Setting("", choices=("RECORD_KEY", "NONE")),
        "key_columns": Setting("", Kind.NAMES),
        "insert_mode": Setting("", choices=("INSERT", "UPSERT")),
        "flush_interval_sec": Setting("buffer.flush.time", Kind.NUMBER),
        "buffer_count_records": Setting("buffer.count.records", Kind.NUMBER),
        "buffer_size_bytes": Setting("buffer.size.bytes", Kind.NUMBER),
        "max_retries": Setting("errors.retry.timeout", Kind.NUMBER, scale=60_000),
        "tasks_max": Setting("tasks.max", Kind.NUMBER),
        "error_tolerance": Setting(
            "errors.tolerance", choices=("NONE", "ALL"), values={"NONE": "none", "ALL": "all"}
        ),
    },
    fixed={"snowflake.ingestion.method": "SNOWPIPE_STREAMING", "snowflake.enable.schematization": "true"},
    derived=_derived,
    served=_served,
    faults=key_faults,
    stand_in=_stand_in,
)
