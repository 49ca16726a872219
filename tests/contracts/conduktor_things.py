"""Things of a Conduktor Gateway to try the provider on, as compiled ones are, and how a fake or a given one is reached."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest

from contracts.fakes.gateway import MASK, PASSWORD, USER, FakeConduktorGateway
from contracts.fakes.kafka_cluster import FakeCluster
from headgate.ports import Action, Change, ClusterConnection, Connections
from headgate.providers.conduktor.provider import Clients, Gateways, open_provider
from headgate.resources import Resource, ResourceId
from headgate.resources.live import (
    GATEWAY,
    GATEWAY_ACCOUNT,
    GATEWAY_ACL,
    GATEWAY_JOB_ACL,
    GATEWAY_MEMBER,
    acl_name,
)

CLUSTER = "main"
API = "gateway/v2"
HOST = f"${{cluster.{CLUSTER}.schema_registry.url}}"
TOKEN = "${kms.prod.token}"
SECRET = "s3cr3t-of-vault"
FLINK = f"${{cluster.{CLUSTER}.identities.flink.principal}}"
URL = "HEADGATE_CONDUKTOR_URL"
"""The variable with the address of a real Gateway; `_USER`, `_PASSWORD` and `_BOOTSTRAP` stand beside it."""


def account(name: str, external: str) -> Resource:
    fields = {
        "cluster": CLUSTER,
        "kind": "GatewayServiceAccount",
        "apiVersion": API,
        "metadata": {"name": name},
        "spec": {"type": "EXTERNAL", "externalNames": [external]},
    }
    return Resource(
        id=ResourceId(GATEWAY_ACCOUNT.name, f"{CLUSTER}/GatewayServiceAccount/{name}"), fields=fields
    )


def member(group: str, name: str, *after: ResourceId) -> Resource:
    fields = {"cluster": CLUSTER, "group": group, "account": name}
    return Resource(
        id=ResourceId(GATEWAY_MEMBER.name, f"{CLUSTER}/{group}/{name}"), fields=fields, after=after
    )


def interceptor(
    name: str, config: Mapping[str, Any], *after: ResourceId, group: str = "", plugin: str = MASK
) -> Resource:
    metadata = {"name": name, **({"scope": {"group": group}} if group else {})}
    fields = {
        "cluster": CLUSTER,
        "kind": "Interceptor",
        "apiVersion": API,
        "metadata": metadata,
        "spec": {"comment": f"{name} masks", "pluginClass": plugin, "priority": 300, "config": dict(config)},
    }
    id_ = ResourceId(GATEWAY.name, f"{CLUSTER}/Interceptor/{name}" + (f"@{group}" if group else ""))
    return Resource(id=id_, fields=fields, after=after)


def acl(kind: str, name: str, principal: str) -> Resource:
    said = {
        "principal": principal,
        "resource_type": "topic",
        "name": name,
        "pattern": "literal",
        "operation": "READ",
    }
    fields = {"cluster": CLUSTER, "host": "*", "permission": "allow", **said}
    return Resource(id=ResourceId(kind, acl_name(CLUSTER, **said)), fields=fields)


def gateway_things(prefix: str, *, changed: bool = False) -> list[Resource]:
    """Two accounts in a group, interceptors for everybody and for the group under one name, and ACLs."""
    name, group = f"{prefix}orders--mask", f"role--{prefix}desk"
    mask = {"topic": "^orders$", "policies": [], "schemaRegistryConfig": {"host": HOST}}
    more = {"errorPolicy": "fail_fetch"} if changed else {}
    desk = account(f"{prefix}desk", f"{prefix}{'counter' if changed else 'desk'}")
    other = account(f"{prefix}other", f"{prefix}{'more' if changed else 'other'}")
    members = [member(group, one.fields["metadata"]["name"], one.id) for one in (desk, other)]
    ids = [one.id for one in members]
    return [
        desk,
        other,
        *members,
        interceptor(name, {**mask, **more}),
        interceptor(name, {**mask, **more, "kmsConfig": {"vault": {"token": TOKEN}}}, *ids, group=group),
        acl(GATEWAY_JOB_ACL.name, f"{prefix}jobs", FLINK),
        acl(GATEWAY_ACL.name, f"{prefix}orders", f"User:{prefix}desk"),
    ]


def fake_gateway(gateway: FakeConduktorGateway, kafka: FakeCluster) -> Gateways:
    proxy = {"url": gateway.url, "username": USER, "password": PASSWORD, "bootstrap_servers": "gw:6969"}
    return open_provider(connections(proxy), Clients(dial=kafka.dial))


def given_gateway(fresh: bool) -> Gateways:
    """The Gateway that the environment of the tests names; a fresh one has nothing of what is tried there."""
    if URL not in os.environ:
        pytest.skip(f"no Conduktor Gateway can be had freely: set {URL} to try the provider on a real one")
    said = {
        key: os.environ[f"{URL}{end}"]
        for key, end in (
            ("username", "_USER"),
            ("password", "_PASSWORD"),
            ("bootstrap_servers", "_BOOTSTRAP"),
        )
        if f"{URL}{end}" in os.environ
    }
    opened = open_provider(connections({"url": os.environ[URL], **said}))
    if fresh:
        for prefix in ("b_", "a_"):
            for one in reversed(gateway_things(prefix)):
                assert opened.carry_out([Change(Action.DELETE, one.id, None)]) == [None]
    return opened


def connections(proxy: Mapping[str, str]) -> Connections:
    return Connections(
        project="shop",
        environment="dev",
        clusters={CLUSTER: ClusterConnection(name=CLUSTER, proxy=proxy)},
        values={
            f"cluster.{CLUSTER}.schema_registry.url": "http://registry:8081",
            f"cluster.{CLUSTER}.identities.flink.principal": "User:flink",
            "kms.prod.token": SECRET,
        },
        secrets=frozenset({SECRET, PASSWORD}),
    )
