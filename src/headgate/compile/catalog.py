"""`catalog.json`: every stream with its columns, their types and classes, for catalogues and other readers."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from headgate.project.manifest import Manifest, ManifestStream

FORMAT = 1


class CatalogColumn(Struct, kw_only=True):
    """A column: its Flink type without nullability, and its class."""

    name: str
    type: str
    nullable: bool
    classification: str
    tags: list[str]
    description: str


class CatalogStream(Struct, kw_only=True):
    """A stream. `topic` is "" for one that nothing stores or serves."""

    address: str
    name: str
    materialized: str
    description: str
    owner: str
    group: str
    access: str
    tags: list[str]
    cluster: str
    topic: str
    key: list[str]
    changelog: str
    columns: list[CatalogColumn]


class Catalog(Struct, kw_only=True):
    """All streams of a project in one environment, in the order of their addresses."""

    format: int = FORMAT
    project: str
    environment: str
    streams: list[CatalogStream]


def catalog(manifest: Manifest) -> Catalog:
    """What of a manifest tells about columns."""
    return Catalog(
        project=manifest.project,
        environment=manifest.environment,
        streams=[_stream(stream) for stream in manifest.streams],
    )


def _stream(said: ManifestStream) -> CatalogStream:
    return CatalogStream(
        address=said.address,
        name=said.name,
        materialized=said.materialized,
        description=said.description,
        owner=said.owner,
        group=said.group,
        access=said.access,
        tags=said.tags,
        cluster=said.cluster,
        topic=said.topic,
        key=said.key,
        changelog=said.changelog,
        columns=[
            CatalogColumn(
                name=column.name,
                type=column.type,
                nullable=column.nullable,
                classification=column.classification,
                tags=column.tags,
                description=column.description,
            )
            for column in said.columns
        ],
    )


def catalog_schema() -> dict[str, Any]:
    """The JSON Schema of a catalogue."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Headgate catalogue",
        **msgspec.json.schema(Catalog),
    }


def write_catalog(value: Catalog) -> bytes:
    """The catalogue's bytes: the same for the same values."""
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=1) + b"\n"
