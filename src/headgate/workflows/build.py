"""`build`: check, unit tests, plan and apply, feed, run with tests, report; on the engine that needs no server."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from headgate.addresses import Address
from headgate.compile.discovery import CompiledProject, compile_project, target, targets_of
from headgate.compile.target import World
from headgate.diagnostics import Code, Diagnostic, Severity, in_order
from headgate.graph.selection import select
from headgate.observe.keys import LocalKeys
from headgate.plan.refusals import STEP_FAILED
from headgate.ports import FeedResult, MalformedSample, PermanentFailure, StreamEngine
from headgate.project.codes import NOT_ANSWERED_HERE
from headgate.project.declarations import Materialization, Stream, Test
from headgate.resources import Resource
from headgate.resources.embedded import QUERY, VIEW
from headgate.verify.assertions import run_assertions
from headgate.workflows.acting import engine_of, live_systems, state_of, unfit
from headgate.workflows.apply import needs_saved_plan
from headgate.workflows.applying import Desired, by_name, plan_and_apply
from headgate.workflows.build_live import LiveBuilding
from headgate.workflows.check import findings
from headgate.workflows.readers import local_keys, sees_rejected
from headgate.workflows.refused import Refused, environment_span
from headgate.workflows.request import Request
from headgate.workflows.results import (
    FINDINGS,
    BuildResult,
    ChangeRow,
    ModelRow,
    TestRow,
    UnitTestRow,
)
from headgate.workflows.running import OK, PAUSED, Run, sinks_of
from headgate.workflows.samples import Samples, fed
from headgate.workflows.seen_forms import form_rows
from headgate.workflows.session import Session, exit_code, open_session, selected
from headgate.workflows.test_order import order_of, wanted_tests
from headgate.workflows.testing_rows import FAILED, skipped_rows, test_rows
from headgate.workflows.unit_testing import tested_units

ENGINE = "embedded"
MALFORMED = Code("HGD023", "malformed-records", Severity.ERROR)
UNLANDED = ("planned", "skipped", "failed")
"""What a change is called that was to be made and was not."""


def build(
    request: Request,
    *,
    samples: Path | None = None,
    feed: bool = True,
    flush: bool = True,
    exact: bool = False,
) -> BuildResult:
    """The project in its environment, as declared, holding its samples and what its queries make of them; tested.

    On live systems jobs make it, of whatever is there; samples are written to those of the local stack alone.

    Files of `samples` come before all other rows. Without `feed` rows of others stay as they are; without `flush` windows
    that the watermark has not passed stay open; `exact` makes an approximate answer a failure.
    """
    session = open_session(request)
    wrong = unfit(session, checked=False) or needs_saved_plan(session)
    if wrong is not None:
        return _refused(session, wrong)
    found = list(findings(session))
    picked, unknown = selected(session)
    keys = local_keys(session, found)
    if unknown or exit_code(tuple(found)):
        return _refused(session, Refused((*found, *unknown)))
    assert session.context is not None
    world = World(session.context)
    if session.project.environment.engine != ENGINE:
        systems = live_systems(session)
        if isinstance(systems, Refused):
            return _refused(session, systems)
        with closing(systems):
            return LiveBuilding(session, world, picked, systems, keys, found).build(samples, feed=feed)
    engine = engine_of(session, "build", read_only=False)
    if isinstance(engine, Refused):
        return _refused(session, engine)
    building = _Building(session, world, picked, engine, keys, found)
    with closing(engine):
        building.test_units()
        if building.apply() and (not feed or building.feed(samples)):
            building.run_streams(flush=flush, exact=exact)
    return building.result()


def _refused(session: Session, refused: Refused) -> BuildResult:
    return BuildResult(
        command="build", diagnostics=refused.diagnostics, texts=session.texts, exit_code=refused.exit_code
    )


@dataclass(slots=True)
class _Building:
    """A build under way, and what it has found so far. `stopped` are streams that nothing is built on, and why."""

    session: Session
    world: World
    picked: tuple[Address, ...]
    engine: StreamEngine
    keys: LocalKeys
    found: list[Diagnostic]
    stopped: dict[Address, str] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    unit_tests: tuple[UnitTestRow, ...] = ()
    fed: dict[str, FeedResult] = field(default_factory=dict)
    models: dict[Address, ModelRow] = field(default_factory=dict)
    results: list[TestRow] = field(default_factory=list)

    def test_units(self) -> None:
        """Unit tests of what is picked. A stream with one that fails is not built on."""
        self.unit_tests, stopped = tested_units(self.world, self.picked, self.engine)
        self.stopped |= stopped

    def apply(self) -> bool:
        """The engine holds what is declared; what failed its unit tests stays as it was. Whether all of it landed."""
        state = state_of(self.session)
        if isinstance(state, Refused):
            self.found += state.diagnostics
            return False
        compiled = compile_project(self.world, targets_of(self.session.project.environment))
        failing, applied = {str(address) for address in self.stopped}, state.read()
        kept = (applied.get(r.id) if r.address in failing else r for r in compiled.resources)
        self.resources = tuple(resource for resource in kept if resource is not None)
        self._refuse(compiled)
        whole = replace(self.session, request=replace(self.session.request, select=(), exclude=()))
        wanted = Desired(self.resources, by_name(target(ENGINE).KINDS))
        self.changes, wrong = plan_and_apply(whole, wanted, self.engine, approve=whole.request.approve)
        self.found += wrong
        return not wrong and not any(change.status in UNLANDED for change in self.changes)

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

    def feed(self, folder: Path | None) -> bool:
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

    def run_streams(self, *, flush: bool, exact: bool) -> None:
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
        excluded = self.session.request.exclude
        left_out = frozenset(select(self.session.graph, excluded).addresses) if excluded else frozenset()
        tests = wanted_tests(self.world, self.picked, left_out)
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

    def result(self) -> BuildResult:
        """The answer."""
        diagnostics = tuple(in_order(self.found))
        rows = tuple(self.models.values())
        statuses = [*(r.status for r in self.results), *(r.status for r in self.unit_tests)]
        failed = (
            any(change.status in UNLANDED for change in self.changes)
            or any(row.status != OK for row in rows)
            or any(status in FAILED for status in statuses)
        )
        return BuildResult(
            command="build",
            diagnostics=diagnostics,
            texts=self.session.texts,
            exit_code=FINDINGS if failed else exit_code(diagnostics),
            changes=self.changes,
            models=rows,
            unit_tests=self.unit_tests,
            results=tuple(self.results),
            forms=form_rows(self.world, self.picked),
        )


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
