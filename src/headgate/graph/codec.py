"""Relations and analyses as bytes: what crosses process boundaries, and what a cache keeps.

A type is written once an analysis, columns refer to it by its index: most queries have five types and a dozen columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from headgate.schema.types import DataType, Field
from headgate.sql.facts import (
    Analysis,
    ColumnFacts,
    Exactness,
    Fault,
    How,
    Influence,
    Link,
    Mode,
    Operator,
    QueryFacts,
    Relation,
    Why,
)

FORMAT = 2
"""Raised with every change to what is written here: a cache of another format is not read."""

_HOW, _WHY, _MODE, _EXACTNESS = list(How), list(Why), list(Mode), list(Exactness)
_HOW_AT = {value: at for at, value in enumerate(_HOW)}
_WHY_AT = {value: at for at, value in enumerate(_WHY)}
_MODE_AT = {value: at for at, value in enumerate(_MODE)}
_EXACTNESS_AT = {value: at for at, value in enumerate(_EXACTNESS)}

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


class _Types:
    """The distinct types of one message, in the order they are met."""

    def __init__(self) -> None:
        self.at: dict[DataType, int] = {}

    def index(self, type_: DataType) -> int:
        return self.at.setdefault(type_, len(self.at))

    def written(self) -> list[Any]:
        return [_type_out(t) for t in self.at]


@lru_cache(maxsize=4096)
def _type_out(type_: DataType) -> tuple[Any, ...]:
    return (
        type_.name,
        type_.precision,
        type_.scale,
        type_.length,
        type_.nullable,
        _type_out(type_.element) if type_.element else None,
        _type_out(type_.key) if type_.key else None,
        tuple((f.name, _type_out(f.type)) for f in type_.fields),
    )


@lru_cache(maxsize=4096)
def _scalar(name: str, precision: int, scale: int, length: int, nullable: bool) -> DataType:
    return DataType(name, precision, scale, length, nullable=nullable)


def _type_in(value: Sequence[Any]) -> DataType:
    name, precision, scale, length, nullable, element, key, fields = value
    if element is None and key is None and not fields:
        return _scalar(name, precision, scale, length, nullable)
    return DataType(
        name,
        precision,
        scale,
        length,
        _type_in(element) if element else None,
        _type_in(key) if key else None,
        tuple(Field(n, _type_in(t)) for n, t in fields),
        nullable,
    )


def encode_relation(relation: Relation) -> bytes:
    """The bytes of a relation; equal relations have equal bytes."""
    types = _Types()
    columns = [(c.name, types.index(c.type), c.time) for c in relation.columns]
    return _encoder.encode(
        (
            relation.name,
            types.written(),
            columns,
            _MODE_AT[relation.mode],
            relation.key,
            relation.event_time,
            relation.delay_ms,
        )
    )


def decode_relation(data: bytes) -> Relation:
    """The relation that `encode_relation` wrote."""
    name, written, columns, mode, key, event_time, delay_ms = _decoder.decode(data)
    types = [_type_in(t) for t in written]
    return Relation(
        name,
        tuple(ColumnFacts(n, types[t], (), time) for n, t, time in columns),
        _MODE[mode],
        None if key is None else tuple(key),
        event_time,
        delay_ms,
    )


def encode_analysis(analysis: Analysis) -> bytes:
    """The bytes of an analysis."""
    faults = [(f.code, f.message, f.start, f.end, f.help, f.notes) for f in analysis.faults]
    facts = None if analysis.facts is None else _facts_out(analysis.facts)
    return _encoder.encode((FORMAT, facts, faults))


def _facts_out(facts: QueryFacts) -> tuple[Any, ...]:
    types = _Types()
    names = {name: at for at, name in enumerate(facts.relations)}
    columns = [
        (
            c.name,
            types.index(c.type),
            c.time,
            c.constant,
            [(names[k.relation], k.column, _HOW_AT[k.how]) for k in c.links],
        )
        for c in facts.columns
    ]
    return (
        types.written(),
        columns,
        facts.relations,
        [(names[i.relation], i.column, _WHY_AT[i.why]) for i in facts.influences],
        _MODE_AT[facts.mode],
        facts.key,
        facts.event_time,
        [_operator_out(o) for o in facts.operators],
        facts.unsupported,
        facts.plain,
    )


def _operator_out(o: Operator) -> tuple[Any, ...]:
    exactness = _EXACTNESS_AT[o.exactness]
    return (o.kind, o.detail, o.start, o.end, o.unbounded, o.waits_ms, o.needs_watermark, exactness)


def decode_analysis(data: bytes) -> Analysis | None:
    """The analysis that `encode_analysis` wrote; None where another format did."""
    try:
        version, facts, faults = _decoder.decode(data)
    except (msgspec.DecodeError, ValueError):
        return None
    if version != FORMAT:
        return None
    return Analysis(
        None if facts is None else _facts_in(facts),
        tuple(Fault(c, m, s, e, h, _triples(notes)) for c, m, s, e, h, notes in faults),
    )


def _facts_in(written: Sequence[Any]) -> QueryFacts:
    raw_types, columns, names, influences, mode, key, event_time, operators, unsupported, plain = written
    types = [_type_in(t) for t in raw_types]
    return QueryFacts(
        columns=tuple(
            ColumnFacts(n, types[t], tuple(Link(names[r], c, _HOW[h]) for r, c, h in links), time, constant)
            for n, t, time, constant, links in columns
        ),
        relations=tuple(names),
        influences=tuple(Influence(names[r], c, _WHY[w]) for r, c, w in influences),
        mode=_MODE[mode],
        key=None if key is None else tuple(key),
        event_time=event_time,
        operators=tuple(_operator_in(o) for o in operators),
        unsupported=_triples(unsupported),
        plain=plain,
    )


def _operator_in(o: Sequence[Any]) -> Operator:
    kind, detail, start, end, unbounded, waits_ms, needs_watermark, exactness = o
    return Operator(kind, detail, start, end, unbounded, waits_ms, needs_watermark, _EXACTNESS[exactness])


def _triples(values: Iterable[Sequence[Any]]) -> tuple[tuple[str, int, int], ...]:
    return tuple((text, start, end) for text, start, end in values)
