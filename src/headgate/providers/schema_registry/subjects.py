"""Subjects: what is registered under them, what they promise, and why a new version breaks that promise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headgate.ports import LiveSubject, PermanentFailure
from headgate.providers.schema_registry.registry import Incompatible, Registry, Version
from headgate.resources import Resource
from headgate.schema.compatibility import faults
from headgate.schema.spelling import same_schema

Fields = Mapping[str, Any]


def fields_of(cluster: str, version: Version, level: str) -> dict[str, Any]:
    """A live subject in the shape of a desired one."""
    return {
        "cluster": cluster,
        "type": version.type,
        "schema": version.schema,
        **({"references": [dict(one) for one in version.references]} if version.references else {}),
        "compatibility": level,
    }


def live_subject(cluster: str, name: str, version: Version, level: str) -> LiveSubject:
    """A live subject, for people and for what declarations are written from."""
    return LiveSubject(
        cluster=cluster,
        name=name,
        version=version.number,
        type=version.type,
        schema=version.schema,
        references=version.references,
        compatibility=level,
    )


def make(registry: Registry, subject: str, desired: Resource) -> None:
    """The subject's newest version is as desired, and so is its level."""
    fields = desired.fields
    level = fields.get("compatibility")
    latest = registry.latest(subject)
    if latest is not None and level and registry.level(subject) != level:
        # What is declared now is what the new version has to keep.
        registry.set_level(subject, level)
    if latest is None or not _registered(latest, fields):
        try:
            registry.register(subject, fields)
            newest = registry.latest(subject) if latest is not None else None
            if newest is not None and not _registered(newest, fields):
                registry.bring_back(subject, fields)
        except Incompatible as refused:
            raise PermanentFailure(_broken(registry, subject, desired, str(refused))) from None
    if latest is None and level:
        registry.set_level(subject, level)


def fault(registry: Registry, subject: str, desired: Resource, live: Fields) -> str | None:
    """Why a registry that holds `live` would not take what is desired; None where it would."""
    fields = desired.fields
    if fields["type"] != live["type"] or _same(fields, live):
        return None
    level = fields.get("compatibility") or live["compatibility"]
    if level == live["compatibility"]:
        transitive = level.endswith("_TRANSITIVE")
        reason = registry.refusal(subject, fields, all_versions=transitive)
        return None if reason is None else _broken(registry, subject, desired, reason)
    # The registry judges by the level that it has now, and will have another by then.
    found = _reasons(registry, subject, desired, level)
    return _sentence(subject, level, found) if found else None


def _registered(latest: Version, fields: Fields) -> bool:
    return latest.type == fields["type"] and _same(
        fields, {"schema": latest.schema, "references": [dict(one) for one in latest.references]}
    )


def _same(fields: Fields, live: Fields) -> bool:
    asked = list(fields.get("references") or ())
    return same_schema(fields["schema"], live["schema"]) and asked == list(live.get("references") or ())


def _broken(registry: Registry, subject: str, desired: Resource, reason: str) -> str:
    """Why a version was refused: what we see is wrong with it, else what the registry says."""
    level = desired.fields.get("compatibility") or registry.level(subject)
    found = _reasons(registry, subject, desired, level)
    return _sentence(subject, level, found or [reason.strip() or "the registry does not say why"])


def _sentence(subject: str, level: str, reasons: list[str]) -> str:
    kept = f"{level.lower().replace('_', ' ')} compatible" if level else "compatible"
    return f"the new schema of `{subject}` is not {kept} with what is registered: {'; '.join(reasons)}"


def _reasons(registry: Registry, subject: str, desired: Resource, level: str) -> list[str]:
    type_ = desired.fields["type"]
    if type_ not in ("AVRO", "JSON"):
        return []
    transitive = level.endswith("_TRANSITIVE")
    latest = registry.latest(subject)
    earlier = registry.versions(subject) if transitive else [latest] if latest is not None else []
    schemas = [one.schema for one in earlier if one.type == type_]
    try:
        return faults(type_.lower(), level.lower(), desired.fields["schema"], schemas)
    except (KeyError, TypeError, AttributeError):
        # A registered schema may be of a shape that ours never have, a reference for instance: the registry explains it.
        return []
