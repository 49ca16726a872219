"""Flink DDL of a stream: its table over Kafka, with watermark, key and formats.

Source: Flink 2.3 docs, "CREATE TABLE", "Apache Kafka SQL Connector", "Upsert Kafka SQL Connector", "Confluent Avro Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from headgate.compile.placeholders import connection, identity, registry_login, secured
from headgate.compile.target import World, value_columns
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Cluster, Materialization, Stream
from headgate.project.local_stack import LOCAL
from headgate.schema import avro
from headgate.schema.types import DataType
from headgate.sql.facts import Mode
from headgate.sql.intervals import interval

_LOGIN = "org.apache.flink.kafka.shaded.org.apache.kafka.common.security"
_MODULES = {
    "PLAIN": f"{_LOGIN}.plain.PlainLoginModule",
    "SCRAM-SHA-256": f"{_LOGIN}.scram.ScramLoginModule",
    "SCRAM-SHA-512": f"{_LOGIN}.scram.ScramLoginModule",
}
_METADATA = {
    "timestamp": "TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL",
    "partition": "INT METADATA FROM 'partition' VIRTUAL",
    "offset": "BIGINT METADATA FROM 'offset' VIRTUAL",
    "headers": "MAP<STRING, BYTES> METADATA FROM 'headers' VIRTUAL",
}


@dataclass(frozen=True, slots=True)
class Use:
    """How a job uses a table: its name, the identity it runs as, whether it writes, whether through the proxy."""

    job: str
    identity: str
    writes: bool = False
    proxied: bool = False


def table(world: World, stream: Stream, facts: StreamFacts, use: Use) -> str:
    """CREATE TABLE of a stream that a job reads or makes."""
    lines = list(_columns(world, stream, facts, use.writes))
    options = dict(_options(world, stream, facts, use))
    body = ",\n".join(f"  {line}" for line in lines)
    said = ",\n".join(f"  {literal(k)} = {literal(v)}" for k, v in options.items())
    return f"CREATE TABLE {quoted(stream.relation)} (\n{body}\n) WITH (\n{said}\n);\n"


def _columns(world: World, stream: Stream, facts: StreamFacts, writes: bool) -> Iterator[str]:
    for name, type_ in value_columns(world, stream, facts):
        nullable = type_.as_nullable(type_.nullable and not (upserts(facts) and name in facts.key))
        yield f"{quoted(name)} {nullable}"
    for column in stream.columns:
        if column.metadata:
            yield f"{quoted(column.name)} {_METADATA[column.metadata]}"
        elif column.expression:
            yield f"{quoted(column.name)} AS {column.expression}"
    if facts.event_time and not writes:
        yield watermark(facts)
    if upserts(facts):
        yield f"PRIMARY KEY ({', '.join(map(quoted, facts.key))}) NOT ENFORCED"


def watermark(facts: StreamFacts) -> str:
    """When a stream's time has passed, as its table says it."""
    behind = f" - {interval(facts.delay_ms)}" if facts.delay_ms else ""
    return f"WATERMARK FOR {quoted(facts.event_time)} AS {quoted(facts.event_time)}{behind}"


def upserts(facts: StreamFacts) -> bool:
    """Whether the stream is a compacted topic, of which the last record of a key is its row."""
    return facts.mode is not Mode.APPEND and bool(facts.key)


def _options(world: World, stream: Stream, facts: StreamFacts, use: Use) -> Iterator[tuple[str, str]]:
    cluster = world.cluster(stream)
    yield "connector", "upsert-kafka" if upserts(facts) else "kafka"
    yield "topic", world.topic(stream)
    part = "proxy" if use.proxied else "kafka"
    yield "properties.bootstrap.servers", connection(cluster, part, "bootstrap_servers")
    yield from _login(cluster, use)
    if use.writes:
        # At least once: output of transactions shows up at checkpoints only, which no latency promise could bear.
        yield "sink.delivery-guarantee", "at-least-once"
        yield "sink.transactional-id-prefix", use.job
    else:
        yield "properties.group.id", use.job
        if not upserts(facts):
            yield "scan.startup.mode", "earliest-offset"
            if world.environment.engine == LOCAL and facts.event_time:
                # Samples arrive all at once, faster than watermarks are made by the clock: what is late would be chance.
                yield "scan.watermark.emit.strategy", "on-event"
    yield from _key_options(world, stream, facts, use.writes)
    yield from _value_options(world, stream, facts, use.writes)


def _login(cluster: Cluster, use: Use) -> Iterator[tuple[str, str]]:
    login = secured(cluster, "proxy" if use.proxied else "kafka")
    if login is None:
        return
    user, password = (
        identity(cluster, use.identity, "username"),
        identity(cluster, use.identity, "password"),
    )
    yield "properties.security.protocol", login.protocol
    if login.mechanism:
        module = _MODULES.get(login.mechanism, _MODULES["PLAIN"])
        yield "properties.sasl.mechanism", login.mechanism
        yield (
            "properties.sasl.jaas.config",
            f'{module} required username="{user}" password="{password}";',
        )


def _key_options(world: World, stream: Stream, facts: StreamFacts, writes: bool) -> Iterator[tuple[str, str]]:
    # Key columns stand in the value too, so whoever reads records that append need not know how others wrote their keys.
    if not facts.key or not stream.key_format or not (writes or upserts(facts)):
        return
    format_ = {"avro": "avro-confluent"}.get(stream.key_format, stream.key_format)
    yield "key.format", format_
    if not upserts(facts):
        yield "key.fields", ";".join(facts.key)
    if format_ == "avro-confluent":
        yield from _registry(world, stream, "key.avro-confluent", f"{world.topic(stream)}-key")
        if writes:
            types = dict(value_columns(world, stream, facts))
            yield "key.avro-confluent.schema", _pinned(key_record(world, stream, facts, types))
    elif format_ == "json":
        yield "key.json.timestamp-format.standard", _style(stream)


def _value_options(
    world: World, stream: Stream, facts: StreamFacts, writes: bool
) -> Iterator[tuple[str, str]]:
    if stream.format == "avro":
        yield "value.format", "avro-confluent"
        yield from _registry(world, stream, "value.avro-confluent", subject(world, stream))
        if writes:
            # Without it Flink registers a record of its own name at every start, a new version of the subject.
            yield "value.avro-confluent.schema", _pinned(record(world, stream, facts))
    else:
        yield "value.format", stream.format
        yield "value.json.timestamp-format.standard", _style(stream)
        if writes and any(t.name == "DECIMAL" for _, t in value_columns(world, stream, facts)):
            # Else 12.30 is written as 12.3, and 0.00000012 with an exponent.
            yield "value.json.encode.decimal-as-plain-number", "true"
        if not writes and stream.on_malformed == "skip":
            yield "value.json.ignore-parse-errors", "true"
    yield "value.fields-include", "ALL"


def _registry(world: World, stream: Stream, prefix: str, name: str) -> Iterator[tuple[str, str]]:
    cluster = world.cluster(stream)
    yield f"{prefix}.url", connection(cluster, "schema_registry", "url")
    yield f"{prefix}.subject", name
    login = registry_login(cluster)
    if login:
        yield f"{prefix}.basic-auth.credentials-source", "USER_INFO"
        yield f"{prefix}.basic-auth.user-info", login


def _style(stream: Stream) -> str:
    return "ISO-8601" if stream.timestamps == "iso" else "SQL"


def _pinned(schema: dict[str, object]) -> str:
    return msgspec.json.encode(schema).decode()


def subject(world: World, stream: Stream) -> str:
    """The subject of a stream's values."""
    made = stream.materialized is not Materialization.SOURCE
    prefix = world.environment.prefix if made else ""
    return prefix + stream.schema.subject if stream.schema.subject else f"{world.topic(stream)}-value"


def record(world: World, stream: Stream, facts: StreamFacts) -> dict[str, object]:
    """The Avro schema of a stream's values. May raise `schema.avro.Unsupported`."""
    columns = [
        (name, type_.as_nullable(type_.nullable and not (upserts(facts) and name in facts.key)))
        for name, type_ in value_columns(world, stream, facts)
    ]
    return avro.record(record_name(stream), world.project.name, columns, stream.description)


def key_record(
    world: World, stream: Stream, facts: StreamFacts, types: Mapping[str, DataType]
) -> dict[str, object]:
    """The Avro schema of a stream's keys. May raise `schema.avro.Unsupported`."""
    columns = [
        (name, types[name].as_nullable(types[name].nullable and not upserts(facts)))
        for name in facts.key
        if name in types
    ]
    return avro.record(record_name(stream) + "Key", world.project.name, columns)


def record_name(stream: Stream) -> str:
    """The name of a stream's records in Avro: the model's in Pascal case, with its version."""
    return avro.pascal_case(stream.name) + (f"V{stream.version}" if stream.version else "")


def duration(milliseconds: int) -> str:
    """A duration in Flink's configuration."""
    for size, unit in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")):
        if milliseconds % size == 0 and milliseconds >= size:
            return f"{milliseconds // size} {unit}"
    return f"{milliseconds} ms"


def quoted(name: str) -> str:
    """An identifier between backticks."""
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def one_line(text: str) -> str:
    """Text for a comment."""
    return re.sub(r"\s+", " ", text).strip()


def settings(values: Mapping[str, str]) -> str:
    """SET statements, in the order given."""
    return "".join(f"SET {literal(k)} = {literal(v)};\n" for k, v in values.items())
