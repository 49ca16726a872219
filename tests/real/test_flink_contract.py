"""The contract of providers, on a Flink that really runs: the same tests that its fake passes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.test_provider import *  # noqa: F403 - every test of the contract is one here
from contracts.under_test import UnderTest, flink_under_test
from headgate.ports import Action, Change
from real import flink_cluster
from real.flink_cluster import FlinkCluster

pytestmark = [pytest.mark.real, pytest.mark.slow]
cluster = flink_cluster.cluster


@pytest.fixture(scope="module")
def topics(cluster: FlinkCluster) -> tuple[str, str]:
    """A topic to read, and one to write."""
    cluster.make_topics("flink.contract.in", "flink.contract.out")
    return "flink.contract.in", "flink.contract.out"


@pytest.fixture  # type: ignore[no-redef]  # the contract's own has the fakes
def under_test(cluster: FlinkCluster, topics: tuple[str, str]) -> Iterator[UnderTest]:
    """The provider on a cluster that holds none of the tests' jobs before a test and after it."""
    source, output = topics
    one = flink_under_test(
        "flink", lambda _: cluster.opened(), source=source, output=output, login=bool(cluster.login)
    )
    _clear(one)
    yield one
    _clear(one)


def _clear(one: UnderTest) -> None:
    provider = one.opened(Path())
    things = [*one.things("a_"), *one.things("b_")]
    assert not any(provider.carry_out([Change(Action.DELETE, thing.id, None) for thing in things]))
    provider.close()
