"""What an environment's accounts need in Kafka: who plans, applies and looks at records, and what jobs and connectors run as."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from headgate.compile.grants import sink_identity
from headgate.compile.handed_over import tools
from headgate.compile.placeholders import UNNAMED, principal
from headgate.compile.target import World
from headgate.project.declarations import Cluster, Materialization
from headgate.resources import Resource, live
from headgate.resources.grants import CLUSTER, GROUP, KAFKA_CLUSTER, TOPIC, Grant, reading, writing

ACCOUNTS = PLAN, APPLY, LOOK, JOBS, CONNECTORS = "plan", "apply", "look", "jobs", "connectors"
_ON_TOPICS = ("Create", "Alter", "AlterConfigs", "Delete")


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """A right that an account needs on a cluster; `account` is one of `ACCOUNTS`."""

    cluster: str
    account: str
    grant: Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Whom the brokers know who plans, applies and looks as, and where the state and the audit are kept."""

    plan: str
    apply: str
    look: str
    cluster: str
    """The one that has the topics of state and audit; "" where they are files."""
    state: str
    audit: str
    transactional_id: str


def needs(world: World, resources: Sequence[Resource], accounts: Accounts) -> tuple[Need, ...]:
    """Every right that is needed, sorted. What another tool writes, nobody here needs to change."""
    found = {
        Need(cluster, account, grant)
        for cluster in _clusters(world, resources)
        for account, grants in (
            (PLAN, _planning(accounts.plan)),
            (APPLY, _planning(accounts.apply)),
            (APPLY, _changing(accounts.apply, cluster, _ours(world, resources))),
        )
        for grant in grants
    }
    if accounts.cluster:
        found |= {Need(accounts.cluster, *one) for one in _keeping(accounts)}
    return tuple(sorted(found | set(_looking(world, accounts)) | set(_running(world, resources))))


def _clusters(world: World, resources: Iterable[Resource]) -> list[str]:
    held = {str(one.fields["cluster"]) for one in resources if "cluster" in one.fields}
    return sorted(held | {name for name, one in world.environment.clusters.items() if one.kafka})


def _ours(world: World, resources: Iterable[Resource]) -> list[Resource]:
    written_by = tools(world.project)
    return [one for one in resources if not written_by.of(one)]


def _planning(who: str) -> Iterator[Grant]:
    """To see what there is: topics and their settings, groups that read, ACLs, users and quotas."""
    for operation in ("Describe", "DescribeConfigs"):
        yield Grant(who, TOPIC, "*", operation)
        yield Grant(who, CLUSTER, KAFKA_CLUSTER, operation)
    yield Grant(who, GROUP, "*", "Describe")


def _changing(who: str, cluster: str, resources: Iterable[Resource]) -> Iterator[Grant]:
    """To make the things of one cluster, change and remove them."""
    for one in resources:
        if one.fields.get("cluster") != cluster:
            continue
        if one.id.kind == live.TOPIC.name:
            name = one.id.name.partition("/")[2]
            yield from (Grant(who, TOPIC, name, operation) for operation in _ON_TOPICS)
        elif one.id.kind in (live.ACL.name, live.JOB_ACL.name, live.SCRAM_USER.name):
            yield Grant(who, CLUSTER, KAFKA_CLUSTER, "Alter")
        elif one.id.kind == live.QUOTA.name:
            yield Grant(who, CLUSTER, KAFKA_CLUSTER, "AlterConfigs")


def _keeping(accounts: Accounts) -> Iterator[tuple[str, Grant]]:
    """To read the state, and for who applies to write it and the audit, and to make their topics."""
    yield from ((PLAN, grant) for grant in reading(accounts.plan, accounts.state))
    who = accounts.apply
    kept = [*writing(who, accounts.state, accounts.transactional_id), *writing(who, accounts.audit)]
    kept += [Grant(who, TOPIC, topic, "Create") for topic in (accounts.state, accounts.audit)]
    yield from ((APPLY, grant) for grant in kept)


def _looking(world: World, accounts: Accounts) -> Iterator[Need]:
    """To read the records of what is stored, and to write of it in the audit."""
    for stream, _ in world.streams():
        if world.stored_here(stream) or stream.materialized is Materialization.SOURCE:
            for grant in reading(accounts.look, world.topic(stream)):
                yield Need(stream.cluster or UNNAMED, LOOK, grant)
    if accounts.cluster:
        yield from (Need(accounts.cluster, LOOK, grant) for grant in writing(accounts.look, accounts.audit))


def _running(world: World, resources: Iterable[Resource]) -> Iterator[Need]:
    """What jobs and connectors need, as it is compiled for them."""
    connectors = set(_connectors(world))
    for one in resources:
        if one.id.kind != live.JOB_ACL.name:
            continue
        said = one.fields
        grant = Grant(
            said["principal"],
            said["resource_type"],
            said["name"],
            "".join(word.capitalize() for word in said["operation"].split("_")),
            said["pattern"],
        )
        account = CONNECTORS if (said["cluster"], grant.principal) in connectors else JOBS
        yield Need(said["cluster"], account, grant)


def _connectors(world: World) -> Iterator[tuple[str, str]]:
    for name, cluster in world.environment.clusters.items():
        roles = {sink_identity(world, one) for one in world.project.streams.values() if one.sink is not None}
        yield from ((name or UNNAMED, principal(cluster, identity)) for identity in _held(cluster, roles))


def _held(cluster: Cluster, roles: Iterable[str]) -> Iterator[str]:
    yield from (role for role in {"connect", *roles} if role in cluster.identities)
