"""`manifest.json`: what is known of a project, for other projects, for comparison and for tools.

It holds no secret, no path of a machine and no time of day. `compile` fills it; packages and `diff` read it. Its number
is raised by a change that an older reader would misread; older ones are upgraded here when they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from headgate.diagnostics import Diagnostic
from headgate.project import codes, keys
from headgate.syntax import Place

FORMAT = 1


class ManifestColumn(Struct, kw_only=True, omit_defaults=True):
    """A column as derived: its Flink type without nullability, its class, and the columns it comes from."""

    name: str
    type: str
    nullable: bool = True
    classification: str = ""
    tags: list[str] = []
    description: str = ""
    time: str = ""
    lineage: list[str] = []
    """`<address>.<column> <how>` of each direct input."""


class ManifestPolicy(Struct, kw_only=True, omit_defaults=True):
    """A policy in force on a stream, and the stream that declared it.

    `kind` is mask, encrypt or allow. A mask without `applied_in` covers every role that no allow-list admits. The entries of
    allow-lists that `by` declares are a union; a reader must be admitted by the lists of every `by`.
    """

    kind: str
    by: str
    column: str = ""
    method: str = ""
    domain: str = ""
    keep_first: int = 0
    keep_last: int = 0
    key: str = ""
    applied_in: list[keys.Applied] | None = None


class ManifestStream(Struct, kw_only=True, omit_defaults=True):
    """A stream: `topic` and `subject` as they are in this environment, its prefix included."""

    address: str
    name: str
    materialized: str
    version: int = 0
    latest: bool = True
    description: str = ""
    owner: str = ""
    group: str = ""
    access: str = "protected"
    tags: list[str] = []
    cluster: str = ""
    topic: str = ""
    format: str = "json"
    timestamps: str = "sql"
    key: list[str] = []
    key_format: str = ""
    subject: str = ""
    compatibility: str = ""
    changelog: str = "append"
    unique_key: list[str] = []
    event_time: str = ""
    delay_ms: int = 0
    contract: bool = False
    columns: list[ManifestColumn] = []
    inputs: list[str] = []
    influences: list[str] = []
    """`<address>.<column> <why>` of each column of an input that decides about rows."""
    security: keys.Security | None = None
    """What the stream itself declares."""
    policies: list[ManifestPolicy] = []
    """All that reaches its columns and readers, what it inherits included."""
    deprecation_date: str = ""
    sql: str = ""
    """The query as rendered; references are names of relations."""
    file: str = ""
    digest: str = ""
    """Of what is deployed for it: the same until something that is deployed differs."""


class ManifestExposure(Struct, kw_only=True, omit_defaults=True):
    """An exposure, with the streams it reads and writes by address."""

    address: str
    type: str
    role: str
    owner: str = ""
    group: str = ""
    principal: str = ""
    allowed_roles: list[str] = []
    purpose: str = ""
    reads: list[str] = []
    writes: list[str] = []
    lineage: list[str] = []
    file: str = ""


class ManifestTest(Struct, kw_only=True, omit_defaults=True):
    """A test: the stream it is about and its assertions as written."""

    address: str
    stream: str
    type: str = "streaming"
    severity: str = "error"
    assertions: list[dict[str, Any]] = []
    actions: list[dict[str, Any]] = []
    file: str = ""


class ManifestProduct(Struct, kw_only=True, omit_defaults=True):
    """A data product."""

    address: str
    owner: str = ""
    status: str = "active"
    inputs: list[str] = []
    outputs: list[str] = []


class ManifestRole(Struct, kw_only=True, omit_defaults=True):
    """A role; its principals are an environment's business and stay out."""

    name: str
    clearance: str
    group: str = ""


class ManifestArtifact(Struct, kw_only=True, omit_defaults=True):
    """A file that was written beside the manifest, with the digest of its bytes."""

    path: str
    sha256: str
    target: str = ""
    address: str = ""
    """The declaration it is for; "" where it is for several."""


class Manifest(Struct, kw_only=True):
    """A whole project in one environment. Lists are in the order of addresses."""

    format: int = FORMAT
    headgate: str = ""
    project: str
    version: str = ""
    environment: str = "embedded"
    levels: list[str] = []
    default_level: str = ""
    purposes: list[str] = []
    streams: list[ManifestStream] = []
    exposures: list[ManifestExposure] = []
    tests: list[ManifestTest] = []
    data_products: list[ManifestProduct] = []
    roles: list[ManifestRole] = []
    artifacts: list[ManifestArtifact] = []


UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From a format to the next: what has to change in the raw values."""


def manifest_schema() -> dict[str, Any]:
    """The JSON Schema of a manifest."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Headgate manifest",
        **msgspec.json.schema(Manifest),
    }


def write_manifest(manifest: Manifest) -> bytes:
    """The manifest's bytes: the same for the same values."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=1) + b"\n"


def read_manifest(data: bytes, place: Place, found: list[Diagnostic]) -> Manifest | None:
    """The manifest that `data` holds, of this format or an older one; None and a finding at `place` where it holds none."""
    try:
        raw = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        found.append(_bad(place, f"the manifest is no JSON: {error}"))
        return None
    number = raw.get("format", 1) if isinstance(raw, dict) else None
    if not isinstance(number, int):
        found.append(_bad(place, "the file is no manifest"))
        return None
    if number > FORMAT:
        found.append(_bad(place, f"the manifest has format {number}, and this headgate reads up to {FORMAT}"))
        return None
    while number < FORMAT and number in UPGRADES:
        raw = UPGRADES[number](raw)
        number += 1
    try:
        return msgspec.convert(raw, Manifest)
    except msgspec.ValidationError as error:
        found.append(_bad(place, f"the manifest does not hold: {error}"))
        return None


def _bad(place: Place, message: str) -> Diagnostic:
    line = message.split("\n")[0].rstrip(".")
    return codes.BAD_PACKAGE.at(place.span(), line).with_help(
        "write it again with `headgate compile` in the other project"
    )
