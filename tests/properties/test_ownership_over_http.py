"""What a project does not own at Connect and at a Gateway is as it was, and no secret is told, whatever is declared."""

from __future__ import annotations

import copy
from contextlib import closing
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from back_half import MemoryState, apply_of, plan_of
from contracts.conduktor_things import account, fake_gateway, interceptor, member
from contracts.connect_things import CLUSTER, connections, connector, fake_connect
from contracts.fakes.connect_worker import FILE_SINK, FakeConnector, FakeConnectWorker
from contracts.fakes.gateway import FakeConduktorGateway
from contracts.fakes.kafka_cluster import FakeCluster
from headgate.plan.plan import Asked
from headgate.providers import conduktor, connect
from headgate.providers.conduktor.documents import as_declared as document_as_declared
from headgate.providers.conduktor.documents import filled as document_filled
from headgate.providers.conduktor.names import document_in
from headgate.providers.connect.declared import as_declared, filled
from headgate.resources import Resource, ResourceId

KINDS = {kind.name: kind for kind in (*connect.KINDS, *conduktor.KINDS)}
ALL_ASKED = Asked(deletes=True, data=True)
DESTROY = Asked(destroy=True, deletes=True, data=True)
NAMES = ("clerk", "desk", "ml1")
names = st.sampled_from(NAMES)


def ids(things: list[Resource]) -> set[ResourceId]:
    return {one.id for one in things}


@settings(max_examples=25)
@given(
    st.sets(names),
    st.lists(st.dictionaries(names, st.sampled_from(["/a", "/b"])), min_size=1, max_size=3),
)
def test_connectors_of_others_are_as_they_were_after_every_command(
    foreign: set[str], steps: list[dict[str, str]]
) -> None:
    worker, state = FakeConnectWorker(), MemoryState()
    for name in foreign:
        worker.connectors[name] = FakeConnector({"connector.class": FILE_SINK, "topics": "x", "name": name})
    before = {name: one.config.copy() for name, one in worker.connectors.items()}
    with closing(worker.server), closing(fake_connect(worker)) as provider:
        for step in steps:
            wanted = [connector(name, file=file) for name, file in step.items()]
            refused = {one.id for one in plan_of(wanted, provider, state, KINDS).refusals}
            assert refused == {one.id for one in wanted if one.id.name.rpartition("/")[2] in foreign}
            applied = [one for one in wanted if one.id not in refused]
            assert apply_of(applied, provider, state, KINDS, ALL_ASKED).complete
            assert plan_of(applied, provider, state, KINDS).pending == ()
        apply_of([], provider, state, KINDS, DESTROY)
    assert {name: one.config for name, one in worker.connectors.items()} == before


@st.composite
def gateway_steps(draw: st.DrawFn) -> list[Resource]:
    """Accounts, some of them in groups, and interceptors for everybody and for the groups."""
    accounts = {name: account(name, name) for name in draw(st.sets(names))}
    found: list[Resource] = list(accounts.values())
    groups: dict[str, list[ResourceId]] = {}
    for name, one in accounts.items():
        for group in draw(st.sets(st.sampled_from(["g1", "g2"]))):
            found.append(member(group, name, one.id))
            groups.setdefault(group, []).append(found[-1].id)
    for group in ("", *groups):
        if draw(st.booleans()):
            config = {"policies": [], "errorPolicy": draw(st.sampled_from(["fail_fetch", "skip_masking"]))}
            found.append(interceptor("mask", config, *groups.get(group, ()), group=group))
    return found


@settings(max_examples=25)
@given(st.sets(names), st.sets(names, min_size=1), st.lists(gateway_steps(), min_size=1, max_size=3))
def test_what_others_have_at_a_gateway_is_as_it_was_after_every_command(
    theirs: set[str], in_group: set[str], steps: list[list[Resource]]
) -> None:
    gateway, state = FakeConduktorGateway(), MemoryState()
    there = sorted(theirs | in_group)
    documents: list[tuple[str, dict[str, Any]]] = [
        ("service-account", {**document(account(name, f"of-{name}"))}) for name in there
    ]
    documents.append(("group", group("g1", sorted(in_group))))
    scoped = document(interceptor("mask", {"policies": []}))
    scoped["metadata"] = {"name": "mask", "scope": {"vCluster": "finance", "group": "g1"}}
    documents.append(("interceptor", scoped))
    for path, one in documents:
        assert gateway.put(path, one).status == 200
    before = copy.deepcopy(gateway.stored)
    with closing(gateway.server), closing(fake_gateway(gateway, FakeCluster())) as provider:
        for wanted in steps:
            refused = {one.id for one in plan_of(wanted, provider, state, KINDS).refusals}
            # What relies on what is not ours is left out with it, as it would be by hand.
            applied = [one for one in wanted if one.id not in refused and not refused & {*one.after}]
            applied = [one for one in applied if {*one.after} <= ids(applied)]
            assert apply_of(applied, provider, state, KINDS, ALL_ASKED).complete
            assert plan_of(applied, provider, state, KINDS).pending == ()
            members = gateway.group("g1")
            assert members is not None and in_group <= set(members)
        assert apply_of([], provider, state, KINDS, DESTROY).complete
    assert gateway.stored == before


def document(one: Resource) -> dict[str, Any]:
    return {key: one.fields[key] for key in ("kind", "apiVersion", "metadata", "spec")}


def group(name: str, members: list[str]) -> dict[str, Any]:
    spec = {"members": [{"name": one} for one in members]}
    return {"kind": "GatewayGroup", "apiVersion": "gateway/v2", "metadata": {"name": name}, "spec": spec}


SECRET = "s3cr3t/of=a {test}"
PLACEHOLDER = f"${{cluster.{CLUSTER}.identities.connect.password}}"
texts = st.one_of(
    st.sampled_from(["x", "${file:/a:b}", PLACEHOLDER, f'a "{PLACEHOLDER}";', "http://a"]),
    st.text(max_size=5).filter(lambda text: text not in SECRET or not text),
)
keys = st.one_of(
    st.sampled_from(["a.password", "token", "url", "b.jaas.config", "keySecretId", "errors.tolerance"]),
    st.text(min_size=1, max_size=4).filter(lambda key: key != "name"),
)


@given(st.dictionaries(keys, texts), st.sets(keys))
def test_a_configuration_is_told_as_it_was_declared_and_never_with_a_secret(
    config: dict[str, str], meddled: set[str]
) -> None:
    said = connections("http://127.0.0.1:1", SECRET)
    live = {**filled(config, said), "name": "x"}
    assert as_declared(live, said) == config
    told = as_declared({**live, **dict.fromkeys(meddled, f"<{SECRET}>")}, said)
    assert SECRET not in repr(told)


@given(st.dictionaries(keys, st.one_of(texts, st.lists(texts, max_size=2), st.dictionaries(keys, texts))))
def test_an_interceptor_is_told_as_it_was_declared_and_never_with_a_secret(config: dict[str, Any]) -> None:
    said = connections("http://127.0.0.1:1", SECRET)
    one = interceptor("mask", config)
    live = document_filled(one.fields, said)
    told = document_as_declared(CLUSTER, document_in(one.id), live, said)
    assert told == one.fields
    unlabelled = copy.deepcopy(live)
    unlabelled["spec"]["comment"] = ""
    assert SECRET not in repr(document_as_declared(CLUSTER, document_in(one.id), unlabelled, said))
    elsewhere = replace(said, values={})
    assert SECRET not in repr(document_as_declared(CLUSTER, document_in(one.id), live, elsewhere))
