"""Assertions over what live streams hold: the newest records of each are read into an engine in memory, and judged there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from headgate.addresses import Address
from headgate.compile.target import World
from headgate.observe.keys import LocalKeys
from headgate.project.declarations import Action, Test
from headgate.verify.assertions import AssertionOutcome, run_assertions
from headgate.workflows.auditing import audited
from headgate.workflows.looking import Reading
from headgate.workflows.mirror import Mirror
from headgate.workflows.refused import Refused
from headgate.workflows.results import TestRow
from headgate.workflows.session import Session
from headgate.workflows.testing_rows import skipped_rows, test_rows

_OF_ARRIVAL = ("max_lag", "freshness", "throughput")
"""Assertions about when records were written: of samples that is whenever they were."""


def look_at(session: Session, verb: str, mirror: Mirror, needed: Collection[Address]) -> Refused | None:
    """The mirror holds what these streams do, and the audit knows who read it; refused where it cannot be told."""
    streams = [session.graph.stream(one) for one in session.graph.order if one in needed]
    names = ", ".join(stream.name for stream in streams)
    told = audited(session, verb, about=f"the newest records of {names or 'no stream'}")
    if isinstance(told, Refused):
        return told
    with Reading(told) as reading:
        mirror.take(streams, session.request.progress)
        for topic, read in mirror.read.items():
            reading.add(read, topic)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What judges tests over a mirror; `act` carries out what `on_failure` asks for, `replayed` says that samples were fed."""

    world: World
    mirror: Mirror
    keys: LocalKeys
    act: Callable[[Action, AssertionOutcome], str]
    replayed: bool = False
    exact: bool = False

    def rows(self, test: Test, read: Collection[Address]) -> tuple[TestRow, ...]:
        """The rows of a test that reads these streams."""
        if any(address not in self.mirror.counts for address in read):
            return skipped_rows(test, "it reads a stream that is stored nowhere")
        untold = [one for one in test.assertions if self.replayed and one.kind in _OF_ARRIVAL]
        rest = replace(test, assertions=tuple(one for one in test.assertions if one not in untold))
        cut = self.mirror.cut_short(read)
        judged = [
            replace(one, message="; ".join(filter(None, (one.message, cut))))
            for one in run_assertions(self.world, rest, self.mirror.engine, keys=self.keys)
        ]
        return (
            *skipped_rows(test, "samples tell nothing of when records come", untold),
            *test_rows(judged, exact=self.exact, act=self.act),
        )
