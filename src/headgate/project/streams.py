"""Seeds to streams: every key settled, names of physical things worked out, references looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from headgate.addresses import Address, Kind
from headgate.diagnostics import Diagnostic
from headgate.project import codes, keys
from headgate.project.columns import columns, date_text, security, strings
from headgate.project.declarations import (
    Access,
    Environment,
    EventTime,
    FlinkSettings,
    KafkaSettings,
    Materialization,
    Reference,
    Sample,
    SchemaSettings,
    SinkSettings,
    Sql,
    Stream,
)
from headgate.project.entries import Entry
from headgate.project.names import wrong_kind
from headgate.project.queries import Queries
from headgate.project.references import named_reference, written_reference
from headgate.project.secrets import check_values
from headgate.project.seeds import Seed
from headgate.project.settings import flink_settings, freshness, kafka_settings
from headgate.project.suggest import did_you_mean, listed
from headgate.project.units import milliseconds
from headgate.syntax import Place

COMPLEX = ("ARRAY", "MAP", "ROW", "MULTISET")


@dataclass(slots=True)
class Streams:
    """What streams are made with."""

    queries: Queries
    environment: Environment
    limits: keys.Limits | None
    files: frozenset[str]
    found: list[Diagnostic]

    def stream(self, seed: Seed) -> Stream:
        """The stream that a seed becomes."""
        said, entry, found = seed.said, seed.entry, self.found
        is_model = isinstance(said, keys.Model)
        node = str(seed.address)
        own_columns = columns(seed.columns, self.queries.plain_text, found)
        key = strings(said.key)
        inputs = self._inputs(said, entry.at("from"), node) if is_model else ()
        cluster = said.cluster or ""
        text = self._text
        topic = (text(said.topic, entry, "topic") or seed.name) + seed.topic_suffix
        sink = self._sink(seed, said, topic) if is_model and said.sink is not None else None
        self._not_built(seed)
        return Stream(
            address=seed.address,
            name=seed.name,
            relation=self.queries.names.relations.get(seed.address, seed.name),
            materialized=seed.materialized,
            place=entry.place,
            version=seed.version,
            latest=seed.latest,
            folder=entry.folder,
            description=text(said.description, entry, "description"),
            owner=text(said.owner, entry, "owner"),
            group=text(said.group, entry, "group"),
            access=Access(said.access or "protected"),
            tags=strings(said.tags),
            enabled=said.enabled is not False,
            cluster=sink.cluster if sink is not None and sink.cluster and not cluster else cluster,
            topic=topic,
            key=key,
            key_format=said.key_format or "",
            format=said.format or "",
            timestamps=said.timestamps or "sql",
            columns=own_columns,
            contract=bool(said.contract and said.contract.enforced),
            contract_place=entry.at("contract") if said.contract else None,
            changelog=said.changelog or "append",
            envelope=said.envelope or "none",
            on_malformed=said.on_malformed
            or ("dead_letter" if self.environment.engine == "embedded" else "fail"),
            event_time=self._event_time(said.event_time, entry.at("event_time")),
            inputs=inputs,
            sql=self._sql(seed, inputs),
            security=security(said.security, entry.at("security"), found),
            kafka=kafka_settings(said.kafka, entry.at("kafka"), self.limits, found)
            if is_model
            else KafkaSettings(),
            flink=flink_settings(said.flink, entry.at("flink"), found) if is_model else FlinkSettings(),
            schema=self._schema(said.schema, entry.at("schema")),
            sink=sink,
            dead_letter=text(said.dead_letter.topic, entry, "dead_letter", "topic")
            if is_model and said.dead_letter
            else "",
            freshness=freshness(said.freshness, entry.at("freshness"), found),
            sample=self._sample(said.sample, entry.at("sample"), entry.raw),
            producers=tuple(said.producers or ()),
            system=said.system or "" if not is_model else "",
            deprecation_date=date_text(said.deprecation_date, entry.at("deprecation_date"), found)
            if is_model
            else "",
            adopt=bool(said.adopt),
            managed_by=said.managed_by or "",
            meta=said.meta or {},
        )

    def _text(self, value: str | None, entry: Entry[Any], *path: str) -> str:
        """A text in which `var` is rendered; the place of it is worked out only where there is something to render."""
        if not value or "{" not in value:
            return value or ""
        return self.queries.plain_text(value, entry.at(*path))

    def _inputs(self, said: keys.Model, place: Place, node: str) -> tuple[Reference, ...]:
        several = isinstance(said.from_, list)
        items: Sequence[Any] = (
            said.from_ if isinstance(said.from_, list) else () if said.from_ is None else (said.from_,)
        )
        references: list[Reference] = []
        for index, item in enumerate(items):
            at = place.at(index) if several else place
            if isinstance(item, str):
                one = written_reference(item, at, self.found)
                if one is not None:
                    references.append(one)
                continue
            if (item.source is None) == (item.model is None):
                self.found.append(
                    codes.BAD_REFERENCE.at(
                        at.span(), "`from` names one source or one model an item"
                    ).with_help("write `{source: x}` or `{model: x}`, or a list of them")
                )
                continue
            kind = Kind.SOURCE if item.source is not None else Kind.MODEL
            references.append(named_reference(kind, item.source or item.model, at.at(kind.value)))
        for reference in references:
            span = reference.place.span()
            address = self.queries.names.look_up(reference, span, self.found, node)
            warning = wrong_kind(reference, address, self.queries.names, span, node) if address else None
            if warning is not None and address is not None:
                self.queries.said_wrong_kind.add((node, address))
                self.found.append(warning)
        return tuple(references)

    def _sql(self, seed: Seed, inputs: tuple[Reference, ...]) -> Sql | None:
        if seed.materialized is Materialization.TOPIC:
            return None
        if seed.sql is not None:
            return self.queries.query(seed.sql, seed.address, config=not seed.version)
        if len(inputs) == 1 and seed.materialized is not Materialization.SINK:
            return self.queries.identity(inputs[0], seed.address)
        if len(inputs) > 1:
            self.found.append(
                codes.DOES_NOT_FIT.at(
                    seed.entry.at("from").span(),
                    f"`{seed.name}` reads {len(inputs)} streams and has no query",
                    node=str(seed.address),
                ).with_help("add `sql:` that says how they come together")
            )
        return None

    def _event_time(self, said: keys.EventTime | str | None, place: Place) -> EventTime | None:
        if said is None:
            return None
        if isinstance(said, str):
            return EventTime(said, 0, place)
        delay = milliseconds(said.max_out_of_orderness) if said.max_out_of_orderness is not None else 0
        return EventTime(said.column, delay or 0, place)

    def _schema(self, said: keys.SchemaKeys | None, place: Place) -> SchemaSettings:
        if said is None:
            return SchemaSettings()
        if said.definition is not None and said.definition not in self.files:
            self.found.append(_no_file(said.definition, place.at("definition"), self.files))
        if said.definition is not None and said.definition.endswith(".proto"):
            self.found.append(not_built("schemas in Protobuf are", place.at("definition")))
        subject = self.queries.plain_text(said.subject or "", place.at("subject"))
        return SchemaSettings(
            subject=subject, definition=said.definition or "", compatibility=said.compatibility or ""
        )

    def _sample(self, said: keys.Sample | None, place: Place, raw: Mapping[str, Any]) -> Sample | None:
        if said is None:
            return None
        if said.rows_file is not None and said.rows_file not in self.files:
            self.found.append(_no_file(said.rows_file, place.at("rows_file"), self.files))
        sample = raw.get("sample")
        generate = sample.get("generate") if isinstance(sample, dict) else None
        return Sample(said.rows_file or "", generate, place)

    def _sink(self, seed: Seed, said: keys.Model, topic: str) -> SinkSettings:
        sink, place = said.sink, seed.entry.at("sink")
        assert sink is not None
        self.found += check_values(
            sink.config,
            place.at("config"),
            protected=self.environment.protected,
            variables=self.queries.vars,
        )
        return SinkSettings(
            type=sink.type,
            connector=sink.connector or "",
            place=place,
            cluster=sink.cluster or "",
            connect=sink.connect or "main",
            region=sink.region or "",
            topic=self.queries.plain_text(sink.topic or "", place.at("topic"))
            or (topic if said.topic else ""),
            role=sink.role or "",
            purpose=sink.purpose or "",
            config=sink.config or {},
            needs=sink.needs or {},
        )

    def _not_built(self, seed: Seed) -> None:
        said, entry, found = seed.said, seed.entry, self.found
        if said.format == "protobuf":
            found.append(not_built("values in Protobuf are", entry.at("format")))
        if said.envelope in ("canal", "maxwell", "debezium"):
            found.append(not_built(f"the envelope `{said.envelope}` is", entry.at("envelope")))


def not_built(what: str, place: Place, *, mend: str = "") -> Diagnostic:
    """The finding for a declaration that is understood and that nothing here can make true."""
    finding = codes.NOT_BUILT_YET.at(place.span(), f"{what} not built yet")
    return finding.with_help(mend or "leave it out; nothing would be made of it")


def _no_file(name: str, place: Place, files: frozenset[str]) -> Diagnostic:
    finding = codes.NO_SUCH_FILE.at(place.span(), f"there is no file `{name}`")
    near = [f for f in files if f.rpartition("/")[2] == name.rpartition("/")[2]] or files
    return finding.with_help(did_you_mean(name, near) or "write its path from the folder of `headgate.yml`")


def settle(streams: dict[Address, Stream], queries: Queries) -> dict[Address, Stream]:
    """What a stream takes from its input where it does not say it: format, a sink's topic; and what follows from that."""
    settled: dict[Address, Stream] = {}
    for address in streams:
        chain: list[Address] = []
        at: Address | None = address
        while at is not None and at in streams and at not in settled and at not in chain:
            chain.append(at)
            at = _input(streams[at], queries)
        for link in reversed(chain):
            stream = streams[link]
            above = _input(stream, queries)
            settled[link] = _settled(stream, settled.get(above) if above is not None else None)
    return {address: settled[address] for address in streams}


def _input(stream: Stream, queries: Queries) -> Address | None:
    """The stream whose records a virtual topic or a sink without a query serves as they are."""
    if stream.materialized is Materialization.VIRTUAL_TOPIC:
        references = stream.sql.references if stream.sql is not None else stream.inputs
    elif stream.materialized is Materialization.SINK and stream.sql is None:
        references = stream.inputs
    else:
        return None
    return queries.names.find(references[0]) if references else None


def _settled(stream: Stream, above: Stream | None) -> Stream:
    if above is None and stream.format and (stream.key_format or not stream.key) and stream.sink is None:
        return stream
    format_ = stream.format or (above.format if above is not None else "") or "json"
    key_format = stream.key_format
    if stream.key and not key_format:
        column = stream.column(stream.key[0])
        complex_ = len(stream.key) > 1 or (column is not None and column.type.name in COMPLEX)
        key_format = ("avro" if format_ == "avro" else "json") if complex_ else "raw"
    topic = stream.topic
    if stream.sink is not None:
        topic = stream.sink.topic or (above.topic if above is not None else topic)
    return replace(stream, format=format_, key_format=key_format if stream.key else "", topic=topic)


def clusters_known(
    streams: Mapping[Address, Stream], environment: Environment, found: list[Diagnostic]
) -> dict[Address, Stream]:
    """Every stream with its cluster: said, by default, or the environment's only one."""
    clusters = environment.clusters
    if environment.engine == "embedded" and not clusters:
        return dict(streams)
    only = next(iter(clusters)) if len(clusters) == 1 else ""
    out: dict[Address, Stream] = {}
    unknown: dict[str, Stream] = {}
    for address, stream in streams.items():
        if not stream.cluster:
            stream = replace(stream, cluster=only)
            if not only and environment.engine != "embedded":
                found.append(
                    codes.NO_CLUSTER.at(
                        stream.place.at("name").span(),
                        f"`{stream.name}` says no `cluster`, and `{environment.name}` has {len(clusters)}",
                        node=str(address),
                    ).with_help(
                        f"say `cluster:`, here or in `defaults`; there are {listed(clusters) or 'none'}"
                    )
                )
        elif stream.cluster not in clusters and environment.engine != "embedded":
            unknown.setdefault(stream.cluster, stream)
        sink_cluster = stream.sink.cluster if stream.sink is not None else ""
        if sink_cluster and sink_cluster not in clusters and environment.engine != "embedded":
            unknown.setdefault(sink_cluster, stream)
        out[address] = stream
    for name, stream in unknown.items():
        place = stream.sink.place if stream.sink is not None and stream.sink.cluster == name else stream.place
        finding = codes.UNKNOWN_CLUSTER.at(
            place.at("cluster").span(),
            f"`{environment.name}` has no cluster `{name}`",
            node=str(stream.address),
        )
        found.append(
            finding.with_help(
                did_you_mean(name, clusters)
                or f"declare it under `clusters`, or use {listed(clusters) or 'one'}"
            )
        )
    return out
