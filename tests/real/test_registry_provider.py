"""The provider of schema registries on a real one: what stays of a subject that goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from contracts.kafka_things import CLUSTER, record, subject
from headgate.ports import Action, Change, Connections
from headgate.providers.schema_registry import SchemaRegistry, open_provider
from headgate.resources import Resource

pytestmark = pytest.mark.real


@pytest.fixture
def provider(reached: Connections) -> Iterator[SchemaRegistry]:
    with closing(open_provider(reached)) as opened:
        yield opened


@pytest.fixture
def registry(reached: Connections) -> Iterator[httpx.Client]:
    """The registry itself."""
    url = (reached.clusters[CLUSTER].schema_registry or {})["url"]
    with httpx.Client(base_url=url, trust_env=False) as client:
        yield client


def carried_out(provider: SchemaRegistry, action: Action, wanted: Resource) -> None:
    desired = None if action is Action.DELETE else wanted
    assert provider.carry_out([Change(action, wanted.id, desired)]) == [None]


def test_records_stay_readable_when_their_subject_goes_and_its_name_is_free_for_anything(
    provider: SchemaRegistry, registry: httpx.Client
) -> None:
    first, other = (
        subject("going-value", record("id"), level="FULL"),
        subject("going-value", record("number")),
    )
    carried_out(provider, Action.CREATE, first)
    number = registry.get("/subjects/going-value/versions/latest").json()["id"]
    carried_out(provider, Action.DELETE, first)
    assert provider.observe([first.id])[0].fields is None
    assert json.loads(registry.get(f"/schemas/ids/{number}").json()["schema"]) == record("id")
    carried_out(provider, Action.CREATE, other)
    assert provider.observe([other.id])[0].fields == other.fields
    carried_out(provider, Action.DELETE, other)
    assert json.loads(registry.get(f"/schemas/ids/{number}").json()["schema"]) == record("id")
