"""`build` on the engine that needs no server: fed with samples, each stream run in the order of the graph, and its tests after it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from headgate.compile.discovery import CompiledProject, compile_project, target, targets_of
from headgate.compile.target import World
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.plan.refusals import STEP_FAILED
from headgate.ports import MalformedSample, PermanentFailure, StreamEngine
from headgate.project.codes import NOT_ANSWERED_HERE
from headgate.project.declarations import Materialization, Stream, Test
from headgate.resources.embedded import QUERY, VIEW
from headgate.verify.assertions import run_assertions
from headgate.workflows.acting import state_of
from headgate.workflows.applying import Desired, by_name
from headgate.workflows.building import Building
from headgate.workflows.engines import EMBEDDED
from headgate.workflows.readers import sees_rejected
from headgate.workflows.refused import Refused, environment_span
from headgate.workflows.results import BuildResult
from headgate.workflows.running import OK, PAUSED, Run, sinks_of
from headgate.workflows.samples import Samples, fed
from headgate.workflows.test_order import order_of
from headgate.workflows.testing_rows import FAILED, skipped_rows, test_rows

MALFORMED = Code("HGD023", "malformed-records", Severity.ERROR)


@dataclass(slots=True, kw_only=True)
class EmbeddedBuilding(Building):
    """A build on the embedded engine under way."""

    engine: StreamEngine

    def build(self, samples: Path | None, *, feed: bool, flush: bool, exact: bool) -> BuildResult:
        """All of it, as far as it goes."""
        self.test_units(self.engine)
        if self._apply() and (not feed or self._feed(samples)):
            self._run_streams(flush=flush, exact=exact)
        return self.answer()

    def _apply(self) -> bool:
        """The engine holds what is declared; what failed its unit tests stays as it was. Whether all of it landed."""
        state = state_of(self.session)
        if isinstance(state, Refused):
            return self.refuse(state)
        with closing(state):
            applied = state.read()
        compiled = compile_project(self.world, targets_of(self.session.project.environment))
        failing = {str(address) for address in self.stopped}
        kept = (applied.get(r.id) if r.address in failing else r for r in compiled.resources)
        self._refuse(compiled)
        whole = replace(self.session, request=replace(self.session.request, select=(), exclude=()))
        resources = tuple(resource for resource in kept if resource is not None)
        return self.land(whole, Desired(resources, by_name(target(EMBEDDED).KINDS)), self.engine)

    def _refuse(self, compiled: CompiledProject) -> None:
        """Streams whose queries are not answered here are stopped; for one that is to be built that is an error."""
        told: dict[str | None, list[Diagnostic]] = {}
        for one in compiled.diagnostics:
            if one.code == NOT_ANSWERED_HERE:
                told.setdefault(one.node, []).append(one)
        answered = {r.address for r in compiled.resources if r.id.kind in (QUERY.name, VIEW.name)}
        for stream, _ in self.world.streams():
            refused = told.get(str(stream.address), [])
            if refused:
                self.stopped.setdefault(stream.address, refused[0].message)
                if stream.address in self.picked:
                    # Said first, it stands for what checking said of the same place.
                    self.found[:0] = [replace(one, severity=Severity.ERROR) for one in refused]
            elif _is_made(stream) and str(stream.address) not in answered:
                self.stopped.setdefault(stream.address, "what it is made of cannot be answered here")

    def _feed(self, folder: Path | None) -> bool:
        """Every stream that others write holds its rows. Whether there was something to feed it with."""
        samples = Samples(self.session.request.root, folder, [])
        feeds = {one.table.relation: one for one in samples.feeds(self.world)}
        self.found += samples.found
        if samples.found:
            return False
        relations = {s.relation: s for s, _ in fed(self.world)}
        while True:
            self.session.request.progress.step("feeding", 0, 1)
            try:
                done = self.engine.feed(list(feeds.values()))
            except MalformedSample as failure:
                stream = relations[failure.relation]
                self.stopped[stream.address] = f"{failure.count} malformed records"
                self.found.append(_malformed(self.world, stream, failure))
                del feeds[failure.relation]
            except PermanentFailure as failure:
                self.found.append(
                    STEP_FAILED.at(environment_span(self.session), f"the streams could not be fed: {failure}")
                )
                return False
            else:
                self.fed = {one.relation: one for one in done}
                return True

    def _run_streams(self, *, flush: bool, exact: bool) -> None:
        """Every picked stream after what it reads, and every test once what it reads is there."""
        run = Run(
            world=self.world,
            engine=self.engine,
            keys=self.keys,
            sinks=sinks_of(self.resources),
            fed=self.fed,
            flush=flush,
            exact=exact,
            stopped=self.stopped,
        )
        tests = self.tests()
        order = [*(s.address for s, _ in fed(self.world) if s.address.project), *order_of(self.world, tests)]
        picked, done = {*self.picked, *(a for a in order if a.project)}, set()
        for number, address in enumerate(order):
            self.session.request.progress.step("building", number, len(order))
            if address in self.session.graph.facts and self.session.graph.facts[address].known:
                run.stream(address) if address in picked else run.pass_over(address)
            done.add(address)
            for test in [t for t, read in tests.items() if read <= done]:
                self._test(run, self.session.project.tests[test])
                del tests[test]
        for test in tests:
            self._skip(self.session.project.tests[test], "it reads a stream of which nothing is here")
        self.session.request.progress.step("built", len(order), len(order))
        self.models = run.made

    def _test(self, run: Run, test: Test) -> None:
        address = self.session.project.resolve(test.target)
        assert address is not None
        if address in run.stopped:
            self._skip(test, "its stream was not built")
            return
        outcomes = run_assertions(self.world, test, self.engine, keys=self.keys)
        rows = test_rows(outcomes, exact=run.exact)
        self.results += rows
        if any(row.status in FAILED for row in rows):
            pauses = any(action.kind == "pause_model" and action.value for action in test.actions)
            run.stop(address, PAUSED if pauses else OK, f"test `{test.name}` failed")

    def _skip(self, test: Test, why: str) -> None:
        self.results += skipped_rows(test, why)


def _is_made(stream: Stream) -> bool:
    """Whether a query of its own makes a stream that is somewhere."""
    return stream.sql is not None and stream.materialized is not Materialization.EPHEMERAL


def _malformed(world: World, stream: Stream, failure: MalformedSample) -> Diagnostic:
    finding = MALFORMED.at(
        stream.place.at("on_malformed").span(),
        f"{failure.count} malformed records of `{stream.name}`",
        node=str(stream.address),
    ).with_help("mend the sample, or say `on_malformed: dead_letter` or `skip`")
    for example in failure.examples[:1] if sees_rejected(world, stream.address) else ():
        finding = finding.note(example)
    return finding
