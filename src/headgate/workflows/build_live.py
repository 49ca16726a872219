"""`build` on systems that really run: check, unit tests, plan and apply, feed where the stack is local, wait, test, report."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from headgate.addresses import Address
from headgate.compile.flink.job import IDLE_SECONDS
from headgate.compile.reading import reads
from headgate.observe.ends import Ends
from headgate.ports import PermanentFailure, Running, StreamEngine, TemporaryFailure
from headgate.project.declarations import Stream
from headgate.project.local_stack import LOCAL
from headgate.resources.live import CONNECTOR, JOB
from headgate.workflows.applying import desired
from headgate.workflows.building import Building
from headgate.workflows.catching_up import catch_up
from headgate.workflows.engines import scratch_engine
from headgate.workflows.feeding import feed_topics
from headgate.workflows.live_tests import Judging, look_at
from headgate.workflows.mirror import Mirror
from headgate.workflows.on_failure import OnFailure
from headgate.workflows.refused import Refused, cannot_look
from headgate.workflows.results import BuildResult, ModelRow
from headgate.workflows.running import FAILED, OK, PAUSED
from headgate.workflows.systems import LiveSystems

_STATUS = {"failed": FAILED, "gone": FAILED, "paused": PAUSED}


@dataclass(slots=True, kw_only=True)
class LiveBuilding(Building):
    """A build on live systems under way."""

    systems: LiveSystems

    def build(self, samples: Path | None, *, feed: bool) -> BuildResult:
        """All of it, as far as it goes. Where a unit test failed nothing is applied."""
        with closing(scratch_engine()) as engine:
            self.test_units(engine)
        if not self.stopped and self._apply() and (not feed or self._feed(samples)):
            try:
                states = self._caught_up()
                with closing(scratch_engine()) as engine:
                    self._look(engine, states)
            except (TemporaryFailure, PermanentFailure) as failure:
                self.refuse(cannot_look(self.session, failure))
        return self.answer()

    def _apply(self) -> bool:
        """The systems are as declared. Whether all of it landed."""
        wanted = desired(self.session)
        if isinstance(wanted, Refused):
            return self.refuse(wanted)
        return self.land(self.session, wanted, self.systems)

    def _feed(self, samples: Path | None) -> bool:
        """On the local stack, and nowhere else, the topics of others hold their samples."""
        if self.world.environment.engine != LOCAL:
            return True
        fed = feed_topics(self.session, self.world, self.systems.connections, samples, self.found)
        self.fed = fed or {}
        return fed is not None

    def _caught_up(self) -> Mapping[str, Running]:
        """How the job or connector of each stream stands, by the stream's address, once nothing moves any more."""
        running = {r.id: r.address for r in self.resources if r.id.kind in (JOB.name, CONNECTOR.name)}
        topics: dict[str, list[str]] = {}
        for stream, _ in self.world.streams():
            if self.world.stored_here(stream):
                topics.setdefault(stream.cluster, []).append(self.world.topic(stream))
        with Ends(self.systems.connections, topics) as ends:
            states = catch_up(
                self.systems,
                tuple(running),
                ends.held,
                self.session.request.progress,
                idle_seconds=self._idle_seconds(),
            )
        return {running[id_]: state for id_, state in states.items()}

    def _idle_seconds(self) -> float:
        """How long the last rows of a job may wait for an input that the samples have no more records for."""
        if self.world.environment.engine != LOCAL:
            return 0
        return IDLE_SECONDS if any(map(self._reads_side_by_side, self.picked)) else 0

    def _reads_side_by_side(self, address: Address) -> bool:
        """Whether a stream's job reads several partitions, of one topic or several, and goes by event time."""
        stream, facts = self.world.graph.stream(address), self.session.graph.facts[address]
        timed = facts.query is not None and any(o.needs_watermark for o in facts.query.operators)
        if not timed or not self.world.filled_by_job(stream):
            return False
        tables = map(self.world.graph.stream, reads(self.world, stream, facts).tables)
        return sum(max(1, table.kafka.partitions) for table in tables) > 1

    def _look(self, engine: StreamEngine, states: Mapping[str, Running]) -> None:
        """What every picked stream holds, what its tests say of that, and what is done about those that fail."""
        mirror = Mirror(self.world, self.systems.connections, engine)
        tests = self.tests()
        refused = look_at(self.session, "build", mirror, {*self.picked, *chain.from_iterable(tests.values())})
        if refused is not None:
            self.refuse(refused)
            return
        for address in self.picked:
            stream = self.world.graph.stream(address)
            if stream.sink is not None or address in mirror.counts:
                self.models[address] = self._row(stream, mirror, states.get(str(address)))
        still = {address for address, state in states.items() if state.status == "paused"}
        acting = OnFailure(self.session, self.systems, self.found, still)
        judging = Judging(
            world=self.world, mirror=mirror, keys=self.keys, act=acting.act, replayed=bool(self.fed)
        )
        for name, read in tests.items():
            self.results += judging.rows(self.session.project.tests[name], read)
        for address, why in acting.paused.items():
            if address in self.models:
                self.models[address] = replace(self.models[address], status=PAUSED, message=why)

    def _row(self, stream: Stream, mirror: Mirror, state: Running | None) -> ModelRow:
        facts = self.session.graph.facts[stream.address]
        fed = self.fed.get(stream.relation)
        tables = reads(self.world, stream, facts).tables
        came_in = sum(mirror.counts.get(a, 0) for a in tables) if tables else None
        behind = int(state.facts.get("lag") or 0) if state is not None else 0
        return ModelRow(
            address=str(stream.address),
            materialized=stream.materialized.value,
            rows_in=came_in,
            rows_out=mirror.counts.get(stream.address, max(0, (came_in or 0) - behind)),
            malformed=fed.malformed if fed is not None else 0,
            generated=fed.generated if fed is not None else False,
            status=OK if state is None else _STATUS.get(state.status, OK),
            message=self._remark(stream, mirror, state),
        )

    def _remark(self, stream: Stream, mirror: Mirror, state: Running | None) -> str:
        told = [] if state is None or state.status == "running" else [state.why or state.status]
        return ", ".join(filter(None, (*told, mirror.cut_short([stream.address]))))
