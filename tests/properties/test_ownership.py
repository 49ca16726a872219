"""Whatever is declared, applied, changed and destroyed: what a project does not own is as it was."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
    ScramMechanism,
)
from hypothesis import given
from hypothesis import strategies as st

from back_half import MemoryState, apply_of, plan_of
from contracts.fakes.kafka_cluster import FakeCluster, Topic
from contracts.fakes.registry import FakeRegistry
from contracts.kafka_things import (
    binding,
    document,
    fake_kafka,
    fake_registry,
    quota,
    record,
    subject,
    topic,
    user,
)
from headgate.plan.plan import Asked
from headgate.providers import kafka, schema_registry
from headgate.resources import Resource
from headgate.resources.live import ACL, JOB_ACL

KINDS = {kind.name: kind for kind in (*kafka.KINDS, *schema_registry.KINDS)}
ALL_ASKED = Asked(deletes=True, data=True)
NAMES = ("a_clerk", "b_clerk")
_PATTERNS = (ResourcePatternType.LITERAL, ResourcePatternType.PREFIXED)


@st.composite
def bindings(draw: st.DrawFn) -> AclBinding:
    """Any binding; those that are like ours in all but host, permission or pattern as well."""
    return AclBinding(
        draw(st.sampled_from([ResourceType.TOPIC, ResourceType.GROUP])),
        draw(st.sampled_from(NAMES)) + draw(st.sampled_from(["", "*", "x"])),
        draw(st.sampled_from(_PATTERNS)),
        draw(st.sampled_from([f"User:{name}" for name in NAMES])),
        draw(st.sampled_from(["*", "10.0.0.1"])),
        draw(st.sampled_from([AclOperation.READ, AclOperation.WRITE])),
        draw(st.sampled_from([AclPermissionType.ALLOW, AclPermissionType.DENY])),
    )


@st.composite
def clusters(draw: st.DrawFn) -> FakeCluster:
    """A cluster in which others have made things."""
    config = st.dictionaries(st.sampled_from(["cleanup.policy", "retention.ms"]), st.just("1"))
    topics = st.builds(Topic, st.integers(1, 3), st.just(1), config)
    rates = st.fixed_dictionaries(
        {"producer_byte_rate": st.just(5.0)}, optional={"request_percentage": st.just(1.0)}
    )
    credentials = st.dictionaries(st.sampled_from(list(ScramMechanism)[1:]), st.just(4096), min_size=1)
    names = st.sampled_from(NAMES)
    return FakeCluster(
        topics=draw(st.dictionaries(names, topics)),
        acls=draw(st.sets(bindings(), max_size=6)),
        users=draw(st.dictionaries(names, credentials)),
        quotas=draw(st.dictionaries(names, rates)),
    )


@st.composite
def declared(draw: st.DrawFn) -> list[Resource]:
    """Things of one project, which may well have the names of things that others made."""
    found: dict[Any, Resource] = {}
    for name in NAMES:
        things = [
            topic(name, draw(st.integers(1, 3)), retention_ms=draw(st.sampled_from("12"))),
            user(name, draw(st.sampled_from([4096, 8192]))),
            quota(name, producer_byte_rate=draw(st.integers(1, 2))),
        ]
        for pattern in ("literal", "prefixed"):
            kind = draw(st.sampled_from([ACL, JOB_ACL]))
            things.append(binding(kind, f"User:{name}", "topic", name, "READ", pattern))
        found |= {one.id: one for one in things if draw(st.booleans())}
    return list(found.values())


def others(cluster: FakeCluster, ours: FakeCluster) -> dict[str, Any]:
    """What is in a cluster beside our own things, which are those of `ours`."""
    return copy.deepcopy(
        {
            "topics": {n: vars(t) for n, t in cluster.topics.items() if n not in ours.topics},
            "acls": cluster.acls - ours.acls,
            "users": {n: u for n, u in cluster.users.items() if n not in ours.users},
            "quotas": {n: q for n, q in cluster.quotas.items() if n not in ours.quotas},
        }
    )


@given(
    clusters(),
    st.lists(st.tuples(declared(), st.sets(bindings(), max_size=4)), min_size=1, max_size=3),
    st.booleans(),
)
def test_what_others_have_in_a_cluster_is_as_it_was_after_every_command(
    cluster: FakeCluster, steps: list[tuple[list[Resource], set[AclBinding]]], destroys: bool
) -> None:
    before = copy.deepcopy((cluster.topics, cluster.acls, cluster.users, cluster.quotas))
    provider, state = fake_kafka(cluster), MemoryState()
    for wanted, meddled in steps:
        # What is there and is somebody else's is an error at plan; the rest of the declarations is applied.
        foreign = {one.id for one in provider.observe([w.id for w in wanted]) if one.fields} - set(
            state.read()
        )
        assert {one.id for one in plan_of(wanted, provider, state, KINDS).refusals} == foreign
        applied = [one for one in wanted if one.id not in foreign]
        assert apply_of(applied, provider, state, KINDS, ALL_ASKED).complete
        assert plan_of(applied, provider, state, KINDS).pending == ()
        before[1].update(meddled - cluster.acls)
        cluster.acls |= meddled
    if destroys:
        apply_of([], provider, state, KINDS, Asked(destroy=True, deletes=True, data=True))
        assert (cluster.topics, cluster.acls, cluster.users, cluster.quotas) == before
    else:
        made = FakeCluster()
        ours = MemoryState()
        apply_of(list(state.read().values()), fake_kafka(made), ours, KINDS, ALL_ASKED)
        assert others(cluster, made) == others(FakeCluster(*before), made)
    provider.close()


@st.composite
def subjects(draw: st.DrawFn) -> list[Resource]:
    found = []
    for name in NAMES:
        level = draw(st.sampled_from(["BACKWARD", "FULL"]))
        more = draw(st.sampled_from([(), ("note",)]))
        if draw(st.booleans()):
            found.append(subject(f"{name}-value", record("id", optional=more), level=level))
        if draw(st.booleans()):
            found.append(subject(name, document("id"), type_="JSON", level=level))
    return found


@given(st.booleans(), st.sets(st.sampled_from([*NAMES, "x"])), st.lists(subjects(), min_size=1, max_size=3))
def test_what_others_have_in_a_registry_is_as_it_was_after_every_command(
    apicurio: bool, foreign: set[str], projects: Sequence[list[Resource]]
) -> None:
    registry = FakeRegistry(apicurio=apicurio)
    for name in foreign:
        version = {"subject": name, "version": 1, "schema": '"string"', "schemaType": "AVRO"}
        registry.subjects[name], registry.levels[name] = [version], "NONE"
    before = copy.deepcopy((registry.subjects, registry.levels))
    provider, state = fake_registry(registry), MemoryState()
    for wanted in projects:
        applied = [one for one in wanted if one.id.name.partition("/")[2] not in foreign]
        assert apply_of(applied, provider, state, KINDS, ALL_ASKED).complete
        assert plan_of(applied, provider, state, KINDS).pending == ()
    apply_of([], provider, state, KINDS, Asked(destroy=True, deletes=True, data=True))
    assert (registry.subjects, registry.levels) == before
    provider.close()
