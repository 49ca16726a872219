"""What makes a connector's records of bytes: the converters of its key and value, by how the stream's records are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from headgate.compile.placeholders import connection, registry_login
from headgate.project.declarations import Cluster
from headgate.project.local_stack import LOCAL
from headgate.schema.types import DataType

CONTRACT_JSON = "dev.headgate.connect.ContractJsonConverter"
"""Ours: types plain JSON by the columns it is given, so that connectors which need a schema take it."""

_CONFLUENT = "io.confluent.connect.avro.AvroConverter"
_APICURIO = "io.apicurio.registry.utils.converter.AvroConverter"
_JSON = "org.apache.kafka.connect.json.JsonConverter"
_TEXT = "org.apache.kafka.connect.storage.StringConverter"
_RAW = {
    "SMALLINT": "org.apache.kafka.connect.converters.ShortConverter",
    "INT": "org.apache.kafka.connect.converters.IntegerConverter",
    "BIGINT": "org.apache.kafka.connect.converters.LongConverter",
    "FLOAT": "org.apache.kafka.connect.converters.FloatConverter",
    "DOUBLE": "org.apache.kafka.connect.converters.DoubleConverter",
    "BOOLEAN": "org.apache.kafka.connect.converters.BooleanConverter",
    "BYTES": "org.apache.kafka.connect.converters.ByteArrayConverter",
}
"""What reads the bytes that Flink's `raw` format writes of a type (big-endian, as Kafka's own serializers); texts else."""
_NESTED = frozenset({"ARRAY", "MULTISET", "MAP", "ROW", "VARIANT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """How the records that a connector reads are written.

    `columns` are the value's, with their types; `key` names those of the record's key, and `typed` says that the connector
    needs to know the type of each.
    """

    format: str
    columns: Mapping[str, DataType]
    key: tuple[str, ...] = ()
    key_format: str = ""
    typed: bool = False


def converters(records: Records, cluster: Cluster, connect: str, engine: str) -> dict[str, str]:
    """The settings of both converters."""
    avro = _avro_class(cluster, connect, engine)
    value = _converter("value", records.format, records.columns, records, cluster, avro)
    if not records.key:
        return {"key.converter": _TEXT, **value}
    if records.key_format == "raw":
        type_ = records.columns.get(records.key[0])
        return {"key.converter": _RAW.get(type_.name, _TEXT) if type_ is not None else _TEXT, **value}
    key = {name: records.columns[name] for name in records.key if name in records.columns}
    return {**_converter("key", records.key_format, key, records, cluster, avro), **value}


def _converter(
    part: str,
    format_: str,
    columns: Mapping[str, DataType],
    records: Records,
    cluster: Cluster,
    avro: str,
) -> dict[str, str]:
    name = f"{part}.converter"
    if format_ == "avro":
        its = _apicurio(cluster) if avro.startswith("io.apicurio.") else _confluent(cluster)
        return {name: avro, **{f"{name}.{key}": value for key, value in its.items()}}
    if records.typed:
        return {name: CONTRACT_JSON, f"{name}.columns": _spelled(columns.items())}
    return {name: _JSON, f"{name}.schemas.enable": "false"}


def _avro_class(cluster: Cluster, connect: str, engine: str) -> str:
    if engine == LOCAL:
        return _APICURIO
    return str(cluster.connect.get(connect, {}).get("avro_converter") or _CONFLUENT)


def _confluent(cluster: Cluster) -> dict[str, str]:
    found = {"schema.registry.url": connection(cluster, "schema_registry", "url")}
    login = registry_login(cluster)
    if login:
        found |= {"basic.auth.credentials.source": "USER_INFO", "basic.auth.user.info": login}
    return found


def _apicurio(cluster: Cluster) -> dict[str, str]:
    """Apicurio's converter, reading what serializers of Confluent's write (Apicurio docs, "Kafka Connect converters").

    It asks the registry over Apicurio's own API, which stands at another address than the one that all clients share.
    """
    found = {
        "apicurio.registry.url": connection(cluster, "schema_registry", "apicurio_url"),
        "apicurio.registry.as-confluent": "true",
        "apicurio.registry.use-id": "contentId",
    }
    if registry_login(cluster):
        for key in ("username", "password"):
            found[f"apicurio.auth.{key}"] = connection(cluster, "schema_registry", key)
    return found


def _spelled(columns: Iterable[tuple[str, DataType]]) -> str:
    """Columns as our converter takes them: `id:BIGINT!,amount:DECIMAL(10,2)`; nested values are texts of JSON there."""
    return ",".join(
        f"{name}:{'STRING' if type_.name in _NESTED else type_.text.replace(' ', '')}"
        + ("" if type_.nullable else "!")
        for name, type_ in columns
    )
