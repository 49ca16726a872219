"""Conduktor Gateway: whose the members of a group are, what its dry mode tells, what it refuses, and no secret told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import httpx
import pytest

from contracts.conduktor_things import (
    CLUSTER,
    FLINK,
    SECRET,
    TOKEN,
    account,
    acl,
    connections,
    fake_gateway,
    gateway_things,
    interceptor,
    member,
)
from contracts.fakes.gateway import PASSWORD, USER, FakeConduktorGateway
from contracts.fakes.kafka_cluster import FakeCluster
from headgate.ports import Action, Change, ClusterConnection, Failure, PermanentFailure, TemporaryFailure
from headgate.providers._http import CHANGED, HIDDEN
from headgate.providers.conduktor.acls import settings_of
from headgate.providers.conduktor.provider import Clients, Gateways, open_provider
from headgate.resources import Resource
from headgate.resources.live import GATEWAY_ACL

DESK, OTHER = account("desk", "desk"), account("other", "other")


@pytest.fixture
def gateway() -> Iterator[FakeConduktorGateway]:
    fake = FakeConduktorGateway()
    yield fake
    fake.server.close()


@pytest.fixture
def kafka() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def provider(gateway: FakeConduktorGateway, kafka: FakeCluster) -> Iterator[Gateways]:
    with closing(fake_gateway(gateway, kafka)) as opened:
        yield opened


def made(provider: Gateways, *resources: Resource) -> list[Failure | None]:
    return provider.carry_out([Change(Action.CREATE, one.id, one) for one in resources])


def gone(provider: Gateways, *resources: Resource) -> list[Failure | None]:
    return provider.carry_out([Change(Action.DELETE, one.id, None) for one in resources])


def only(found: Sequence[Failure | None]) -> Failure:
    (failure,) = found
    assert failure is not None
    return failure


def by_hand(gateway: FakeConduktorGateway, group: str, *names: str) -> None:
    spec = {"members": [{"name": name} for name in names]}
    document = {"kind": "GatewayGroup", "apiVersion": "gateway/v2", "metadata": {"name": group}, "spec": spec}
    gateway.put("group", document)


def test_who_others_put_into_a_group_stays_in_it(gateway: FakeConduktorGateway, provider: Gateways) -> None:
    made(provider, DESK, OTHER)
    by_hand(gateway, "role--desk", "other")
    assert made(provider, member("role--desk", "desk")) == [None]
    assert gateway.group("role--desk") == ["other", "desk"]
    assert gone(provider, member("role--desk", "desk")) == [None]
    assert gateway.group("role--desk") == ["other"]


def test_a_group_goes_with_its_last_member(gateway: FakeConduktorGateway, provider: Gateways) -> None:
    made(provider, DESK, OTHER)
    both = [member("role--desk", "desk"), member("role--desk", "other")]
    made(provider, *both)
    assert gateway.requests.count("PUT /gateway/v2/group") == 1
    assert gone(provider, *both) == [None, None]
    assert gateway.group("role--desk") is None


def test_a_group_that_has_groups_from_outside_stays(
    gateway: FakeConduktorGateway, provider: Gateways
) -> None:
    made(provider, DESK)
    made(provider, member("role--desk", "desk"))
    gateway.stored["group"]["role--desk",]["spec"]["externalGroups"] = ["ldap"]
    gone(provider, member("role--desk", "desk"))
    assert gateway.stored["group"]["role--desk",]["spec"] == {"members": [], "externalGroups": ["ldap"]}


def test_a_group_that_another_writes_back_without_our_member_is_written_again(
    gateway: FakeConduktorGateway, provider: Gateways
) -> None:
    made(provider, DESK, OTHER)
    looks: list[str] = []

    def writes_back_what_it_knew() -> None:
        looks.append("look")
        if len(looks) == 2:
            by_hand(gateway, "role--desk", "other")

    by_hand(gateway, "role--desk", "other")
    gateway.before_look = writes_back_what_it_knew
    assert made(provider, member("role--desk", "desk")) == [None]
    assert gateway.group("role--desk") == ["other", "desk"] and len(looks) == 3


def test_somebody_who_keeps_writing_is_said(gateway: FakeConduktorGateway, provider: Gateways) -> None:
    made(provider, DESK, OTHER)
    gateway.before_look = lambda: by_hand(gateway, "role--desk", "other")
    failure = only(made(provider, member("role--desk", "desk")))
    assert isinstance(failure, TemporaryFailure)
    assert str(failure) == "somebody else keeps changing who is in the group `role--desk`"


def test_a_group_member_without_an_account_is_refused_with_the_gateways_reason(provider: Gateways) -> None:
    failure = only(made(provider, member("role--desk", "nobody")))
    assert isinstance(failure, PermanentFailure)
    assert str(failure).endswith("refuses: GatewayServiceAccount not found: passthrough/nobody")


def test_an_interceptor_is_deleted_at_its_own_scope_alone(
    gateway: FakeConduktorGateway, provider: Gateways
) -> None:
    things = gateway_things("a_")
    for one in things:
        made(provider, one)
    everybody, group = (one for one in things if one.id.kind == "gateway_resource")
    assert gone(provider, everybody) == [None]
    assert [one.fields is None for one in provider.observe([everybody.id, group.id])] == [True, False]


def test_what_stands_in_virtual_clusters_or_is_for_one_account_is_not_ours(
    gateway: FakeConduktorGateway, provider: Gateways
) -> None:
    one = interceptor("mask", {"policies": []})
    document = {key: one.fields[key] for key in ("kind", "apiVersion", "metadata", "spec")}
    for scope in ({"vCluster": "finance"}, {"username": "desk"}, {}):
        gateway.put("interceptor", {**document, "metadata": {"name": "mask", "scope": scope}})
    assert [seen.fields for seen in provider.observe([one.id])] == [None]
    assert gone(provider, one) == [None] and len(gateway.stored["interceptor"]) == 3


def test_a_secret_is_sent_and_told_as_it_was_declared(
    gateway: FakeConduktorGateway, provider: Gateways
) -> None:
    key = {"fieldName": "card", "keySecretId": "vault-kms://vault:8200/transit/keys/cards"}
    config = {"policies": [], "recordValue": {"fields": [key]}, "kmsConfig": {"vault": {"token": TOKEN}}}
    one = interceptor("mask", {**config, "password": "said in clear by whoever compiled it"})
    made(provider, one)
    ((_, stored),) = gateway.stored["interceptor"].items()
    assert stored["spec"]["config"]["kmsConfig"]["vault"]["token"] == SECRET
    assert SECRET not in stored["spec"]["comment"] and stored["spec"]["comment"].startswith("mask masks")
    (seen,) = provider.observe([one.id])
    assert seen.fields == one.fields
    stored["spec"]["config"]["kmsConfig"]["vault"]["token"] = "of somebody"
    stored["spec"]["config"]["other"] = {"password": "of somebody"}
    (seen,) = provider.observe([one.id])
    assert seen.fields is not None
    config = seen.fields["spec"]["config"]
    assert config["kmsConfig"]["vault"]["token"] == CHANGED and config["other"]["password"] == HIDDEN


def test_an_account_of_an_identity_is_known_by_the_user_the_environment_looks_up(
    gateway: FakeConduktorGateway, provider: Gateways
) -> None:
    one = account("identity-flink", FLINK)
    made(provider, one)
    ((_, stored),) = gateway.stored["service-account"].items()
    assert stored["spec"]["externalNames"] == ["flink"]
    (seen,) = provider.observe([one.id])
    assert seen.fields == one.fields
    stored["spec"]["externalNames"] = ["somebody"]
    (seen,) = provider.observe([one.id])
    assert seen.fields is not None and seen.fields["spec"]["externalNames"] == ["somebody"]


def test_a_dry_run_stores_nothing_and_says_what_it_does_not_look_at(
    gateway: FakeConduktorGateway, provider: Gateways
) -> None:
    good = interceptor("mask", {"no": "policies"})
    unknown = interceptor("mask2", {}, plugin="io.conduktor.gateway.interceptor.MaskingPlugin")
    name = interceptor("no name!", {"policies": []})
    before_its_group = interceptor("mask3", {"policies": []}, group="role--desk")
    grant = acl(GATEWAY_ACL.name, "orders", "User:desk")
    found = provider.validate([good, unknown, name, before_its_group, DESK, grant])
    note = ("the Gateway's dry mode does not look at an interceptor's configuration",)
    assert [(one.faults, one.notes) for one in found if one.id != name.id] == [
        ((), note),
        (("the Gateway has no interceptor `io.conduktor.gateway.interceptor.MaskingPlugin`",), ()),
        ((), note),
        ((), ()),
        ((), ()),
    ]
    assert "refuses: Invalid name" in found[2].faults[0]
    assert not any(gateway.stored.values())
    assert "refuses: Invalid config: policies is missing" in str(only(made(provider, good)))


def test_a_gateway_that_does_not_tell_its_classes_is_asked_about_the_rest(
    gateway: FakeConduktorGateway,
) -> None:
    def without_plugins(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404 if request.url.path.endswith("/plugin") else 200, json={})

    said = connections({"url": gateway.url, "username": USER, "password": PASSWORD})
    with closing(open_provider(said, Clients(httpx.MockTransport(without_plugins)))) as provider:
        (verdict,) = provider.validate([interceptor("mask", {}, plugin="com.example.Mask")])
    assert verdict.faults == ()


def test_an_unlicensed_interceptor_is_said(gateway: FakeConduktorGateway, provider: Gateways) -> None:
    gateway.unlicensed = True
    failure = only(made(provider, interceptor("mask", {"policies": []})))
    assert str(failure).endswith(
        "does not let this user do it: This interceptor is not covered by the license"
    )


def test_how_an_older_gateway_spells_results_makes_no_difference() -> None:
    fake = FakeConduktorGateway(older=True)
    with closing(fake.server), closing(fake_gateway(fake, FakeCluster())) as provider:
        assert made(provider, DESK) == made(provider, DESK) == [None]
        assert provider.observe([DESK.id])[0].fields == DESK.fields


def test_what_is_removed_is_looked_up_in_one_request_for_all_of_a_kind(
    gateway: FakeConduktorGateway, provider: Gateways
) -> None:
    many = [interceptor(f"mask{i}", {"policies": []}) for i in range(5)]
    made(provider, *many)
    gateway.requests.clear()
    assert gone(provider, *many, interceptor("never-there", {"policies": []})) == [None] * 6
    assert gateway.requests.count("GET /gateway/v2/interceptor") == 1
    assert gateway.stored["interceptor"] == {}


def test_one_failure_stops_no_other(provider: Gateways) -> None:
    bad = interceptor("bad", {})
    grant = acl(GATEWAY_ACL.name, "orders", "User:desk")
    found = made(provider, DESK, bad, OTHER, grant)
    assert [one is None for one in found] == [True, False, True, True]


def test_a_gateway_that_is_down_or_does_not_know_who_asks_is_said(gateway: FakeConduktorGateway) -> None:
    proxy = {"url": gateway.url, "username": USER, "password": "wrong"}
    with closing(open_provider(connections(proxy))) as stranger:
        failure = only(made(stranger, DESK))
    assert "does not know who asks" in str(failure) and PASSWORD not in str(failure)
    gateway.server.close()
    with closing(open_provider(connections(proxy))) as late:
        assert isinstance(only(made(late, DESK)), TemporaryFailure)
        with pytest.raises(TemporaryFailure, match=r"^the Gateway of `main` at .* cannot be reached"):
            late.observe([DESK.id])


def test_a_cluster_without_a_proxy_is_said() -> None:
    said = connections({"url": "http://gw"})
    said = replace(said, clusters={CLUSTER: ClusterConnection(name=CLUSTER)})
    with closing(open_provider(said)) as provider:
        for one in (DESK, member("g", "desk"), acl(GATEWAY_ACL.name, "orders", "User:desk")):
            assert str(only(made(provider, one))) == "the environment says no proxy of `main`"


def test_acls_are_changed_as_an_administrator_of_the_gateways_kafka_side() -> None:
    kafka = {
        "bootstrap_servers": "kafka:9092",
        "security_protocol": "SASL_SSL",
        "username": "a",
        "password": "b",
    }
    proxy = {
        "url": "http://gw",
        "username": "http",
        "bootstrap_servers": "gw:6969",
        "kafka_username": "admin",
    }
    found = settings_of(ClusterConnection(name="x", kafka=kafka, proxy=proxy))
    assert {key: found[key] for key in found if "." in key} == {
        "bootstrap.servers": "gw:6969",
        "security.protocol": "SASL_SSL",
        "sasl.username": "admin",
        "sasl.password": "b",
    }
    with pytest.raises(PermanentFailure, match="does not say the proxy's `bootstrap_servers` of `x`"):
        settings_of(ClusterConnection(name="x", kafka=kafka, proxy={"url": "http://gw"}))


def test_acls_that_the_gateway_refuses_say_why_and_whether_they_may_come_later(
    gateway: FakeConduktorGateway, kafka: FakeCluster
) -> None:
    grant = acl(GATEWAY_ACL.name, "orders", "User:desk")
    proxy = {"url": gateway.url, "bootstrap_servers": "gw:6969"}
    with closing(open_provider(connections(proxy), Clients(dial=kafka.dial))) as provider:
        kafka.denied.add("ALTER cluster")
        failure = only(made(provider, grant))
        assert isinstance(failure, PermanentFailure)
        assert str(failure).startswith(f"the Gateway of `main`: `{grant.id.name}` cannot be changed: ")
        kafka.down = True
        failure = only(made(provider, grant))
        assert isinstance(failure, TemporaryFailure)
        assert str(failure) == "the Gateway of `main`: its ACLs cannot be looked at: _TIMED_OUT"
