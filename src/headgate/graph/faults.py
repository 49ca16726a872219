"""What is wrong with a query, led back from the rendered text to the user's file."""

from __future__ import annotations

from collections.abc import Mapping

from headgate.addresses import Address, Kind
from headgate.diagnostics import Diagnostic, Span
from headgate.graph.declared import computed_query, computed_relation
from headgate.graph.model import StreamColumn
from headgate.project.declarations import Column, Sql, Stream
from headgate.sql import analyse
from headgate.sql.codes import CODES
from headgate.sql.facts import Fault

UNKNOWN_TABLE = "HGQ011"


def fault_diagnostic(fault: Fault, stream: Stream, sql: Sql, names: Mapping[str, Address]) -> Diagnostic:
    """The finding for one fault of a stream's query. `names` are those that some stream has in queries."""
    rendered = sql.rendered
    finding = CODES[fault.code].at(
        rendered.span(fault.start, fault.end), fault.message, node=str(stream.address)
    )
    for message, start, end in fault.notes:
        finding = finding.note(message, rendered.span(start, end))
    meant = (
        names.get(rendered.text[fault.start : fault.end].strip("`")) if fault.code == UNKNOWN_TABLE else None
    )
    if meant is not None:
        return finding.with_help(f"write {_call(meant)}: a name alone makes no edge")
    return finding.with_help(fault.help) if fault.help else finding


def _call(address: Address) -> str:
    version = f", v={address.version}" if address.version else ""
    return f'{{{{ {"source" if address.kind is Kind.SOURCE else "ref"}("{address.name}"{version}) }}}}'


def computed_columns(stream: Stream) -> tuple[dict[str, StreamColumn], list[Diagnostic]]:
    """The types of a stream's computed columns, and what is wrong with their expressions."""
    columns: dict[str, StreamColumn] = {}
    diagnostics: list[Diagnostic] = []
    computed = [c for c in stream.columns if c.expression]
    if not computed:
        return columns, diagnostics
    relation = computed_relation(stream)
    for column in computed:
        analysis = analyse(computed_query(stream, column), {relation.name: relation})
        place = column.place.at("expression").span()
        for fault in analysis.faults:
            finding = CODES[fault.code].at(
                _inside(fault, column, place), fault.message, node=str(stream.address)
            )
            diagnostics.append(finding.with_help(fault.help) if fault.help else finding)
        if analysis.facts is not None and len(analysis.facts.columns) == 1:
            derived = analysis.facts.columns[0]
            known = derived.type.name != "UNKNOWN"
            columns[column.name] = StreamColumn(
                column.name, derived.type if known else column.type, derived.time
            )
    return columns, diagnostics


def _inside(fault: Fault, column: Column, place: Span) -> Span:
    """The part of the expression that is at fault, where the file holds the expression letter by letter."""
    text = column.place.document.text[place.start : place.end]
    at = text.find(column.expression)
    start = fault.start - len("SELECT ")
    end = fault.end - len("SELECT ")
    if at < 0 or start < 0 or end > len(column.expression):
        return place
    return Span(place.file, place.start + at + start, place.start + at + end)
