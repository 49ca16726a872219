"""Which targets an environment uses, and what it is told of their limits."""

from __future__ import annotations

import pytest

from headgate.compile.discovery import (
    capabilities_of,
    chosen_targets,
    target_names,
    targets_of,
)
from headgate.project.declarations import Cluster, Environment

EMBEDDED = Environment()
LIVE = Environment(
    name="prod",
    engine="live",
    clusters={
        "a": Cluster(name="a", kafka={}, flink={"type": "sql_gateway"}),
        "b": Cluster(name="b", kafka={}, proxy={"type": "conduktor"}, schema_registry={}),
    },
)


def test_an_environment_uses_the_systems_it_declares() -> None:
    assert targets_of(EMBEDDED) == ("embedded",)
    assert targets_of(LIVE) == ("kafka", "schemas", "flink", "conduktor")


@pytest.mark.parametrize(
    ("asked", "chosen", "unknown"),
    [
        ([], ("kafka", "schemas", "flink", "conduktor"), ()),
        (["flink", "connect"], ("kafka", "schemas", "flink", "conduktor", "connect"), ()),
        (["flnk", "flnk"], ("kafka", "schemas", "flink", "conduktor"), ("flnk",)),
    ],
)
def test_targets_that_are_asked_for_come_beside_its_own(
    asked: list[str], chosen: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    assert chosen_targets(LIVE, asked) == (chosen, unknown)


def test_all_means_every_target() -> None:
    assert set(chosen_targets(LIVE, ["all"])[0]) == set(target_names())


def test_rules_are_told_what_its_proxy_can_do() -> None:
    found = capabilities_of(LIVE)
    assert found["conduktor"].serves and not found["flink"].serves
    assert found["conduktor"].expressions is not None and "or" not in found["conduktor"].expressions
