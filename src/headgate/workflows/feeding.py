"""The samples of a project in the topics of the local stack, as their producers would have written them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from headgate.compile.discovery import target
from headgate.compile.target import World
from headgate.compile.wire import wire
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.model import StreamFacts
from headgate.observe.writing import last_marks, write
from headgate.plan.refusals import STEP_FAILED
from headgate.ports import (
    Action,
    Change,
    Connections,
    FeedResult,
    PermanentFailure,
    StreamEngine,
    StreamRecord,
    TemporaryFailure,
)
from headgate.project.declarations import Stream
from headgate.resources.embedded import TABLE
from headgate.workflows.engines import EMBEDDED, scratch_engine
from headgate.workflows.refused import environment_span
from headgate.workflows.samples import Samples, fed
from headgate.workflows.session import Session

OTHER_SAMPLES = Code("HGD024", "other-samples-there", Severity.WARNING)


def feed_topics(
    session: Session, world: World, connections: Connections, folder: Path | None, found: list[Diagnostic]
) -> dict[str, FeedResult] | None:
    """What every topic that others write was fed with, by its stream's relation; None where one could not be.

    A topic that holds these samples is left alone, and one that holds the first of them gets the rest. One that holds other
    records gets these behind them, and it is said.
    What is malformed in a sample is not written.
    """
    samples = Samples(session.request.root, folder, [])
    feeds = samples.feeds(world)
    found += samples.found
    if samples.found:
        return None
    streams = {stream.relation: (stream, facts) for stream, facts in fed(world) if not stream.address.project}
    with closing(_tables(world)) as engine:
        results = engine.feed([replace(feed, on_malformed="skip") for feed in feeds])
        records = {relation: engine.records(relation) for relation in streams}
    try:
        for number, (relation, (stream, facts)) in enumerate(streams.items()):
            session.request.progress.step("feeding", number, len(streams))
            found += _fed(world, connections, stream, facts, records[relation])
    except (TemporaryFailure, PermanentFailure) as failure:
        found.append(
            STEP_FAILED.at(environment_span(session), f"the topics could not be fed: {failure}").with_help(
                "look at the stack with `headgate local status`"
            )
        )
        return None
    return {result.relation: result for result in results}


def _tables(world: World) -> StreamEngine:
    """The tables of the project's streams in memory, as the embedded engine would hold them."""
    engine = scratch_engine()
    tables = [r for r in target(EMBEDDED).compile(world).resources if r.id.kind == TABLE.name]
    for failure in engine.carry_out([Change(Action.CREATE, r.id, r) for r in tables]):
        if failure is not None:
            raise failure
    return engine


def _fed(
    world: World,
    connections: Connections,
    stream: Stream,
    facts: StreamFacts,
    records: Sequence[StreamRecord],
) -> list[Diagnostic]:
    if not records:
        return []
    cluster, marked = connections.clusters[stream.cluster], list(zip(records, marks(records), strict=True))
    there = last_marks(cluster, world.topic(stream))
    begin = held(there, [mark for _, mark in marked])
    if begin < len(marked):
        write(cluster, wire(world, stream, facts), marked[begin:])
    if begin or not there:
        return []
    said = OTHER_SAMPLES.at(
        stream.place.at("name").span(),
        f"the topic of `{stream.name}` held other records, and these samples stand behind them",
        node=str(stream.address),
    )
    return [said.with_help("`headgate destroy` and `headgate build` begin anew")]


def marks(records: Iterable[StreamRecord]) -> Iterator[str]:
    """What marks each record of a sample: it follows from the record and all before it."""
    so_far = hashlib.sha256()
    for record in records:
        so_far.update(repr(record).encode())
        yield so_far.hexdigest()[:16]


def held(there: Collection[str], sample: Sequence[str]) -> int:
    """How many of a sample's records a topic holds already, by the marks at the ends of its partitions and the sample's.

    A sample that grew is written from where it grew.
    """
    return max((number for number, mark in enumerate(sample, 1) if mark in there), default=0)
