"""Fills `manifest.json`: the project as declared and derived, what is in force, and the files that were made of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from headgate._version import __version__
from headgate.addresses import Address
from headgate.compile import ddl
from headgate.compile.declared import applied, security
from headgate.compile.discovery import CompiledProject
from headgate.compile.target import World
from headgate.graph.model import StreamColumn, StreamFacts
from headgate.graph.permissions.parts import ReaderList, StreamPolicies
from headgate.project import keys
from headgate.project.declarations import Exposure, Materialization, Stream, Test
from headgate.project.manifest import (
    Manifest,
    ManifestArtifact,
    ManifestColumn,
    ManifestExposure,
    ManifestPolicy,
    ManifestProduct,
    ManifestRole,
    ManifestStream,
    ManifestTest,
)
from headgate.resources import Resource


def fill(world: World, compiled: CompiledProject) -> Manifest:
    """The manifest of a project: all of it, whatever part was compiled."""
    project = world.project
    deployed = _digests(compiled.resources)
    streams = [s for s in project.streams.values() if s.enabled]
    return Manifest(
        headgate=__version__,
        project=project.name,
        version=project.version,
        environment=world.environment.name,
        levels=list(project.classification.levels),
        default_level=project.classification.default,
        purposes=list(project.purposes),
        streams=_by_address(_stream(world, s, deployed.get(str(s.address), "")) for s in streams),
        exposures=_by_address(_exposure(world, e) for e in project.exposures.values()),
        tests=_by_address(_test(world, t) for t in project.tests.values()),
        data_products=_by_address(
            ManifestProduct(
                address=str(p.address),
                owner=p.owner,
                status=p.status,
                inputs=_addresses(world, map(project.resolve, p.inputs)),
                outputs=_addresses(world, map(project.resolve, p.outputs)),
            )
            for p in project.data_products.values()
        ),
        roles=sorted(
            (ManifestRole(name=r.name, clearance=r.clearance, group=r.group) for r in project.roles.values()),
            key=lambda r: r.name,
        ),
        artifacts=_artifacts(compiled),
    )


def _by_address(entries: Iterable[Any]) -> list[Any]:
    return sorted(entries, key=lambda entry: entry.address)


def _addresses(world: World, found: Iterable[Address | None]) -> list[str]:
    return [str(address) for address in dict.fromkeys(found) if address is not None]


def _stream(world: World, stream: Stream, digest: str) -> ManifestStream:
    facts = world.graph.facts.get(stream.address) or StreamFacts(address=stream.address, known=False)
    policies = world.permissions.policies.get(stream.address)
    carries = stream.materialized is not Materialization.EPHEMERAL
    return ManifestStream(
        address=str(stream.address),
        name=stream.name,
        materialized=stream.materialized.value,
        version=stream.version,
        latest=stream.latest,
        description=stream.description,
        owner=stream.owner,
        group=stream.group,
        access=stream.access.value,
        tags=list(stream.tags),
        cluster=stream.cluster,
        topic=world.topic(stream) if carries else "",
        format=stream.format,
        timestamps=stream.timestamps,
        key=list(facts.key or stream.key),
        key_format=stream.key_format,
        subject=ddl.subject(world, stream) if carries and not world.served_by_proxy(stream) else "",
        compatibility=stream.schema.compatibility,
        changelog=facts.mode.value,
        unique_key=list(facts.unique_key or ()),
        event_time=facts.event_time,
        delay_ms=facts.delay_ms,
        contract=stream.contract,
        columns=[_column(world, stream, facts, c) for c in facts.columns],
        inputs=[str(a) for a in facts.inputs],
        influences=[f"{d.column} {d.why.value}" for d in facts.deciders],
        security=security(stream.security),
        policies=list(_policies(policies)) if policies is not None else [],
        deprecation_date=stream.deprecation_date,
        sql=stream.sql.rendered.text.strip() if stream.sql is not None else "",
        file=stream.place.file,
        digest=digest,
    )


def _column(world: World, stream: Stream, facts: StreamFacts, column: StreamColumn) -> ManifestColumn:
    address = stream.address.column(column.name)
    declared = stream.column(column.name)
    return ManifestColumn(
        name=column.name,
        type=column.type.as_nullable(True).text,
        nullable=column.type.nullable,
        classification=world.permissions.class_of(address),
        tags=list(world.permissions.tags_of(address)),
        description=declared.description if declared is not None else "",
        time=column.time,
        lineage=[f"{o.column} {o.how.value}" for o in facts.origins.get(column.name, ())],
    )


def _policies(found: StreamPolicies) -> Iterator[ManifestPolicy]:
    for name, column in found.columns.items():
        for mask in column.masks:
            yield ManifestPolicy(
                kind="mask",
                by=str(mask.by),
                column=name,
                method=mask.form.method,
                domain=mask.form.domain,
                keep_first=mask.form.keep_first,
                keep_last=mask.form.keep_last,
                applied_in=None if mask.applied_in is None else applied(mask.applied_in),
            )
        for encrypt in column.encrypts:
            method = "redacted" if encrypt.used else "encrypted"
            yield ManifestPolicy(
                kind="encrypt", by=str(encrypt.by), column=name, method=method, key=encrypt.key
            )
    for one in found.closed_by:
        yield from _allows(one)


def _allows(readers: ReaderList) -> Iterator[ManifestPolicy]:
    for allow in readers.allows:
        said = keys.Applied(roles=list(allow.roles), purpose=allow.purpose)
        yield ManifestPolicy(kind="allow", by=str(readers.by), applied_in=[said])


def _exposure(world: World, exposure: Exposure) -> ManifestExposure:
    return ManifestExposure(
        address=str(exposure.address),
        type=exposure.type,
        role=exposure.role,
        owner=exposure.owner,
        group=exposure.group,
        principal=exposure.principal,
        allowed_roles=list(exposure.allowed_roles),
        purpose=exposure.purpose or "",
        reads=_addresses(world, world.graph.reads(exposure)),
        writes=_addresses(world, world.graph.writes(exposure)),
        lineage=_addresses(world, map(world.project.resolve, exposure.lineage)),
        file=exposure.place.file,
    )


def _test(world: World, test: Test) -> ManifestTest:
    target = world.project.resolve(test.target)
    return ManifestTest(
        address=str(test.address),
        stream=str(target) if target is not None else "",
        type=test.type,
        severity=test.severity,
        assertions=[{a.kind: msgspec.to_builtins(a.parameters)} for a in test.assertions],
        actions=[{a.kind: _without_secrets(a.value)} for a in test.actions],
        file=test.place.file,
    )


_HARMLESS_URL = re.compile(r"[a-z][a-z0-9+.-]*://#[\w.-]+")


def _without_secrets(value: Any) -> Any:
    """An action's value as it may be seen: the address of an alert often is its password."""
    if isinstance(value, str) and "://" in value and not _HARMLESS_URL.fullmatch(value):
        return value.partition("://")[0] + "://…"
    if isinstance(value, Mapping):
        return {str(k): _without_secrets(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_secrets(v) for v in value]
    return value


def _artifacts(compiled: CompiledProject) -> list[ManifestArtifact]:
    found = [
        ManifestArtifact(
            path=artifact.path,
            sha256=hashlib.sha256(artifact.text.encode()).hexdigest(),
            target=target,
            address=artifact.address,
        )
        for target, one in compiled.by_target.items()
        for artifact in one.artifacts
    ]
    return sorted(found, key=lambda a: a.path)


def _digests(resources: Iterable[Resource]) -> dict[str, str]:
    """For each declaration, the digest of all that is deployed for it."""
    parts: dict[str, list[bytes]] = {}
    for resource in resources:
        value = [resource.id.kind, resource.id.name, resource.fields]
        parts.setdefault(resource.address, []).append(msgspec.json.encode(value, order="deterministic"))
    return {
        address: hashlib.sha256(b"\n".join(sorted(found))).hexdigest() for address, found in parts.items()
    }
