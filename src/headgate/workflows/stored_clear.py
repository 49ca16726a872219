"""Columns that are encrypted from now on, in topics that hold records from before: those stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from headgate.addresses import Address
from headgate.compile.target import World
from headgate.diagnostics import Diagnostic
from headgate.observe.ends import Ends
from headgate.plan.changes import Plan
from headgate.plan.refusals import STORED_CLEAR
from headgate.ports import Connections, TemporaryFailure
from headgate.project.declarations import Stream
from headgate.resources.live import GATEWAY
from headgate.workflows.session import Session

_PLUGIN = ".EncryptPlugin"
_DAY_MS = 86_400_000


def stored_clear(session: Session, plan: Plan, connections: Connections) -> Iterator[Diagnostic]:
    """What a newly declared `encrypt` does not cover, and for how long that is still there."""
    assert session.context is not None
    world = World(session.context)
    found = {stream.address: (stream, columns) for stream, columns in _newly(session, plan) if columns}
    topics: dict[str, list[str]] = {}
    for stream, _ in found.values():
        topics.setdefault(stream.cluster, []).append(world.topic(stream))
    held = _held(connections, topics) if topics else {}
    for stream, columns in found.values():
        records = held.get(f"{stream.cluster}/{world.topic(stream)}")
        if records == 0:
            continue
        many = "records" if records is None else f"up to {records:,} records"
        names = ", ".join(f"`{name}`" for name in columns)
        yield STORED_CLEAR.at(
            stream.place.at("name").span(),
            f"{many} of `{stream.name}` hold {names} as it was before it was encrypted",
            node=str(stream.address),
        ).with_help(
            f"they stay {_how_long(stream)}; write them again as a new version to have them encrypted"
        )


def _newly(session: Session, plan: Plan) -> Iterator[tuple[Stream, list[str]]]:
    for change in plan.pending:
        said = change.desired.fields.get("spec", {}) if change.desired is not None else {}
        if change.id.kind != GATEWAY.name or not str(said.get("pluginClass", "")).endswith(_PLUGIN):
            continue
        before: Mapping[str, Any] = next((field.now for field in change.fields if field.field == "spec"), {})
        new = [name for name in _columns(said) if name not in _columns(before or {})]
        yield session.graph.stream(Address.parse(change.address)), new


def _columns(spec: Mapping[str, Any]) -> list[str]:
    fields = spec.get("config", {}).get("recordValue", {}).get("fields", ())
    return [str(field["fieldName"]) for field in fields]


def _held(connections: Connections, topics: Mapping[str, list[str]]) -> dict[str, int]:
    """How many records each topic has ever held at most; of what cannot be looked at, nothing."""
    try:
        with Ends(connections, topics) as ends:
            known = ends.held()
    except TemporaryFailure:
        return {}
    return {f"{c}/{t}": known.get(f"{c}/{t}", 0) for c, those in topics.items() for t in those}


def _how_long(stream: Stream) -> str:
    policy = stream.kafka.config.get("cleanup.policy", "")
    if "compact" in policy or stream.changelog == "upsert":
        return "until a later record of their key replaces them"
    if stream.kafka.retention_ms is None:
        return "for ever, as the topic is declared"
    days = stream.kafka.retention_ms / _DAY_MS
    return f"as long as the topic keeps records (declared here: {days:g} days)"
