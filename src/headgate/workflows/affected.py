"""Who is affected by changes: readers as declared, and what they see more of, less of, or no longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from headgate.plan.changes import Access
from headgate.plan.plan import Affected
from headgate.resources import Resource, ResourceId
from headgate.resources.live import ACL, GATEWAY_ACL, TOPIC
from headgate.state.records import plain
from headgate.workflows.forms import access_change
from headgate.workflows.session import Session


def affected(
    session: Session, desired: Sequence[Resource], applied: Mapping[ResourceId, Resource]
) -> Affected:
    """Who reads what, by declaration; and what changing each applied thing to the desired one does to readers."""
    readers = _readers(session)
    widens, narrows, breaks = dict(_let_in(desired, applied)), {}, {}
    for resource in desired:
        before = applied.get(resource.id)
        if before is None:
            continue
        was, now = plain(before.fields), plain(resource.fields)
        access, what = access_change(was, now)
        if access is Access.WIDER:
            widens[resource.id] = what
        elif access is Access.NARROWER:
            narrows[resource.id] = what
        taken = _taken(was, now)
        if taken and readers.get(resource.address):
            breaks[resource.id] = taken
    return Affected(readers=readers, widens=widens, narrows=narrows, breaks=breaks)


def _let_in(
    desired: Sequence[Resource], applied: Mapping[ResourceId, Resource]
) -> Iterator[tuple[ResourceId, str]]:
    """The grants by which somebody new gets at records that are there already.

    What is made together with its first grants shows nobody more: there was nothing to see. What a job or connector is
    given shows nobody anything either: what it makes of it carries the policies.
    """
    made_now = {r.id.name for r in desired if r.id.kind == TOPIC.name and r.id not in applied}
    for resource in desired:
        if resource.id.kind not in (ACL.name, GATEWAY_ACL.name) or resource.id in applied:
            continue
        said = resource.fields
        seen = said["resource_type"] == "topic" and said["operation"] in _SEES
        if seen and f"{said['cluster']}/{said['name']}" not in made_now:
            what = f"{_SEES[said['operation']]} `{said['name']}`"
            yield resource.id, f"`{said['principal']}` may {what} from now on"


_SEES = {"READ": "read", "WRITE": "write"}


def _readers(session: Session) -> dict[str, tuple[str, ...]]:
    """The models, sinks and exposures that read each stream, by its address."""
    graph = session.graph
    return {
        str(address): tuple(
            str(reader) for reader in (*graph.readers.get(address, ()), *graph.exposures_of.get(address, ()))
        )
        for address in graph.order
    }


def _taken(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What readers used and find no more: columns that are gone or of another type, another key or kind of records."""
    told = []
    before, after = _columns(was), _columns(now)
    gone = [name for name in before if name not in after]
    retyped = [name for name in before if name in after and before[name] != after[name]]
    for what, names in (("is gone", gone), ("has another type", retyped)):
        told += [f"`{name}` {what}" for name in names]
    told += [f"its {what} is another" for what in ("key", "mode") if was.get(what) != now.get(what)]
    return ", ".join(told)


def _columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a thing with their types: as it says them, or as its schema (Avro or JSON Schema) does."""
    schema = fields.get("schema")
    if not isinstance(schema, Mapping):
        return dict(fields.get("columns", ()))
    if "fields" in schema:
        return {field["name"]: field["type"] for field in schema["fields"]}
    return {name: said.get("type", said) for name, said in schema.get("properties", {}).items()}
