"""Connector configurations for Kafka Connect, checked offline against what each connector type takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from headgate.compile.connector import CONNECTS_OWN, TRANSFORMS, ConnectorType, Kind, Served, Setting, Sink
from headgate.compile.connectors import connector_types
from headgate.compile.converters import Records, converters
from headgate.compile.ddl import subject
from headgate.compile.grants import Given, connector_grants, sink_identity
from headgate.compile.handed_over import is_elsewhere
from headgate.compile.placeholders import connection, identity, secured, sink_setting
from headgate.compile.planes import Plane, sink_door
from headgate.compile.stand_in import stands_in, stood_in
from headgate.compile.target import Compiled, World, value_columns
from headgate.compile.texts import as_json, file_name
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Cluster, Materialization, SinkSettings, Stream
from headgate.project.secrets import holds_secret
from headgate.resources import Artifact, Capabilities, Resource, ResourceId
from headgate.resources.live import CONNECTOR, GATEWAY_JOB_ACL, JOB_ACL, SUBJECT, TOPIC
from headgate.sql.facts import Mode

NAME = "connect"
CAPABILITIES = Capabilities(name=NAME, dead_letters=True)
KINDS = (CONNECTOR,)

UNKNOWN_TYPE = Code("HGC130", "unknown-connector-type", Severity.ERROR)
BAD_SETTING = Code("HGC131", "bad-connector-setting", Severity.ERROR)
SERVED_BESIDE = Code("HGC132", "served-beside-the-connector", Severity.INFO)
LOGS_RECORDS = Code("HGC133", "connector-logs-records", Severity.ERROR)
STOOD_IN = Code("HGC134", "sink-stood-in-for", Severity.INFO)

_OWN = "connector.class"
_IN_NO_PATH = "/\\%"
_SECURITY = "org.apache.kafka.common.security"


def compile(world: World) -> Compiled:  # noqa: A001 - the name of the verb
    """A configuration for every sink, and a file for what its connector cannot do itself."""
    artifacts: list[Artifact] = []
    resources: list[Resource] = []
    diagnostics: list[Diagnostic] = []
    for stream, facts in world.streams(Materialization.SINK):
        if stream.sink is None or is_elsewhere(stream):
            continue
        found, type_ = _checked(world, stream, stream.sink, facts)
        diagnostics += found
        if any(d.severity is Severity.ERROR for d in found):
            continue
        made, files = _made(world, stream, stream.sink, facts, type_)
        resources.append(made)
        artifacts += files
    return Compiled(resources=tuple(resources), artifacts=tuple(artifacts), diagnostics=tuple(diagnostics))


def _made(
    world: World, stream: Stream, settings: SinkSettings, facts: StreamFacts, type_: ConnectorType | None
) -> tuple[Resource, list[Artifact]]:
    """The connector of a sink, and its files: the configuration, and what is served beside it."""
    sink, cluster = _sink(world, stream, settings, facts), _cluster(stream)
    served = _served(type_, sink)
    if type_ is not None and stands_in(world.environment, type_):
        served, (type_, sink) = (), stood_in(type_, sink, world.cluster_named(cluster))
    config = _config(world, stream, facts, sink, type_)
    file = f"connect/{world.folder(cluster)}{file_name(sink.connector)}"
    texts = {f"{file}.json": as_json({"name": sink.connector, "config": config})}
    texts |= {f"{file}.{one.suffix}": one.text for one in served if one.suffix}
    made = Resource(
        id=ResourceId(CONNECTOR.name, f"{cluster}/{settings.connect}/{sink.connector}"),
        fields={"cluster": cluster, "connect": settings.connect, "config": config, "running": True},
        address=str(stream.address),
        after=_after(world, stream, facts),
        reason=stream.description,
    )
    return made, [Artifact(path=p, text=t, address=str(stream.address)) for p, t in texts.items()]


def _after(world: World, stream: Stream, facts: StreamFacts) -> tuple[ResourceId, ...]:
    """A connector starts when the topic it reads, its schema, its dead letters' topic and its own grants are there."""
    found: list[ResourceId] = []
    _, read = _read(world, stream, facts)
    if read is not None:
        found = [world.topic_id(read), ResourceId(SUBJECT.name, f"{read.cluster}/{subject(world, read)}")]
    if stream.dead_letter:
        topic = world.environment.prefix + stream.dead_letter
        found.append(ResourceId(TOPIC.name, f"{_cluster(stream)}/{topic}"))
    for given in connector_grants(world, stream, facts):
        if isinstance(given, Given):
            kind = GATEWAY_JOB_ACL if given.plane is Plane.PROXY else JOB_ACL
            found += (binding.id_in(kind) for binding in given.bindings)
    return tuple(dict.fromkeys(found))


def check_connectors(world: World) -> list[Diagnostic]:
    """What is wrong or worth knowing about every sink's configuration, whatever is compiled."""
    return [
        diagnostic
        for stream, facts in world.streams(Materialization.SINK)
        if stream.sink is not None
        for diagnostic in _checked(world, stream, stream.sink, facts)[0]
    ]


def _cluster(stream: Stream) -> str:
    return (stream.sink.cluster if stream.sink else "") or stream.cluster


def _sink(world: World, stream: Stream, settings: SinkSettings, facts: StreamFacts) -> Sink:
    source, read = _read(world, stream, facts)
    return Sink(
        name=stream.name,
        connector=world.connector(stream),
        topic=world.topic(read) if read else settings.topic,
        key=source.key if source else (),
        bare_key=source.key[0] if source and source.key and read and read.key_format == "raw" else "",
        columns=tuple((c.name, c.type.text) for c in facts.columns),
        upserts=source is not None and source.mode is not Mode.APPEND,
        config=settings.config,
    )


def _read(world: World, stream: Stream, facts: StreamFacts) -> tuple[StreamFacts | None, Stream | None]:
    """The stream that a connector reads: the sink's input, or what the sink's own query makes."""
    if stream.sql is not None:
        return facts, stream
    address = facts.inputs[0] if facts.inputs else None
    return (world.graph.facts.get(address), world.graph.stream(address)) if address else (None, None)


def _checked(
    world: World, stream: Stream, settings: SinkSettings, facts: StreamFacts
) -> tuple[list[Diagnostic], ConnectorType | None]:
    types = connector_types()
    type_ = types.get(settings.type)
    if type_ is None and _OWN not in settings.config:
        known = ", ".join(f"`{name}`" for name in types)
        close = get_close_matches(settings.type, types, n=1)
        finding = UNKNOWN_TYPE.at(
            settings.place.at("type").span(),
            f"the connector library has no type `{settings.type}`",
            node=str(stream.address),
        ).with_help(
            (f"did you mean `{close[0]}`? " if close else "")
            + f"it has {known}; any other connector goes with `connector.class` in `config`"
        )
        return [finding], None
    found = [*_name_faults(world, stream, settings), *_setting_faults(stream, settings, type_)]
    if not found and type_ is not None:
        sink = _sink(world, stream, settings, facts)
        found += [
            BAD_SETTING.at(_place(settings, key), message, node=str(stream.address)).with_help(help_)
            for key, message, help_ in type_.faults(sink)
        ]
        if stands_in(world.environment, type_):
            found.append(_stood_in(stream, settings))
        else:
            found += [
                SERVED_BESIDE.at(_place(settings, s.setting), s.told, node=str(stream.address))
                for s in _served(type_, sink)
            ]
    return found, type_


def _name_faults(world: World, stream: Stream, settings: SinkSettings) -> Iterator[Diagnostic]:
    """Connect's REST API has no way to name a connector with these in a path: its server refuses them, escaped or not."""
    name = world.connector(stream)
    wrong = sorted({character for character in name if character in _IN_NO_PATH})
    if wrong:
        yield BAD_SETTING.at(
            settings.place.at("connector").span(),
            f"Connect takes no {' or '.join(f'`{one}`' for one in wrong)} in the name of a connector",
            node=str(stream.address),
        ).with_help("say another `connector`")


def _stood_in(stream: Stream, settings: SinkSettings) -> Diagnostic:
    return STOOD_IN.at(
        settings.place.at("type").span(),
        f"on the local stack `{stream.name}` writes into a table of its PostgreSQL",
        node=str(stream.address),
    ).with_help("look into it with the address that `headgate local status` shows")


def _place(settings: SinkSettings, key: str) -> Any:
    return settings.place.at("config", key).span()


def _served(type_: ConnectorType | None, sink: Sink) -> tuple[Served, ...]:
    return type_.served(sink) if type_ is not None else ()


def _setting_faults(
    stream: Stream, settings: SinkSettings, type_: ConnectorType | None
) -> Iterator[Diagnostic]:
    friendly = dict(type_.settings) if type_ else {}
    node = str(stream.address)
    for key, value in settings.config.items():
        if "." in key or key in CONNECTS_OWN or type_ is None:
            twins = [name for name, s in friendly.items() if s.key == key and name in settings.config]
            if twins:
                yield BAD_SETTING.at(
                    _place(settings, key), f"`{key}` and `{twins[0]}` are one setting", node=node
                ).with_help("keep one of them")
            elif key == "errors.log.include.messages" and str(value).lower() == "true":
                yield LOGS_RECORDS.at(
                    _place(settings, key), f"`{key}` writes records into the worker's log", node=node
                ).with_help("leave it out; `dead_letter` keeps the records that failed under their policies")
        elif key not in friendly:
            close = get_close_matches(key, friendly, n=1)
            yield BAD_SETTING.at(
                settings.place.at("config", key).key_span(),
                f"`{settings.type}` has no setting `{key}`",
                node=node,
            ).with_help(
                f"did you mean `{close[0]}`?"
                if close
                else "a key with a dot is the connector's own and passes as it is"
            )
        else:
            fault = _value_fault(friendly[key], value)
            if fault:
                yield BAD_SETTING.at(_place(settings, key), f"`{key}` takes {fault}", node=node)
    for name, setting in friendly.items():
        if setting.required and name not in settings.config and setting.key not in settings.config:
            yield BAD_SETTING.at(
                settings.place.at("config").key_span(), f"`{settings.type}` needs `{name}`", node=node
            ).with_help(f"add `{name}` to `config`")


def _value_fault(setting: Setting, value: Any) -> str:
    if isinstance(value, str) and "{{" in value:
        return ""
    match setting.kind:
        case Kind.NUMBER if isinstance(value, bool) or not isinstance(value, int):
            return str(setting.kind.value)
        case Kind.FLAG if not isinstance(value, bool):
            return str(setting.kind.value)
        case Kind.NAMES if not (
            isinstance(value, str)
            or (isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value))
        ):
            return str(setting.kind.value)
        case Kind.TEXT if isinstance(value, (list, tuple, Mapping)):
            return str(setting.kind.value)
    if setting.choices and str(value).upper() not in setting.choices:
        return "one of " + ", ".join(setting.choices)
    return ""


def _config(
    world: World, stream: Stream, facts: StreamFacts, sink: Sink, type_: ConnectorType | None
) -> dict[str, str]:
    assert stream.sink is not None
    config: dict[str, str] = {}
    if type_ is not None:
        config[_OWN] = type_.connector_class
    config |= {"tasks.max": "1", "topics": sink.topic}
    config |= _converters(world, stream, facts, sink, typed=type_ is not None and type_.typed)
    if type_ is not None:
        config |= dict(type_.fixed) | dict(type_.derived(sink))
    for key, value in sink.config.items():
        setting = type_.settings.get(key) if type_ is not None else None
        name = key if setting is None else setting.key
        if isinstance(value, str) and ("{{" in value or holds_secret(key, value)):
            config[name] = sink_setting(stream.name, key)
        elif name:
            text = _text(value) if setting is None else _said(setting, value)
            # Whatever somebody makes of a record comes before what its connector needs.
            config[name] = f"{text},{config[name]}" if name == TRANSFORMS and name in config else text
    config |= _dead_letters(world, stream)
    config |= _reads_as(world, stream, facts)
    return config


def _dead_letters(world: World, stream: Stream) -> dict[str, str]:
    """Where records that fail go, and as whom: Connect's own identity, whoever the connector reads as (KIP-458)."""
    if not stream.dead_letter:
        return {}
    cluster = world.cluster_named(_cluster(stream))
    return {
        "errors.tolerance": "all",
        "errors.deadletterqueue.topic.name": world.environment.prefix + stream.dead_letter,
        "errors.deadletterqueue.context.headers.enable": "false",
        **_logs_in("producer.override.", cluster, "kafka", "connect"),
        **_logs_in("admin.override.", cluster, "kafka", "connect"),
    }


def _reads_as(world: World, stream: Stream, facts: StreamFacts) -> dict[str, str]:
    """The consumer's own connection: through the proxy where only that shows the stream, and as the sink's identity."""
    _, read = _read(world, stream, facts)
    if read is None:
        return {}
    cluster, found = world.cluster(read), {}
    proxied = sink_door(world, stream, read).plane is Plane.PROXY
    part = "proxy" if proxied else "kafka"
    if proxied:
        found["consumer.override.bootstrap.servers"] = connection(cluster, part, "bootstrap_servers")
    return found | _logs_in("consumer.override.", cluster, part, sink_identity(world, stream))


def _logs_in(prefix: str, cluster: Cluster, part: str, name: str) -> dict[str, str]:
    """How one of a connector's own clients logs in as an identity; nothing where nobody need."""
    login = secured(cluster, part)
    if login is None:
        return {}
    found = {f"{prefix}security.protocol": login.protocol}
    if login.mechanism:
        user, password = identity(cluster, name, "username"), identity(cluster, name, "password")
        scram = login.mechanism.startswith("SCRAM")
        module = f"{_SECURITY}.{'scram.ScramLoginModule' if scram else 'plain.PlainLoginModule'}"
        found[f"{prefix}sasl.mechanism"] = login.mechanism
        found[f"{prefix}sasl.jaas.config"] = f'{module} required username="{user}" password="{password}";'
    return found


def _converters(
    world: World, stream: Stream, facts: StreamFacts, sink: Sink, *, typed: bool
) -> dict[str, str]:
    assert stream.sink is not None
    source, read = _read(world, stream, facts)
    if read is None or source is None:
        records = Records(format=stream.format, columns={}, typed=False)
    else:
        stored = sink_door(world, stream, read).plane is Plane.BROKER
        records = Records(
            format=read.format,
            # What the proxy shows of a column may be nothing.
            columns={n: t if stored else t.as_nullable() for n, t in value_columns(world, read, source)},
            key=sink.key,
            key_format=read.key_format,
            typed=typed,
        )
    return converters(records, world.cluster(stream), stream.sink.connect, world.environment.engine)


def _said(setting: Setting, value: Any) -> str:
    if setting.kind is Kind.NUMBER and isinstance(value, int):
        return str(value * setting.scale)
    if setting.values:
        return setting.values.get(str(value).upper(), _text(value))
    if setting.kind is Kind.NAMES:
        return ",".join(name.strip() for name in _text(value).split(","))
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(str(v) for v in value)
    return "" if value is None else str(value)
