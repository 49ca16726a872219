"""A job as statements of Confluent Cloud for Apache Flink, in the bodies that its API takes.

Source: Confluent Cloud docs, "Statements" and "CREATE TABLE" (Flink SQL), `sql/v1/…/statements`. A table there is a topic with
a schema: its catalog is an environment, its database a cluster, and no table says how it is reached. A statement never
changes, so its name holds what it says: another text is another statement.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from headgate.compile import ddl
from headgate.compile.flink.job import FlinkJob, query
from headgate.compile.target import value_columns
from headgate.compile.texts import as_json, file_name
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Stream
from headgate.resources import Artifact

CANNOT = Code("HGC114", "confluent-cloud-cannot", Severity.ERROR)

_LONGEST = 100
_LEGACY = re.compile(r"\b(TUMBLE|HOP|SESSION)\s*\(\s*(?!TABLE\b|DATA\b)", re.IGNORECASE)
_METADATA = {
    "timestamp": "TIMESTAMP_LTZ(3)",
    "partition": "INT",
    "offset": "BIGINT",
    "headers": "MAP<BYTES, BYTES>",
}


def faults(job: FlinkJob) -> Iterator[Diagnostic]:
    """What Confluent Cloud does not take of a job."""
    for stream, _ in (*job.tables, (job.stream, job.facts)):
        if stream.format != "avro":
            yield CANNOT.at(
                stream.place.at("format").span(),
                f"`{stream.name}` is {stream.format} without a schema, which Confluent Cloud cannot read",
                node=str(job.stream.address),
            ).with_help("say `format: avro`: there a topic with a schema is a table")
    yield from _legacy_windows(job)


def _legacy_windows(job: FlinkJob) -> Iterator[Diagnostic]:
    for stream in (*job.views, job.stream):
        facts = job.world.graph.facts[stream.address]
        text = stream.sql.rendered.text if stream.sql is not None else ""
        for operator in facts.query.operators if facts.query is not None else ():
            if operator.kind == "window_aggregate" and _LEGACY.search(text[operator.start : operator.end]):
                yield CANNOT.at(
                    stream.place.at("sql").span(),
                    f"`{stream.name}` groups by a window, which Confluent Cloud has as a table function alone",
                    node=str(job.stream.address),
                ).with_help(
                    "write TABLE(TUMBLE(TABLE …, DESCRIPTOR(…), INTERVAL …)), and group by window_start and window_end"
                )
                return


def artifacts(job: FlinkJob) -> Iterator[Artifact]:
    """The statements in their order: times and changes of what is read, the table that is written, the INSERT that goes on."""
    bodies = [
        _about_table(job, stream, text)
        for stream, facts in job.tables
        for text in _altered(job, stream, facts)
    ]
    bodies.append(_about_table(job, job.stream, _create(job)))
    bodies.append(_body(job, job.name, _insert(job), _properties(job)))
    yield Artifact(
        path=f"flink/{file_name(job.name)}.json", text=as_json(bodies), address=str(job.stream.address)
    )


def _about_table(job: FlinkJob, stream: Stream, statement: str) -> dict[str, Any]:
    """A statement about a table, the same for every job that has it: it is made once, whoever comes first."""
    name = f"{job.world.project.name}-table-{job.world.topic(stream)}"
    return _body(job, name, statement, _place(job))


def _body(job: FlinkJob, name: str, statement: str, properties: dict[str, str]) -> dict[str, Any]:
    return {
        "name": statement_name(name, statement),
        "organization_id": job.setting("organization"),
        "environment_id": job.setting("environment"),
        "spec": {
            "statement": statement,
            "properties": properties,
            "compute_pool_id": job.setting("compute_pool"),
            "principal": job.setting("principal"),
            "stopped": False,
        },
    }


def statement_name(name: str, statement: str) -> str:
    """The name of a statement: lower case, digits and `-`, at most 100, and of this text alone.

    >>> statement_name("shop.Orders_v2", "SELECT 1")
    'shop-orders-v2-e004ebd5'
    """
    digest = hashlib.sha256(statement.encode()).hexdigest()[:8]
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"{plain[: _LONGEST - 9].rstrip('-')}-{digest}"


def _place(job: FlinkJob) -> dict[str, str]:
    return {
        "sql.current-catalog": job.setting("catalog") or job.setting("environment"),
        "sql.current-database": job.setting("database"),
        "sql.local-time-zone": "UTC",
    }


def _properties(job: FlinkJob) -> dict[str, str]:
    own = {"sql.tables.scan.idle-timeout": job.settings["table.exec.source.idle-timeout"]}
    ttl = job.settings.get("table.exec.state.ttl")
    starts = {"sql.tables.scan.startup.mode": "earliest-offset"}
    return {**_place(job), **starts, **own, **({"sql.state-ttl": ttl} if ttl else {})}


def _altered(job: FlinkJob, stream: Stream, facts: StreamFacts) -> Iterator[str]:
    """What a topic that is read is as a table, beyond what its schema says: metadata, event time, how its rows change."""
    table = ddl.quoted(job.world.topic(stream))
    added = [
        f"{ddl.quoted(c.name)} {_METADATA[c.metadata]} METADATA FROM '{c.metadata}' VIRTUAL"
        if c.metadata
        else f"{ddl.quoted(c.name)} AS {c.expression}"
        for c in stream.columns
        if c.metadata or c.expression
    ]
    if added:
        yield f"ALTER TABLE {table} ADD ({', '.join(added)})"
    if facts.event_time:
        yield f"ALTER TABLE {table} MODIFY {ddl.watermark(facts)}"
    if ddl.upserts(facts):
        yield f"ALTER TABLE {table} SET ('changelog.mode' = 'upsert')"


def _create(job: FlinkJob) -> str:
    """The table that is written: its key's columns first, in the key's order, which is how its records are spread."""
    upserts = ddl.upserts(job.facts)
    types = dict(value_columns(job.world, job.stream, job.facts))
    order = [*job.facts.key, *(name for name in types if name not in job.facts.key)]
    lines = [
        f"{ddl.quoted(name)} {types[name].as_nullable(types[name].nullable and not (upserts and name in job.facts.key))}"
        for name in order
        if name in types
    ]
    key = ", ".join(map(ddl.quoted, job.facts.key))
    if upserts:
        lines.append(f"PRIMARY KEY ({key}) NOT ENFORCED")
    spread = f" DISTRIBUTED BY HASH({key}) INTO {max(job.stream.kafka.partitions, 1)} BUCKETS" if key else ""
    options = {"changelog.mode": "upsert" if upserts else "append", "value.format": "avro-registry"}
    if key:
        options["key.format"] = (
            "raw" if job.stream.key_format == "raw" else f"{job.stream.key_format or 'avro'}-registry"
        )
    options["value.fields-include"] = "all"
    said = ", ".join(f"{ddl.literal(k)} = {ddl.literal(v)}" for k, v in options.items())
    body = ",\n".join(f"  {line}" for line in lines)
    table = ddl.quoted(job.world.topic(job.stream))
    return f"CREATE TABLE IF NOT EXISTS {table} (\n{body}\n){spread}\nWITH ({said})"


def _insert(job: FlinkJob) -> str:
    """The INSERT, in which streams have their own names: as common table expressions over topics that have others."""
    world = job.world
    named = [
        f"{ddl.quoted(stream.relation)} AS (SELECT * FROM {ddl.quoted(world.topic(stream))})"
        for stream, _ in job.tables
        if stream.relation != world.topic(stream)
    ]
    named += [
        f"{ddl.quoted(view.relation)} AS (\n{query(view.sql)}\n)"
        for view in job.views
        if view.sql is not None
    ]
    given = "WITH " + ",\n".join(named) + "\n" if named else ""
    assert job.stream.sql is not None
    columns = ",\n".join(f"  {column}" for column in job.columns)
    # Columns are named: the table has the key's first.
    into = ", ".join(ddl.quoted(name) for name, _ in value_columns(world, job.stream, job.facts))
    return (
        f"INSERT INTO {ddl.quoted(world.topic(job.stream))} ({into})\n{given}SELECT\n{columns}\n"
        f"FROM (\n{query(job.stream.sql)}\n)"
    )
