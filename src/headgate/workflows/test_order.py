"""When a test can run: after everything it reads; and in which order streams are run so that it comes before what it gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headgate.addresses import Address, Kind
from headgate.compile.target import World
from headgate.graph.order import topological
from headgate.project.declarations import Assertion, Test
from headgate.project.references import named_reference


def wanted_tests(
    world: World, picked: Sequence[Address], left_out: frozenset[Address]
) -> dict[Address, frozenset[Address]]:
    """The tests of the picked streams that need records, each with the streams it reads."""
    wanted = frozenset(picked)
    found = {}
    for test in world.project.tests.values():
        tested = world.project.resolve(test.target)
        if tested in wanted and test.address not in left_out and test.type != "schema":
            found[test.address] = read_by(world, test)
    return found


def read_by(world: World, test: Test) -> frozenset[Address]:
    """The streams that a test reads: the one it is about, and those that its assertions name."""
    tested = world.project.resolve(test.target)
    assert tested is not None, "a test of nothing is a finding, and is not run"
    return frozenset({tested, *(a for one in test.assertions for a in _others(world, one))})


def order_of(world: World, tests: Mapping[Address, frozenset[Address]]) -> Sequence[Address]:
    """The streams, each after what it reads and after what the tests of that read.

    Where a test reads what is made of the stream it tests, no order does that, and that of the graph holds.
    """
    beside: dict[Address | None, set[Address]] = {}
    for test, read in tests.items():
        tested = world.project.resolve(world.project.tests[test].target)
        beside.setdefault(tested, set()).update(read - {tested})
    wanted = {
        address: [
            *world.graph.facts[address].inputs,
            *(other for i in world.graph.facts[address].inputs for other in sorted(beside.get(i, ()))),
        ]
        for address in world.graph.order
    }
    order, knotted = topological(wanted)
    return world.graph.order if knotted else order


def _others(world: World, assertion: Assertion) -> list[Address]:
    """The streams that an assertion reads beside the one it is about."""
    if assertion.sql is not None:
        found = [world.project.resolve(reference) for reference in assertion.sql.references]
        return [address for address in found if address is not None]
    said = assertion.parameters if isinstance(assertion.parameters, Mapping) else {}
    model, source = said.get("ref_model"), said.get("ref_source")
    if model is None and source is None:
        return []
    kind = Kind.MODEL if model is not None else Kind.SOURCE
    address = world.project.resolve(named_reference(kind, str(model or source), assertion.place))
    return [] if address is None else [address]
