"""Things of a Conduktor Console to try the provider on, as compiled ones are, and how a fake or a given one is reached."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest

from contracts.fakes.console import TOKEN, FakeConduktorConsole
from headgate.ports import Action, Change, ClusterConnection, Connections
from headgate.providers.console.provider import Consoles, open_provider
from headgate.resources import Resource, ResourceId, ResourceKind
from headgate.resources.live import CONSOLE_ALERT, CONSOLE_APPLICATION, CONSOLE_INSTANCE

CLUSTER = "main"
URL = "HEADGATE_CONDUKTOR_CONSOLE_URL"
"""The variable with the address of a real Console. Beside it stand `…_TOKEN`, an administrator's, `…_CLUSTER`, what it calls a
cluster, and `…_GROUP`, a group that it knows."""


def application(name: str, *, owner: str = "team-shop", title: str = "") -> Resource:
    spec = {"title": title or f"{name} on main", "description": "- type: dashboard", "owner": owner}
    return _thing(CONSOLE_APPLICATION, name, "Application", "self-serve/v1", {"name": name}, spec)


def instance(name: str, *groups: str, of: str = "", cluster: str = "main") -> Resource:
    owned = [{"type": "CONSUMER_GROUP", "patternType": "LITERAL", "name": group} for group in groups]
    spec = {"cluster": cluster, "applicationManagedServiceAccount": False, "resources": owned}
    metadata = {"application": of or name, "name": name}
    after = ResourceId(CONSOLE_APPLICATION.name, f"{CLUSTER}/{of or name}")
    return _thing(CONSOLE_INSTANCE, name, "ApplicationInstance", "self-serve/v1", metadata, spec, after)


def alert(name: str, group: str, *, limit: int = 100, cluster: str = "main") -> Resource:
    spec = {
        "cluster": cluster,
        "type": "ConsumerGroupAlert",
        "consumerGroupName": group,
        "metric": "OffsetLag",
        "operator": "GreaterThan",
        "threshold": limit,
        "displayName": f"{name} is behind",
        "description": f"{name} promises to be at most {limit} messages behind",
    }
    metadata = {"name": f"{name}.lag", "appInstance": name}
    after = ResourceId(CONSOLE_INSTANCE.name, f"{CLUSTER}/{name}")
    return _thing(CONSOLE_ALERT, f"{name}/{name}.lag", "Alert", "v3", metadata, spec, after)


def _thing(
    kind: ResourceKind,
    name: str,
    word: str,
    api: str,
    metadata: Mapping[str, Any],
    spec: Mapping[str, Any],
    *after: ResourceId,
) -> Resource:
    fields = {"cluster": CLUSTER, "kind": word, "apiVersion": api, "metadata": metadata, "spec": spec}
    return Resource(id=ResourceId(kind.name, f"{CLUSTER}/{name}"), fields=fields, after=after)


def console_things(prefix: str, *, changed: bool = False) -> list[Resource]:
    """An application with its instance, which owns a consumer group, and an alert on that."""
    name, cluster, owner = (
        f"{prefix}shop.desk.dev",
        os.environ.get(f"{URL}_CLUSTER", "main"),
        os.environ.get(f"{URL}_GROUP", "team-shop"),
    )
    group = f"{prefix}{'counter' if changed else 'desk'}"
    return [
        application(name, owner=owner, title="The desk" if changed else ""),
        instance(name, group, cluster=cluster),
        alert(name, group, limit=200 if changed else 100, cluster=cluster),
    ]


def fake_console(console: FakeConduktorConsole, **said: str) -> Consoles:
    return open_provider(connections({"url": console.url, "token": TOKEN, **said}))


def given_console(fresh: bool) -> Consoles:
    """The Console that the environment of the tests names; a fresh one has nothing of what is tried there."""
    if URL not in os.environ:
        pytest.skip(f"no Conduktor Console can be had freely: set {URL} to try the provider on a real one")
    opened = open_provider(connections({"url": os.environ[URL], "token": os.environ.get(f"{URL}_TOKEN", "")}))
    if fresh:
        for prefix in ("b_", "a_"):
            for one in reversed(console_things(prefix)):
                assert opened.carry_out([Change(Action.DELETE, one.id, None)]) == [None]
    return opened


def connections(console: Mapping[str, str]) -> Connections:
    return Connections(
        project="shop",
        environment="dev",
        clusters={CLUSTER: ClusterConnection(name=CLUSTER, console=console)},
        values={f"cluster.{CLUSTER}.console.{key}": value for key, value in console.items()},
        secrets=frozenset({console["token"]} - {""}),
    )
