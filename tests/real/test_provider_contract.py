"""The contract of providers, on the systems that the local stack runs: the same tests that the fakes pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.kafka_things import connections
from contracts.test_provider import *  # noqa: F403 - every test of the contract is one here
from contracts.under_test import UnderTest, kafka_under_test, registry_under_test
from headgate.local.connections import LocalStack
from headgate.local.connections import connections as stack_connections
from headgate.local.parts import Layout
from headgate.ports import Action, Change, Connections
from headgate.providers import kafka, schema_registry
from real.conftest import Stack

pytestmark = pytest.mark.real


@pytest.fixture(scope="session")
def reached(stack: Stack) -> Connections:
    """The stack as an environment with one cluster."""
    parts = stack_connections(Layout(stack.project / ".headgate" / "local"))
    assert isinstance(parts, LocalStack)
    login = {
        "bootstrap_servers": parts.kafka,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "username": parts.user,
        "password": parts.password,
    }
    return connections(kafka=login, schema_registry={"url": parts.registry})


@pytest.fixture(params=["kafka", "schema_registry"])  # type: ignore[no-redef]  # the contract's own has the fakes
def under_test(request: pytest.FixtureRequest, reached: Connections) -> Iterator[UnderTest]:
    """A provider on the stack, which holds nothing of the tests' before a test and after it."""
    if request.param == "kafka":
        one = kafka_under_test("kafka", lambda _: kafka.open_provider(reached))
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
