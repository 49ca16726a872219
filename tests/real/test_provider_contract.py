"""The contract of providers, on the systems that the local stack runs: the same tests that the fakes pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import connect_things
from contracts.test_provider import *  # noqa: F403 - every test of the contract is one here
from contracts.under_test import UnderTest, connect_under_test, kafka_under_test, registry_under_test
from headgate.local.connections import LocalStack
from headgate.ports import Action, Change, Connections
from headgate.providers import connect, kafka, schema_registry
from headgate.providers.connect.worker import Patience

pytestmark = pytest.mark.real


@pytest.fixture(params=["kafka", "schema_registry", "connect"])  # type: ignore[no-redef]  # the contract's own has the fakes
def under_test(
    request: pytest.FixtureRequest, reached: Connections, parts: LocalStack
) -> Iterator[UnderTest]:
    """A provider on the stack, which holds nothing of the tests' before a test and after it."""
    if request.param == "kafka":
        one = kafka_under_test("kafka", lambda _: kafka.open_provider(reached))
    elif request.param == "connect":
        workers = connect_things.connections(parts.connect)
        hasty = Patience(settled_s=0.2, pause_s=0.1)
        one = connect_under_test("connect", lambda _: connect.open_provider(workers, patience=hasty))
    else:
        one = registry_under_test("schema_registry", lambda _: schema_registry.open_provider(reached))
    _clear(one)
    yield one
    _clear(one)


def _clear(one: UnderTest) -> None:
    provider = one.opened(Path())
    things = [*one.things("a_"), *one.things("b_")]
    assert not any(provider.carry_out([Change(Action.DELETE, thing.id, None) for thing in things]))
    provider.close()
