"""Unit tests of the streams that a build is about."""

from __future__ import annotations

from collections.abc import Collection

from headgate.addresses import Address
from headgate.compile.target import World
from headgate.ports import StreamEngine
from headgate.verify.unit_tests import run_unit_tests
from headgate.workflows.results import UnitTestRow
from headgate.workflows.testing_rows import unit_test_row

PASSED = ("pass", "skipped")


def tested_units(
    world: World, picked: Collection[Address], engine: StreamEngine
) -> tuple[tuple[UnitTestRow, ...], dict[Address, str]]:
    """The outcomes of their unit tests, and the streams that one failed for, which nothing is to be built on, and why."""
    project = world.project
    wanted = [t for t in project.unit_tests.values() if project.resolve(t.model) in picked]
    outcomes = run_unit_tests(world, wanted, engine) if wanted else ()
    rows = tuple(unit_test_row(outcome) for outcome in outcomes)
    stopped: dict[Address, str] = {}
    for outcome, row in zip(outcomes, rows, strict=True):
        address = project.resolve(outcome.test.model)
        if row.status not in PASSED and address is not None:
            stopped.setdefault(address, f"unit test `{outcome.test.name}` failed")
    return rows, stopped
