"""A build under way, wherever it is: what it is of, what it has found so far, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from headgate.addresses import Address
from headgate.compile.target import World
from headgate.diagnostics import Diagnostic, in_order
from headgate.graph.selection import select
from headgate.observe.keys import LocalKeys
from headgate.ports import FeedResult, Provider, StreamEngine
from headgate.resources import Resource
from headgate.workflows.applying import Desired, plan_and_apply
from headgate.workflows.refused import Refused
from headgate.workflows.results import FINDINGS, BuildResult, ChangeRow, ModelRow, TestRow, UnitTestRow
from headgate.workflows.running import OK
from headgate.workflows.seen_forms import form_rows
from headgate.workflows.session import Session, exit_code
from headgate.workflows.test_order import wanted_tests
from headgate.workflows.testing_rows import FAILED
from headgate.workflows.unit_testing import tested_units

UNLANDED = ("planned", "skipped", "failed")
"""What a change is called that was to be made and was not."""


@dataclass(slots=True, kw_only=True)
class Building:
    """What every build knows. `stopped` are streams that nothing is built on, and why; `fed` are those of others, by relation.
    `code` is the exit code of what went no further.
    """

    session: Session
    world: World
    picked: tuple[Address, ...]
    keys: LocalKeys
    found: list[Diagnostic]
    stopped: dict[Address, str] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    unit_tests: tuple[UnitTestRow, ...] = ()
    fed: Mapping[str, FeedResult] = field(default_factory=dict)
    models: dict[Address, ModelRow] = field(default_factory=dict)
    results: list[TestRow] = field(default_factory=list)
    code: int = 0

    def test_units(self, engine: StreamEngine) -> None:
        """Unit tests of what is picked. A stream with one that fails is not built on."""
        self.unit_tests, stopped = tested_units(self.world, self.picked, engine)
        self.stopped |= stopped

    def land(self, session: Session, wanted: Desired, provider: Provider) -> bool:
        """The systems hold what is wanted, where somebody says yes. Whether all of it landed."""
        self.resources = wanted.resources
        landed = plan_and_apply(session, wanted, provider)
        if isinstance(landed, Refused):
            return self.refuse(landed)
        self.changes, self.code = landed.changes, landed.exit_code
        self._add(landed.diagnostics)
        return not self.code and not any(change.status in UNLANDED for change in landed.changes)

    def refuse(self, refused: Refused) -> bool:
        """It goes no further, and why; never True."""
        self._add(refused.diagnostics)
        self.code = refused.exit_code
        return False

    def _add(self, diagnostics: Iterable[Diagnostic]) -> None:
        """What was not said already: what checking finds, compiling may find once more."""
        self.found += (one for one in diagnostics if one not in self.found)

    def tests(self) -> dict[Address, frozenset[Address]]:
        """The tests to be run, each with the streams it reads."""
        excluded = self.session.request.exclude
        left_out = frozenset(select(self.session.graph, excluded).addresses) if excluded else frozenset()
        return wanted_tests(self.world, self.picked, left_out)

    def answer(self) -> BuildResult:
        """What it came to."""
        diagnostics = tuple(in_order(self.found))
        statuses = [*(r.status for r in self.results), *(r.status for r in self.unit_tests)]
        failed = (
            any(change.status in UNLANDED for change in self.changes)
            or any(row.status != OK for row in self.models.values())
            or any(status in FAILED for status in statuses)
        )
        return BuildResult(
            command="build",
            diagnostics=diagnostics,
            texts=self.session.texts,
            exit_code=self.code or (FINDINGS if failed else exit_code(diagnostics)),
            changes=self.changes,
            models=tuple(self.models.values()),
            unit_tests=self.unit_tests,
            results=tuple(self.results),
            forms=form_rows(self.world, self.picked),
        )
