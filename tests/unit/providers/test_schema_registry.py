"""What the provider of schema registries asks of them, and why it says a version is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from contracts.fakes.registry import FakeRegistry
from contracts.kafka_things import CLUSTER, connections, document, fake_registry, record, subject
from headgate.plan.diff import field_changes
from headgate.ports import Action, Change, PermanentFailure
from headgate.providers.schema_registry import SchemaRegistry
from headgate.resources import Effect, Resource, ResourceId
from headgate.resources.live import SUBJECT
from headgate.schema import json_schema
from headgate.schema.spelling import same_schema
from headgate.schema.types import DataType


@pytest.fixture(params=[False, True], ids=["confluent", "apicurio"])
def registry(request: pytest.FixtureRequest) -> FakeRegistry:
    return FakeRegistry(apicurio=request.param)


@pytest.fixture
def provider(registry: FakeRegistry) -> SchemaRegistry:
    return fake_registry(registry)


def made(provider: SchemaRegistry, *resources: Resource, action: Action = Action.CREATE) -> list[str]:
    found = provider.carry_out([Change(action, one.id, one) for one in resources])
    return [str(failure or "") for failure in found]


def faults(provider: SchemaRegistry, *resources: Resource) -> list[tuple[str, ...]]:
    return [verdict.faults for verdict in provider.validate(resources)]


def schemas(registry: FakeRegistry, name: str) -> int:
    return len(registry.subjects.get(name, ()))


GONE = "note: it is gone, and no other member is allowed"
BROKEN = (
    "the new schema of `orders` is not backward compatible with what is registered: "
    "email: it is not written, and has no default"
)


def test_a_version_that_breaks_the_promise_is_a_fault_at_plan_and_refused_with_the_same_reason(
    registry: FakeRegistry, provider: SchemaRegistry
) -> None:
    made(provider, subject("orders", record("id")))
    broken = subject("orders", record("id", "email"))
    assert faults(provider, broken) == [(BROKEN,)]
    assert made(provider, broken, action=Action.UPDATE) == [BROKEN]
    assert schemas(registry, "orders") == 1


def test_a_column_may_come_to_a_stream_in_json_and_one_that_goes_is_named(provider: SchemaRegistry) -> None:
    def papers(*names: str) -> Resource:
        columns = [(name, DataType("STRING")) for name in names]
        return subject("papers-value", json_schema.record("papers", columns), type_="JSON")

    assert made(provider, papers("id")) == [""]
    assert made(provider, papers("id", "note"), action=Action.UPDATE) == [""]
    (told,) = faults(provider, papers("id"))
    assert told == (f"{BROKEN.partition(':')[0].replace('orders', 'papers-value')}: {GONE}",)


def test_a_version_is_judged_by_the_level_that_is_declared_and_not_by_the_one_before(
    registry: FakeRegistry, provider: SchemaRegistry
) -> None:
    made(provider, subject("orders", record("id"), level="NONE"), subject("more", record("id")))
    assert faults(provider, subject("orders", record("id", "email"))) == [(BROKEN,)]
    freed = subject("more", record("id", "email"), level="NONE")
    assert faults(provider, freed) == [()]
    assert made(provider, freed, action=Action.UPDATE) == [""]
    assert schemas(registry, "more") == 2


def test_a_transitive_level_looks_at_every_version(provider: SchemaRegistry) -> None:
    made(provider, subject("orders", record("id", "a"), level="NONE"))
    made(provider, subject("orders", record("id"), level="NONE"), action=Action.UPDATE)
    made(provider, subject("orders", record("id"), level="FORWARD_TRANSITIVE"), action=Action.UPDATE)
    (found,) = faults(provider, subject("orders", record("id", "b"), level="FORWARD_TRANSITIVE"))
    assert found[0].startswith("the new schema of `orders` is not forward transitive compatible")
    assert found[0].endswith(": a: it is not written, and has no default")


def test_what_is_new_or_as_it_was_is_no_fault_and_a_subject_just_looked_at_is_not_asked_for_again(
    registry: FakeRegistry, provider: SchemaRegistry
) -> None:
    known = subject("orders", record("id"))
    made(provider, known)
    provider.observe([known.id])
    registry.requests.clear()
    assert faults(provider, known) == [()]
    assert registry.requests == []
    assert faults(provider, subject("new", record("id"))) == [()]


def test_another_spelling_is_registered_no_second_time(
    registry: FakeRegistry, provider: SchemaRegistry
) -> None:
    made(provider, subject("orders", record("id")))
    spelt = {
        "fields": [{"type": {"type": "string"}, "name": "id"}],
        "name": "shop.Order",
        "type": "record",
    }
    again = subject("orders", spelt)
    assert made(provider, again, action=Action.UPDATE) == [""]
    assert schemas(registry, "orders") == 1
    (live,) = provider.observe([again.id])
    assert [c.effect for c in field_changes(SUBJECT, again.fields, None, live.fields or {})] == [
        Effect.IGNORE
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (record("id"), record("id", "more")),
        (record("id"), {**record("id"), "doc": "now documented"}),
        ({**record("id"), "namespace": "a"}, {**record("id"), "namespace": "b"}),
        ({"type": "array", "items": "int"}, {"type": "array", "items": "long"}),
        (["null", "string"], ["string", "null"]),
        (document("a"), document("b")),
    ],
)
def test_schemas_that_say_different_things_are_different(one: Any, other: Any) -> None:
    assert same_schema(one, one)
    assert not same_schema(one, other)


def test_nested_names_take_the_namespace_around_them() -> None:
    def nested(name: str, **more: Any) -> dict[str, Any]:
        inner = {"type": "enum", "name": name, "symbols": ["A"], **more}
        return {**record(), "fields": [{"name": "k", "type": ["null", {"type": "array", "items": inner}]}]}

    assert same_schema(nested("Kind"), nested("shop.Kind"))
    assert same_schema(nested("Kind"), nested("Kind", namespace="shop"))
    assert not same_schema(nested("Kind"), nested("Kind", namespace="other"))


def test_an_earlier_version_that_is_declared_again_becomes_the_newest(
    registry: FakeRegistry, provider: SchemaRegistry
) -> None:
    first, second = subject("orders", record("id")), subject("orders", record("id", optional=("note",)))
    made(provider, first)
    made(provider, second, action=Action.UPDATE)
    assert made(provider, first, action=Action.UPDATE) == [""]
    (live,) = provider.observe([first.id])
    assert live.fields == first.fields
    assert [one["version"] for one in registry.subjects["orders"]] == [2, 3]


def test_an_earlier_version_that_may_not_come_again_stays_where_it_is(
    registry: FakeRegistry, provider: SchemaRegistry
) -> None:
    first = subject("orders", record("id", "a"), level="NONE")
    made(provider, first)
    made(provider, subject("orders", record("id"), level="NONE"), action=Action.UPDATE)
    (said,) = made(provider, subject("orders", record("id", "a")), action=Action.UPDATE)
    assert "a: it is not written, and has no default" in said
    assert [one["version"] for one in registry.subjects["orders"]] == [1, 2]


def test_a_level_is_set_after_the_first_version_and_before_later_ones(
    registry: FakeRegistry, provider: SchemaRegistry
) -> None:
    made(provider, subject("orders", record("id"), level="FULL"))
    made(provider, subject("orders", record("id", optional=("n",)), level="BACKWARD"), action=Action.UPDATE)
    changes = [one.removeprefix("POST ").removeprefix("PUT ") for one in registry.requests if one[0] == "P"]
    base = "/apis/ccompat/v7" if registry.apicurio else ""
    assert changes == [
        f"{base}/subjects/orders/versions",
        f"{base}/config/orders",
        f"{base}/config/orders",
        f"{base}/subjects/orders/versions",
    ]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (httpx.Response(404, text="<html>nothing here</html>"), "answers 404, and not as a registry does"),
        (
            httpx.Response(404, json={"error_code": 404, "message": "Not Found"}),
            "answers 404, and not as a registry does",
        ),
        (httpx.Response(200, text="<html>log in</html>"), "answers, and not as such a service does"),
    ],
)
def test_where_no_registry_answers_no_subject_is_taken_for_absent_nor_for_deleted(
    answer: httpx.Response, says: str
) -> None:
    elsewhere = httpx.MockTransport(lambda _: httpx.Response(answer.status_code, content=answer.content))
    provider = SchemaRegistry(connections(schema_registry={"url": "http://registry.test/old"}), elsewhere)
    one = subject("orders", record("id"))
    message = f"the schema registry of `{CLUSTER}` at http://registry.test/old {says}"
    with pytest.raises(PermanentFailure) as failure:
        provider.observe([one.id])
    assert str(failure.value) == message
    if answer.status_code == 404:
        (refused,) = provider.carry_out([Change(Action.DELETE, one.id, None)])
        assert str(refused) == message


def test_what_is_deleted_is_gone_with_its_level_and_whoever_has_its_id_still_reads(
    registry: FakeRegistry, provider: SchemaRegistry
) -> None:
    one = subject("orders", record("id"), level="FULL")
    made(provider, one, subject("others", record("id")))
    assert provider.carry_out([Change(Action.DELETE, one.id, None)]) == [None]
    assert set(registry.subjects) == {"others"}
    assert set(registry.deleted) == {"orders"}
    assert set(registry.levels) == {"others"}


def test_the_newest_versions_of_many_are_asked_for_together_where_the_registry_can(
    registry: FakeRegistry, provider: SchemaRegistry
) -> None:
    many = [subject(f"s{i}", record("id")) for i in range(50)]
    made(provider, *many)
    registry.requests.clear()
    assert [one.fields for one in provider.observe([s.id for s in many])] == [s.fields for s in many]
    versions = [one for one in registry.requests if one.endswith("/versions/latest")]
    assert len(versions) == (50 if registry.apicurio else 0)


def test_a_registry_that_lists_a_thousand_subjects_and_has_more_is_read_to_the_end(
    registry: FakeRegistry, provider: SchemaRegistry
) -> None:
    for i in range(1_100):
        name = f"s{i:04}"
        version = {"subject": name, "version": 1, "schema": '"string"', "schemaType": "AVRO"}
        registry.subjects[name] = [version]
    listing = provider.list_all()
    assert [one.name for one in listing.subjects] == sorted(registry.subjects)
    assert listing.unseen == ()
    last = ResourceId("subject", f"{CLUSTER}/s1099")
    assert [one.fields is not None for one in provider.observe([last])] == [True]


def test_subjects_are_listed_with_their_level(registry: FakeRegistry, provider: SchemaRegistry) -> None:
    made(provider, subject("b", document("id"), type_="JSON", level="FULL"), subject("a", record("id")))
    assert [(s.name, s.version, s.type, s.compatibility) for s in provider.list_all().subjects] == [
        ("a", 1, "AVRO", "BACKWARD"),
        ("b", 1, "JSON", "FULL"),
    ]


def test_who_may_not_look_is_said_and_who_is_not_known_as_well(
    registry: FakeRegistry, provider: SchemaRegistry
) -> None:
    registry.password = "hush"
    (said,) = provider.list_all().unseen
    assert said.startswith("cluster `main`: the schema registry of `main`")
    assert "does not know who asks" in said
    known = SchemaRegistry(
        connections(schema_registry={"url": registry.url, "username": "me", "password": "hush"}),
        registry.transport,
    )
    assert made(known, subject("a", record("id"))) == [""]
    with pytest.raises(PermanentFailure, match="has no `schema_registry`"):
        SchemaRegistry(connections()).observe([subject("a", record()).id])


def test_references_reach_the_registry_and_come_back(
    registry: FakeRegistry, provider: SchemaRegistry
) -> None:
    said = [{"name": "shop.Kind", "subject": "kind", "version": 1}]
    plain = subject("orders", record("id"))
    referring = Resource(id=plain.id, fields={**plain.fields, "references": said})
    assert made(provider, referring) == [""]
    (live,) = provider.observe([plain.id])
    assert live.fields == referring.fields
