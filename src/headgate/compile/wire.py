"""How the records of a declared stream stand in its topic."""

from __future__ import annotations

from headgate.compile import ddl
from headgate.compile.target import World, value_columns
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Stream
from headgate.resources.wire import Wire


def wire(world: World, stream: Stream, facts: StreamFacts) -> Wire:
    """The stream as its topic holds it. May raise `schema.avro.Unsupported`."""
    columns = value_columns(world, stream, facts)
    avro_key = stream.key_format == "avro" and bool(facts.key)
    return Wire(
        cluster=stream.cluster,
        topic=world.topic(stream),
        columns=tuple((name, type_.text) for name, type_ in columns),
        key=facts.key,
        format=stream.format,
        key_format=stream.key_format if facts.key else "",
        upserts=ddl.upserts(facts),
        iso=stream.timestamps == "iso",
        subject=ddl.subject(world, stream),
        schema=ddl.record(world, stream, facts) if stream.format == "avro" else None,
        key_subject=f"{world.topic(stream)}-key" if avro_key else "",
        key_schema=ddl.key_record(world, stream, facts, dict(columns)) if avro_key else None,
        metadata={column.name: column.metadata for column in stream.columns if column.metadata},
        event_time=facts.event_time,
    )
