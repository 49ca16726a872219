"""Connectors as sinks: a known class by its friendly keys, any other with its own; a secret as a variable to be set.

A connector that cannot be a sink (one of several topics, one that writes topics) is an exposure, so that the graph has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from headgate.compile.connector import ConnectorType, Kind, Setting, Sink
from headgate.compile.connectors import connector_types
from headgate.ports import LiveConnector, has_placeholder
from headgate.project.secrets import holds_secret
from headgate.schema.seen import SeenColumn
from headgate.workflows.importing.declared import Declared, Part, Ref
from headgate.workflows.importing.schemas import Shape
from headgate.workflows.importing.sources import Topic
from headgate.workflows.importing.spelling import comment, flow, is_template, item, name_of, scalar

SINKS = "sinks"
_PARTS = frozenset({Part.CONNECTORS})
_CLASS, _TOPICS, _REGEX, _NAME = "connector.class", "topics", "topics.regex", "name"
_HIDDEN = ("(hidden)", "(changed outside)")
"""What stands where a secret does."""
_SAID_ELSEWHERE = (_NAME, _TOPICS)
_LOGS = "errors.log.include.messages"


@dataclass(frozen=True, slots=True)
class Read:
    """What a connector reads: the stream of its topic as it is referred to, the source where it is one, and its shape."""

    reference: str
    source: str
    shape: Shape


def topics_of(connector: LiveConnector, known: Sequence[Topic]) -> tuple[str, ...]:
    """The topics that a sink connector reads; of a pattern those of its cluster that it matches."""
    said = [one.strip() for one in connector.config.get(_TOPICS, "").split(",") if one.strip()]
    pattern = connector.config.get(_REGEX, "")
    if not pattern:
        return tuple(said)
    try:
        matching = re.compile(pattern)
    except re.error:
        return tuple(said)
    found = [topic for cluster, topic in known if cluster == connector.cluster and matching.fullmatch(topic)]
    return tuple(dict.fromkeys((*said, *found)))


def is_one_sink(connector: LiveConnector, topics: Sequence[str]) -> bool:
    """Whether a connector is what a sink declares: it reads one topic, by its name."""
    return connector.type != "source" and len(topics) == 1 and _REGEX not in connector.config


def sink(
    connector: LiveConnector, name: str, read: Read, *, one_cluster: bool
) -> tuple[Declared, tuple[str, ...]]:
    """The declaration of a sink, and the variables that its secrets wait for."""
    type_, config, left_out, variables = _settings(connector, name, read)
    lines = [
        f"name: {scalar(name)}",
        "materialized: sink",
        "managed_by: other",
        f"from: {flow({'source': read.source}) if read.source else read.reference}",
        *(() if one_cluster else (f"cluster: {scalar(connector.cluster)}",)),
        "sink:",
        f"  type: {scalar(type_)}",
        f"  connector: {scalar(connector.name)}",
        *((f"  connect: {scalar(connector.connect)}",) if connector.connect != "main" else ()),
        *(("  config:",) if config else ()),
        *(f"    {scalar(key)}: {flow(value)}" for key, value in config.items()),
        *(f"    {comment(why)}" for why in left_out),
    ]
    needs = frozenset({Ref("sources", read.source)} if read.source else ())
    return Declared(Ref("models", name), tuple(item(lines)), SINKS, _PARTS, needs), variables


def use(connector: LiveConnector, name: str, reads: Sequence[str], sources: frozenset[str]) -> Declared:
    """The exposure of a connector that reads several topics, or whose topics are known in part."""
    lines = [
        f"name: {scalar(name)}",
        "type: external",
        f"description: {scalar(_described(connector))}",
        "managed_by: other",
        "consumes:",
        *(f"  - {reference}" for reference in reads),
    ]
    needs = frozenset(Ref("sources", source) for source in sources)
    return Declared(Ref("exposures", name), tuple(item(lines)), SINKS, _PARTS, needs)


def _described(connector: LiveConnector) -> str:
    pattern = connector.config.get(_REGEX, "")
    known = pattern and not is_template(pattern)
    which = f"the topics that {pattern} matches" if known else "several topics"
    return f"The connector {connector.name}, which reads {which}."


def _settings(
    connector: LiveConnector, name: str, read: Read
) -> tuple[str, dict[str, object], list[str], tuple[str, ...]]:
    """The type that says a connector, its settings, what could not be said, and variables for secrets."""
    class_ = connector.config.get(_CLASS, "")
    said, left_out, variables = _raw(connector, name)
    type_ = next((one for one in connector_types().values() if one.connector_class == class_), None)
    if type_ is not None:
        friendly = _friendly(said, type_)
        if _fits(connector, name, read, type_, friendly):
            return type_.name, friendly, left_out, variables
    word = name_of(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", class_.rpartition(".")[2]))
    return word if word not in connector_types() else f"{word}_connector", said, left_out, variables


def _raw(connector: LiveConnector, name: str) -> tuple[dict[str, object], list[str], tuple[str, ...]]:
    """The connector's own settings, its secrets as variables."""
    said: dict[str, object] = {}
    left_out: list[str] = []
    variables: list[str] = []
    for key, value in sorted(connector.config.items()):
        if key in _SAID_ELSEWHERE:
            continue
        if value in _HIDDEN or has_placeholder(value) or holds_secret(key, value):
            variable = f"{name}_{re.sub(r'[^A-Za-z0-9]+', '_', key)}".upper()
            variables.append(variable)
            said[key] = f'{{{{ env_var("{variable}") }}}}'
        elif is_template(value):
            left_out.append(f"{key}: its value would be a template")
        elif key == _LOGS and value.lower() == "true":
            left_out.append(f"{key}: it writes records into the worker's log, which is refused here")
        else:
            said[key] = value
    return said, left_out, tuple(variables)


def _friendly(said: Mapping[str, object], type_: ConnectorType) -> dict[str, object]:
    """Settings by the library's keys, where what it would make of them is what is there."""
    by_key = {setting.key: (name, setting) for name, setting in type_.settings.items() if setting.key}
    found: dict[str, object] = {}
    for key, value in said.items():
        if key == _CLASS or type_.fixed.get(key) == value:
            continue
        name, setting = by_key.get(key, (key, None))
        converted = _said(setting, str(value)) if setting is not None else None
        found[name if converted is not None else key] = value if converted is None else converted
    return found


def _said(setting: Setting, value: str) -> object | None:
    """What a friendly key says for a value of the connector's own; None where it cannot say it."""
    if "{{" in value:
        return value
    if setting.values:
        return next((word for word, theirs in setting.values.items() if theirs == value), None)
    match setting.kind:
        case Kind.NUMBER:
            whole = int(value) if value.isdecimal() else None
            return None if whole is None or whole % setting.scale else whole // setting.scale
        case Kind.FLAG:
            return {"true": True, "false": False}.get(value)
        case Kind.NAMES:
            return [one.strip() for one in value.split(",")] if value else None
    return None if setting.choices and value.upper() not in setting.choices else value


def _fits(
    connector: LiveConnector, name: str, read: Read, type_: ConnectorType, config: Mapping[str, object]
) -> bool:
    """Whether the library takes these settings for what the connector reads."""
    raw = [key for key in config if key not in type_.settings and "." not in key]
    missing = [
        key
        for key, setting in type_.settings.items()
        if setting.required and key not in config and setting.key not in config
    ]
    columns = tuple(_column(column) for column in read.shape.columns)
    about = Sink(
        name=name,
        connector=connector.name,
        topic="",
        key=read.shape.key,
        bare_key="",
        columns=columns,
        upserts=False,
        config=config,
    )
    untyped = type_.typed and not columns
    return not (raw or missing or untyped or type_.faults(about))


def _column(column: SeenColumn) -> tuple[str, str]:
    return column.name, column.type.text


def groups_of(connectors: Sequence[LiveConnector]) -> Iterator[tuple[str, str]]:
    """The consumer groups that connectors read with, with their clusters."""
    for connector in connectors:
        yield (
            connector.cluster,
            connector.config.get("consumer.override.group.id", f"connect-{connector.name}"),
        )
