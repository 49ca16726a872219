"""What a unit test is about: its model, the streams it may give rows of, and what does not fit them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from headgate.addresses import Address
from headgate.assertions import codes
from headgate.assertions.given import RECORD_KEYS, placed_rows
from headgate.diagnostics import Diagnostic
from headgate.graph.derived import INLINED
from headgate.graph.model import Graph, StreamFacts
from headgate.project.declarations import Given, UnitTest
from headgate.project.suggest import did_you_mean, listed
from headgate.schema.types import DataType
from headgate.schema.values import Misfit, read_value
from headgate.syntax import Place


def readable(graph: Graph, model: Address) -> tuple[Address, ...]:
    """The streams whose rows decide about a model's: its inputs, and those of inputs that are inlined."""
    found: dict[Address, None] = {}
    ahead = list(graph.facts[model].inputs) if model in graph.facts else []
    while ahead:
        address = ahead.pop(0)
        if address in found or address not in graph.facts:
            continue
        found[address] = None
        if graph.stream(address).materialized in INLINED:
            ahead += graph.facts[address].inputs
    return tuple(found)


def check_unit_test(graph: Graph, unit_test: UnitTest) -> Iterator[Diagnostic]:
    """Rows of streams that the model does not read, columns that are not there, values of another type."""
    project = graph.project
    model = project.resolve(unit_test.model)
    facts = graph.facts.get(model) if model is not None else None
    if model is None or facts is None:
        return
    inputs = readable(graph, model)
    for given in unit_test.given:
        address = project.resolve(given.input)
        if address is None or address not in graph.facts:
            continue
        if address not in inputs:
            finding = codes.UNIT_TEST.at(
                given.input.place.span(), f"`{model.name}` does not read `{address.name}`"
            )
            yield finding.with_help(f"it reads {listed(a.name for a in inputs) or 'nothing'}")
        else:
            yield from _rows(graph, given, graph.facts[address], RECORD_KEYS)
    if unit_test.overrides:  # other variables may make other columns
        return
    if unit_test.expect is not None:
        yield from _rows(graph, unit_test.expect, facts, ())
    if isinstance(unit_test.expect_changelog, list):
        at = unit_test.place.at("expect_changelog")
        rows = ((row, at.at(i)) for i, row in enumerate(unit_test.expect_changelog))
        yield from _check(rows, facts, ("_op",))


def _rows(graph: Graph, given: Given, facts: StreamFacts, beside: tuple[str, ...]) -> Iterator[Diagnostic]:
    yield from _check(placed_rows(graph.project, given), facts, beside)


def _check(
    rows: Iterable[tuple[Mapping[str, object], Place]], facts: StreamFacts, beside: tuple[str, ...]
) -> Iterator[Diagnostic]:
    if not facts.known:
        return
    types = {c.name: c.type for c in facts.columns}
    seen: set[tuple[str, str]] = set()
    for row, place in rows:
        for name, value in row.items():
            if name in beside:
                continue
            finding = _value(name, value, types, facts, place)
            # A column that is not there is one mistake, however many rows name it.
            if finding is not None and (finding.code.id, name) not in seen:
                if finding.code is codes.UNKNOWN_COLUMN:
                    seen.add((finding.code.id, name))
                yield finding


def _value(
    name: str, value: object, types: Mapping[str, DataType], facts: StreamFacts, place: Place
) -> Diagnostic | None:
    type_ = types.get(name)
    if type_ is None:
        finding = codes.UNKNOWN_COLUMN.at(
            place.at(name).key_span(), f"`{facts.address.name}` has no column `{name}`"
        )
        return finding.with_help(did_you_mean(name, types) or f"it has {listed(types, 12)}")
    if type_.name == "UNKNOWN":
        return None
    try:
        read_value(value, type_)
    except Misfit as misfit:
        finding = codes.UNIT_TEST.at(place.at(name).span(), f"`{name}`: {misfit}")
        return finding.with_help(f"`{name}` is {type_.text}")
    return None
