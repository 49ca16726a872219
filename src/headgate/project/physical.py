"""Names of physical things: Kafka's rules for topics, and no two writers of one name in one cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping

from headgate.addresses import Address
from headgate.diagnostics import Diagnostic
from headgate.project import codes
from headgate.project.declarations import Materialization, Stream
from headgate.syntax import Place

_TOPIC = re.compile(r"[A-Za-z0-9._-]+")


def physical_names(
    streams: Mapping[Address, Stream], project: str, prefix: str, found: list[Diagnostic]
) -> None:
    """Find names that a broker would refuse, and topics and connectors that two streams would write."""
    topics: dict[tuple[str, str], Stream] = {}
    connectors: dict[tuple[str, str, str], Stream] = {}
    for stream in streams.values():
        if stream.materialized is Materialization.EPHEMERAL:
            continue
        if stream.dead_letter:
            _topic(f"{prefix}{stream.dead_letter}", stream.place.at("dead_letter", "topic"), stream, found)
        if stream.sink is not None and stream.enabled:
            _connector(stream, project, connectors, found)
        if stream.sink is not None and stream.sql is None:
            if stream.sink.topic:
                _topic(stream.sink.topic, stream.sink.place.at("topic"), stream, found)
            continue
        name = f"{prefix}{stream.topic}" if _written_here(stream) else stream.topic
        sound = _topic(name, _topic_place(stream), stream, found)
        if sound and stream.enabled:
            _one_writer(stream, name, topics, found)


def _written_here(stream: Stream) -> bool:
    return stream.materialized is not Materialization.SOURCE


def _topic(name: str, place: Place, stream: Stream, found: list[Diagnostic]) -> bool:
    fault = _bad_topic(name)
    if fault is None:
        return True
    shown = name if len(name) < 60 else name[:60] + "…"
    finding = codes.BAD_TOPIC.at(
        place.span(), f"`{shown}` is no name for a topic: {fault}", node=str(stream.address)
    )
    found.append(finding.with_help("use letters, digits, `.`, `_` and `-`, at most 249 of them"))
    return False


def _bad_topic(name: str) -> str | None:
    if name in (".", ".."):
        return "it means a folder"
    if len(name) > 249:
        return f"it has {len(name)} characters"
    if _TOPIC.fullmatch(name) is None:
        bad = next((c for c in name if not _TOPIC.fullmatch(c)), "")
        return f"`{bad}` is not allowed" if bad.isprintable() and bad else "it is empty or cannot be printed"
    return None


def _one_writer(
    stream: Stream, name: str, topics: dict[tuple[str, str], Stream], found: list[Diagnostic]
) -> None:
    # Kafka's metrics do not tell `.` from `_`, so brokers warn of two names that differ in them alone.
    known = topics.setdefault((stream.cluster, name.replace(".", "_")), stream)
    if known is stream or not (_written_here(stream) or _written_here(known)):
        return
    same = known.topic == stream.topic
    message = (
        f"two streams write the topic `{name}`"
        if same
        else f"`{name}` and `{known.topic}` are one name to Kafka's metrics"
    )
    finding = codes.TWO_WRITERS.at(_topic_place(stream).span(), message, node=str(stream.address))
    found.append(
        finding.note(f"`{known.name}` is the other one", _topic_place(known).span()).with_help(
            "give one of them another `topic`"
        )
    )


def _connector(
    stream: Stream,
    project: str,
    connectors: dict[tuple[str, str, str], Stream],
    found: list[Diagnostic],
) -> None:
    sink = stream.sink
    assert sink is not None
    name = sink.connector or f"{project}.{stream.name}"
    known = connectors.setdefault((sink.cluster or stream.cluster, sink.connect, name), stream)
    if known is stream or known.sink is None:
        return
    place = sink.place.at("connector")
    finding = codes.TWO_WRITERS.at(
        place.span(), f"two sinks are the connector `{name}`", node=str(stream.address)
    )
    found.append(
        finding.note(f"`{known.name}` is the other one", known.sink.place.at("connector").span()).with_help(
            "give one of them another `connector`"
        )
    )


def _topic_place(stream: Stream) -> Place:
    if stream.sink is not None and stream.sink.topic:
        return stream.sink.place.at("topic")
    value = stream.place.document.value
    for step in stream.place.path:
        value = value[step]
    return stream.place.at("topic" if isinstance(value, dict) and value.get("topic") else "name")
