"""Schemas of keys and values for the registry, with the compatibility each subject promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from headgate.compile import ddl
from headgate.compile.target import Compiled, World, value_columns
from headgate.compile.texts import as_json, as_yaml, file_name
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Materialization, Stream
from headgate.resources import Artifact, Capabilities, Resource, ResourceId
from headgate.resources.live import SUBJECT
from headgate.schema import avro, json_schema

NAME = "schemas"
CAPABILITIES = Capabilities(name=NAME)
KINDS = (SUBJECT,)

NO_SCHEMA = Code("HGC120", "no-schema-for-format", Severity.ERROR)


def compile(world: World) -> Compiled:  # noqa: A001 - the name of the verb
    """A schema file and a subject for every topic this project makes, and a file for every contract it checks."""
    artifacts: list[Artifact] = []
    resources: list[Resource] = []
    diagnostics: list[Diagnostic] = []
    listed: list[dict[str, Any]] = []
    for stream, facts in world.streams():
        ours = world.stored_here(stream) or world.stands_in(stream)
        contract = stream.materialized is Materialization.SOURCE and stream.contract
        if not ours and not contract:
            continue
        try:
            schemas = list(_schemas(world, stream, facts))
        except avro.Unsupported as error:
            diagnostics.append(
                NO_SCHEMA.at(
                    stream.place.span(), f"`{stream.name}`: {error}", node=str(stream.address)
                ).with_help("cast the column, or choose another `format`")
            )
            continue
        for subject, kind, schema in schemas:
            suffix = "avsc" if kind == "AVRO" else "json"
            file = f"{world.folder(stream.cluster)}{file_name(subject)}.{suffix}"
            if world.files:
                text = as_json(schema)
                artifacts.append(Artifact(path=f"schemas/{file}", text=text, address=str(stream.address)))
            compatibility = _compatibility(world, stream)
            listed.append(
                {
                    "subject": subject,
                    "type": kind,
                    "file": file,
                    "compatibility": compatibility,
                    "registered": "by headgate" if ours else "by others; checked",
                    "stream": str(stream.address),
                }
            )
            if ours:
                made = _resource(stream, subject, kind, schema, compatibility)
                resources.append(replace(made, yields=world.stands_in(stream)))
    if listed and world.files:
        artifacts.append(Artifact(path="schemas/subjects.yml", text=as_yaml([{"subjects": listed}])))
    return Compiled(resources=tuple(resources), artifacts=tuple(artifacts), diagnostics=tuple(diagnostics))


def _resource(stream: Stream, subject: str, kind: str, schema: Any, compatibility: str) -> Resource:
    return Resource(
        id=ResourceId(SUBJECT.name, f"{stream.cluster}/{subject}"),
        fields={"cluster": stream.cluster, "type": kind, "schema": schema, "compatibility": compatibility},
        address=str(stream.address),
    )


def _schemas(world: World, stream: Stream, facts: StreamFacts) -> Iterator[tuple[str, str, dict[str, Any]]]:
    subject = ddl.subject(world, stream)
    if stream.format == "avro":
        yield subject, "AVRO", ddl.record(world, stream, facts)
    else:
        schema = json_schema.record(
            stream.name,
            value_columns(world, stream, facts),
            timestamps=stream.timestamps,
            doc=stream.description,
        )
        yield subject, "JSON", schema
    if stream.key_format == "avro":
        types = dict(value_columns(world, stream, facts))
        yield f"{world.topic(stream)}-key", "AVRO", ddl.key_record(world, stream, facts, types)


def _compatibility(world: World, stream: Stream) -> str:
    """What the stream says; else what its producers' contracts ask for; else backward, as registries do."""
    if stream.schema.compatibility:
        return stream.schema.compatibility.upper()
    for exposure in world.project.exposures.values():
        if exposure.contract_versioning and stream.address in world.graph.writes(exposure):
            return exposure.contract_versioning.upper()
    return "BACKWARD"
