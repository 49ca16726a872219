"""Assertions run over the rows that are there: evidence looked for in an engine, counted, judged, with samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headgate.assertions import Elsewhere, Verdict, evidence_of, judge
from headgate.compile.target import World
from headgate.graph.declared import relation
from headgate.graph.permissions.form import CLEAR, Form, merged, passed
from headgate.observe.examples import as_seen
from headgate.observe.keys import LocalKeys
from headgate.ports import EngineResult, PermanentFailure, QueryFailure, StreamEngine
from headgate.project.declarations import Assertion, Test
from headgate.schema.values import print_value
from headgate.sql import analyse, relations_of
from headgate.verify.evidence import Search
from headgate.verify.forms import column_form

SAMPLES = 3
_LIVE = "live"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is to see the samples of failing records."""

    role: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionOutcome:
    """How one assertion came out.

    `failed` of `evaluated` records (or windows) fail; `late` are late for it, of which `not_evaluated` were not judged.
    `samples` are failing ones, as the reader may see them. `approximate` are operators that late rows reached and that are
    not exact then.
    """

    test: Test
    assertion: Assertion
    status: str
    failed: int = 0
    evaluated: int = 0
    late: int = 0
    not_evaluated: int = 0
    samples: tuple[Mapping[str, Any], ...] = ()
    message: str = ""
    approximate: tuple[str, ...] = ()


def run_assertions(
    world: World,
    test: Test,
    engine: StreamEngine,
    *,
    as_reader: Reader | None = None,
    keys: LocalKeys | None = None,
) -> tuple[AssertionOutcome, ...]:
    """Every assertion of a test, over what the engine's streams hold.

    Without a reader samples are shown as the environment's reader sees them; where it names none, on a live environment as
    nobody does, and elsewhere as their owner.
    `keys` make tokens and hashes; without them a sample names the form.
    """
    environment = world.environment
    if as_reader is None and (environment.reader_role or environment.engine == _LIVE):
        as_reader = Reader(environment.reader_role, environment.reader_purpose)
    return tuple(_outcome(world, test, assertion, engine, as_reader, keys) for assertion in test.assertions)


def _outcome(
    world: World,
    test: Test,
    assertion: Assertion,
    engine: StreamEngine,
    reader: Reader | None,
    keys: LocalKeys | None,
) -> AssertionOutcome:
    evidence = evidence_of(world.graph, test, assertion)
    address = world.project.resolve(test.target)
    if evidence is None or address is None:
        return _not_run(test, assertion, Verdict.ERROR, "faulty, or its stream is: `headgate check` says how")
    if isinstance(evidence, Elsewhere):
        return _not_run(test, assertion, Verdict.SKIPPED, f"not judged here: {evidence.where}")
    try:
        return _judged(Search(world, address, evidence, engine), test, assertion, reader, keys)
    except QueryFailure as failure:
        return _not_run(test, assertion, Verdict.ERROR, str(failure) if reader is None else failure.what)
    except PermanentFailure as failure:
        return _not_run(test, assertion, Verdict.ERROR, str(failure))


def _not_run(test: Test, assertion: Assertion, status: Verdict, message: str) -> AssertionOutcome:
    return AssertionOutcome(test=test, assertion=assertion, status=status.value, message=message)


def _judged(
    search: Search, test: Test, assertion: Assertion, reader: Reader | None, keys: LocalKeys | None
) -> AssertionOutcome:
    evidence, malformed = search.evidence, search.malformed()
    records = search.records() + malformed
    if not records:
        return _not_run(test, assertion, Verdict.NOT_ENOUGH_DATA, evidence.note)
    found = search.failing(SAMPLES)
    late = sum(one.count for one in found.late)
    dropped = late if evidence.drops_late else 0
    judged = search.judged()
    evaluated = records - dropped if judged is None else judged
    failed = found.count + malformed
    approximate = () if evidence.drops_late else found.approximate
    notes = [evidence.note, *(f"approximate: late rows in {operator}" for operator in approximate)]
    notes += [f"{malformed} malformed"] if malformed else []
    return AssertionOutcome(
        test=test,
        assertion=assertion,
        status=judge(test, failed, evaluated).value,
        failed=failed,
        evaluated=evaluated,
        late=late,
        not_evaluated=dropped,
        samples=_samples(search, found, reader, keys),
        message="; ".join(note for note in notes if note),
        approximate=approximate,
    )


def _samples(
    search: Search, found: EngineResult, reader: Reader | None, keys: LocalKeys | None
) -> tuple[Mapping[str, Any], ...]:
    """Failing records by their columns' names, each in the form in which a reader sees it."""
    hidden = _hidden(search, reader) if reader is not None and found.rows else {}
    return tuple(
        {
            name: as_seen(value, column_form(name, hidden[name]), keys)
            if name in hidden
            else print_value(value)
            for (name, _), value in zip(found.columns, row, strict=True)
        }
        for row in found.rows
    )


def _hidden(search: Search, reader: Reader) -> dict[str, Form]:
    """The columns of the evidence that a reader does not see in clear, by what flows into them."""
    world, streams = search.world, search.streams
    text, tables = search.evidence.failing, dict(search.tables)
    for name in relations_of(text):
        known = relation(world.graph.stream(streams[name]), world.graph.facts[streams[name]])
        if known is not None:
            tables.setdefault(name, known)
    facts_of = analyse(text, tables).facts
    assert facts_of is not None, "it has been run"
    found = {}
    for column in facts_of.columns:
        forms = [CLEAR]
        for link in column.links:
            view = world.permissions.view(reader.role, reader.purpose, streams[link.relation])
            # What a stream has beside its columns, its records' time, is as open as the stream.
            seen = view.columns.get(link.column)
            forms.append(passed(seen.form, link.how) if seen is not None else CLEAR)
        form = merged(forms)
        if form != CLEAR:
            found[column.name] = form
    return found
