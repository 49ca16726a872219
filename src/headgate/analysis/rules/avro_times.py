"""Avro columns hold times that every reader understands: timestamp(3), which is timestamp-millis in UTC."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity, Span
from headgate.project.declarations import Materialization, Stream
from headgate.schema.types import DataType

CODE = Code("HGT012", "time-not-for-avro", Severity.ERROR)

_UNWRITTEN = (Materialization.SINK, Materialization.EPHEMERAL, Materialization.VIRTUAL_TOPIC)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    facts = ctx.facts(stream.address)
    if stream.format != "avro" or stream.materialized in _UNWRITTEN or facts is None:
        return
    declared = {c.name: c for c in stream.columns}
    for column in facts.columns:
        said = declared.get(column.name)
        if said is not None and (said.metadata or said.expression):
            continue
        bad = _unfit(column.type)
        if bad is None:
            continue
        if said is not None and said.type.name != "UNKNOWN":
            place, mend = said.place.at("data_type").span(), "say `timestamp(3)`"
        else:
            place, mend = _place(stream), f"select CAST({column.name} AS TIMESTAMP(3)) AS {column.name}"
        yield CODE.at(
            place,
            f"`{column.name}` is {bad.text}, which an Avro column here cannot hold",
            node=str(stream.address),
        ).with_help(f"{mend}: it is UTC, in milliseconds")


def _unfit(type_: DataType) -> DataType | None:
    if type_.name == "TIMESTAMP_LTZ" or (type_.name == "TIMESTAMP" and type_.precision > 3):
        return type_
    for inner in (type_.element, type_.key, *(f.type for f in type_.fields)):
        found = _unfit(inner) if inner is not None else None
        if found is not None:
            return found
    return None


def _place(stream: Stream) -> Span:
    return stream.place.at("sql").key_span() if stream.sql is not None else stream.place.at("name").span()
