"""Who is affected by changes: readers as declared, and what they see more of, less of, or no longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headgate.plan.changes import Access
from headgate.plan.plan import Affected, Live
from headgate.resources import Resource, ResourceId
from headgate.resources.live import ACL, GATEWAY, GATEWAY_ACL, GATEWAY_MEMBER, TOPIC
from headgate.state.records import plain
from headgate.workflows.forms import FIELD, access_change, proxied_forms
from headgate.workflows.session import Session


def affected(
    session: Session, desired: Sequence[Resource], applied: Mapping[ResourceId, Resource], live: Live
) -> Affected:
    """Who reads what, by declaration; and what changing each applied thing to the desired one does to readers.

    `live` says what is there: of what is not, nobody has seen anything.
    """
    readers = _readers(session)
    said = _Said(dict(_let_in(desired, applied, live)))
    wanted = {resource.id: resource for resource in desired}
    for id_, before in applied.items():
        now = wanted.get(id_)
        if now is not None:
            said.compare(before, now, reads=bool(readers.get(now.address)))
        elif id_.kind == GATEWAY.name:
            # Without the document readers see what the graph says, in whatever form that is; but less only where it decrypts.
            said.access(id_, before.fields, {FIELD: proxied_forms(session, before)})
            if id_ in said.narrows and not _is(before, "DecryptPlugin"):
                said.uncovers[id_] = said.narrows.pop(id_)
        # What serves a virtual topic hides nothing and opens nothing: masks and grants do, whose order is theirs.
        if id_.kind == GATEWAY.name and _is(before, "VirtualSqlTopicPlugin"):
            said.apart(id_)
    return Affected(
        readers=readers,
        widens=said.widens,
        narrows=said.narrows,
        breaks=said.breaks,
        admits=dict(_moved(desired, applied)) | said.admits,
        uncovers=said.uncovers,
    )


@dataclass(slots=True)
class _Said:
    """What is found of changes, by their ids."""

    widens: dict[ResourceId, str]
    narrows: dict[ResourceId, str] = field(default_factory=dict)
    breaks: dict[ResourceId, str] = field(default_factory=dict)
    uncovers: dict[ResourceId, str] = field(default_factory=dict)
    admits: dict[ResourceId, str] = field(default_factory=dict)

    def apart(self, id_: ResourceId) -> None:
        """What is said of a change stands, and is not what orders it."""
        for told, instead in ((self.widens, self.admits), (self.narrows, self.uncovers)):
            if id_ in told:
                instead[id_] = told.pop(id_)

    def compare(self, before: Resource, now: Resource, *, reads: bool) -> None:
        was, after = plain(before.fields), plain(now.fields)
        self.access(now.id, was, after)
        taken = _taken(was, after)
        if taken and reads:
            self.breaks[now.id] = taken

    def access(self, id_: ResourceId, was: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        access, what = access_change(was, now)
        if access is Access.WIDER:
            self.widens[id_] = what
        elif access is Access.NARROWER:
            self.narrows[id_] = what


def _is(document: Resource, plugin: str) -> bool:
    return str(document.fields["spec"]["pluginClass"]).endswith(f".{plugin}")


def _let_in(
    desired: Sequence[Resource], applied: Mapping[ResourceId, Resource], live: Live
) -> Iterator[tuple[ResourceId, str]]:
    """The grants by which somebody new gets at records that are there already.

    What is made together with its first grants shows nobody more: there was nothing to see. What a job or connector is
    given shows nobody anything either: what it makes of it carries the policies.
    """
    made_now = {r.id.name for r in desired if r.id.kind == TOPIC.name and live.get(r.id) is None}
    for resource in desired:
        if resource.id.kind not in (ACL.name, GATEWAY_ACL.name) or resource.id in applied:
            continue
        said = resource.fields
        seen = said["resource_type"] == "topic" and said["operation"] in _SEES
        if seen and f"{said['cluster']}/{said['name']}" not in made_now:
            what = f"{_SEES[said['operation']]} `{said['name']}`"
            yield resource.id, f"`{said['principal']}` may {what} from now on"


def _moved(
    desired: Sequence[Resource], applied: Mapping[ResourceId, Resource]
) -> Iterator[tuple[ResourceId, str]]:
    """The accounts of a proxy that were in a group of readers already, and are in another from now on."""
    known = {_account(r) for r in applied.values() if r.id.kind == GATEWAY_MEMBER.name}
    for resource in desired:
        if (
            resource.id.kind == GATEWAY_MEMBER.name
            and resource.id not in applied
            and _account(resource) in known
        ):
            yield (
                resource.id,
                f"`{resource.fields['account']}` reads as `{resource.fields['group']}` from now on",
            )


def _account(member: Resource) -> tuple[str, str]:
    return str(member.fields["cluster"]), str(member.fields["account"])


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
