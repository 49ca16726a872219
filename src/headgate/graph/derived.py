"""What is known of a stream from its query: columns as readers see them, mode, key, time, lineage, latency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headgate.addresses import Address, ColumnAddress
from headgate.graph.declared import ROWTIME, can_be_time, with_key, with_rowtime
from headgate.graph.model import Decider, Mode, Origin, StreamColumn, StreamFacts
from headgate.project.declarations import Materialization, Stream
from headgate.sql.facts import ColumnFacts, How, QueryFacts, Why

INLINED = (Materialization.VIRTUAL_TOPIC, Materialization.EPHEMERAL)
"""What a job reads as a view over its inputs, not as a topic: it keeps their time attributes."""


class Ends:
    """Links to the columns of one stream, each equal one made once: a large project has a hundred thousand of them."""

    __slots__ = ("_columns", "_deciders", "_origins", "_stream")

    def __init__(self, stream: Address) -> None:
        self._stream = stream
        self._columns: dict[str, ColumnAddress] = {}
        self._origins: dict[tuple[str, How], Origin] = {}
        self._deciders: dict[tuple[str, Why], Decider] = {}

    def _column(self, name: str) -> ColumnAddress:
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = ColumnAddress(self._stream, name)
        return found

    def origin(self, name: str, how: How) -> Origin:
        """The direct link to a column."""
        found = self._origins.get((name, how))
        if found is None:
            found = self._origins[name, how] = Origin(self._column(name), how)
        return found

    def decider(self, name: str, why: Why) -> Decider:
        """The indirect link to a column."""
        found = self._deciders.get((name, why))
        if found is None:
            found = self._deciders[name, why] = Decider(self._column(name), why)
        return found


class Links:
    """The ends of links, by stream."""

    def __init__(self) -> None:
        self._ends: dict[Address, Ends] = {}

    def to(self, stream: Address) -> Ends:
        """The links to the columns of a stream."""
        found = self._ends.get(stream)
        if found is None:
            found = self._ends[stream] = Ends(stream)
        return found


def derived_facts(
    stream: Stream,
    query: QueryFacts,
    inputs: Sequence[StreamFacts],
    relations: Mapping[str, Address],
    links: Links,
) -> StreamFacts:
    """The facts of a stream with a query. `relations` leads from names in the query to the streams they are."""
    ends = {name: links.to(relations[name]) for name in query.relations}
    key = stream.key or passed_key(stream, query, inputs, relations)
    mode = query.mode
    if stream.materialized not in INLINED and mode is not Mode.APPEND:
        mode = Mode.UPSERT if key else mode
    columns = _readers_columns(stream, query.columns)
    event_time, delay_ms = _time(stream, query, columns, inputs)
    if stream.materialized not in INLINED:
        columns = tuple(StreamColumn(c.name, c.type) if c.time else c for c in columns)
        columns = with_key(columns, key) if mode is Mode.UPSERT else columns
    return StreamFacts(
        address=stream.address,
        columns=with_rowtime(columns, event_time) if event_time else columns,
        mode=mode,
        key=key,
        unique_key=query.key,
        event_time=event_time,
        delay_ms=delay_ms,
        inputs=tuple(i.address for i in inputs),
        origins={
            c.name: tuple([ends[link.relation].origin(link.column, link.how) for link in c.links])
            for c in query.columns
        },
        deciders=tuple([ends[i.relation].decider(i.column, i.why) for i in query.influences]),
        query=query,
        latency_ms=own_latency(query, inputs),
    )


def sink_facts(stream: Stream, source: StreamFacts, links: Links) -> StreamFacts:
    """The facts of a sink: those of the one stream it writes out."""
    ends = links.to(source.address)
    return StreamFacts(
        address=stream.address,
        columns=source.columns,
        known=source.known,
        mode=source.mode,
        key=stream.key or source.key,
        unique_key=source.unique_key,
        event_time=source.event_time,
        delay_ms=source.delay_ms,
        inputs=(source.address,),
        origins={c.name: (ends.origin(c.name, How.IDENTITY),) for c in source.columns},
    )


def own_latency(query: QueryFacts, inputs: Sequence[StreamFacts]) -> int:
    """The least time, in ms, that the query alone can keep a row back: its longest wait, and its inputs' watermark.

    Waits of one query are not added up: a window over windows closes when the larger one does.
    """
    waits = max((o.waits_ms for o in query.operators), default=0)
    return waits + watermark_wait(query, inputs)


def watermark_wait(query: QueryFacts, inputs: Sequence[StreamFacts]) -> int:
    """How far behind the watermark is that the query waits for; 0 where it waits for none."""
    if not any(o.needs_watermark for o in query.operators):
        return 0
    return max((i.delay_ms for i in inputs if i.event_time), default=0)


def _readers_columns(stream: Stream, columns: Sequence[ColumnFacts]) -> tuple[StreamColumn, ...]:
    """The derived columns; under an enforced contract the promised ones, in the order of the contract."""
    derived = {c.name: c for c in columns}
    seen: dict[str, StreamColumn] = {}
    for declared in stream.columns:
        found = derived.get(declared.name)
        if stream.contract and (found or declared.type.name != "UNKNOWN"):
            type_ = declared.type if found is None or declared.type.name != "UNKNOWN" else found.type
            seen[declared.name] = StreamColumn(declared.name, type_, found.time if found else "")
        elif found is not None and found.type.name == "UNKNOWN":
            derived[declared.name] = ColumnFacts(found.name, declared.type, found.links, found.time)
    for name, found in derived.items():
        seen.setdefault(name, StreamColumn(name, found.type, found.time))
    return tuple(seen.values())


def _time(
    stream: Stream, query: QueryFacts, columns: tuple[StreamColumn, ...], inputs: Sequence[StreamFacts]
) -> tuple[str, int]:
    """Event time and its delay, by the first rule of format.md §5 that applies."""
    delay_ms = max((i.delay_ms for i in inputs if i.event_time), default=0)
    if stream.event_time is not None:
        name, delay_ms = stream.event_time.column, stream.event_time.delay_ms
    else:
        name = query.event_time
    found = next((c for c in columns if c.name == name), None)
    if found is None or not can_be_time(found.type):
        return "", 0
    if stream.materialized in INLINED and stream.event_time is None and found.time != ROWTIME:
        return "", 0
    return name, delay_ms


def passed_key(
    stream: Stream,
    query: QueryFacts,
    inputs: Sequence[StreamFacts],
    relations: Mapping[str, Address],
) -> tuple[str, ...]:
    """The key of a virtual topic that names none: its input's, where every column of it is passed on."""
    if stream.materialized is not Materialization.VIRTUAL_TOPIC or len(inputs) != 1:
        return ()
    passed = {
        link.column: c.name
        for c in reversed(query.columns)
        for link in c.links
        if link.how is How.IDENTITY and len(c.links) == 1
    }
    key = inputs[0].key
    return tuple(passed[k] for k in key) if key and all(k in passed for k in key) else ()
