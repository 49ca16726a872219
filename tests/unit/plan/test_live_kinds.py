"""Plans of what real projects become on real systems: topics, schemas, proxies, jobs, connectors and grants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from back_half import Memory, MemoryState, apply_of, plan_of
from checked import folder, loaded
from headgate.analysis import Context
from headgate.compile.discovery import compile_project, target, target_names
from headgate.compile.target import World
from headgate.plan.changes import Phase
from headgate.plan.plan import Asked, make_plan
from headgate.ports import Action
from headgate.resources import Resource, ResourceId, ResourceKind
from headgate.resources.job_state import ANEW, REGAINED
from headgate.resources.live import JOB
from running import ACCEPTANCE

PROD = """\
engine: live
clusters:
  prod-eu:
    kafka: {bootstrap_servers: "kafka.example.com:9093"}
    identities:
      flink: {principal: "User:flink"}
      connect: {principal: "User:connect"}
    schema_registry: {url: "https://registry.example.com"}
    flink: {type: sql_gateway, url: "https://flink.example.com"}
    connect: {main: {url: "https://connect.example.com"}}
    proxy: {type: conduktor, url: "https://gateway.example.com"}
"""
ALL_ASKED = Asked(deletes=True, data=True)
EVERYTHING = Asked(destroy=True, deletes=True, data=True)
LIVE = tuple(name for name in target_names() if name != "embedded")


@pytest.fixture(scope="module")
def kinds() -> Mapping[str, ResourceKind]:
    return {kind.name: kind for name in LIVE for kind in target(name).KINDS}


@pytest.fixture(scope="module")
def resources() -> list[Resource]:
    graph, _ = loaded({**folder(ACCEPTANCE), "environments/prod.yml": PROD}, env="prod")
    assert graph is not None
    return list(compile_project(World(Context(graph)), LIVE).resources)


def test_what_is_stored_then_what_protects_then_jobs_with_their_grants_then_readers(
    resources: list[Resource], kinds: Mapping[str, ResourceKind]
) -> None:
    plan = plan_of(resources, Memory(), MemoryState(), kinds)
    phases = {change.id.kind: change.phase for change in plan.changes}
    assert phases["topic"] is phases["subject"] is Phase.STORE
    assert phases["flink_job"] is phases["connector"] is phases["job_acl"] is Phase.RUN
    assert {phases[kind] for kind in phases if kinds[kind].provider == "conduktor"} <= {
        Phase.PROTECT,
        Phase.RUN,
        Phase.GIVE,
    }
    made = [change.phase for change in plan.changes]
    assert made == sorted(made)


def test_no_job_runs_before_all_it_was_said_to_rely_on(
    resources: list[Resource], kinds: Mapping[str, ResourceKind]
) -> None:
    at = {c.id: i for i, c in enumerate(plan_of(resources, Memory(), MemoryState(), kinds).changes)}
    relying = [(r.id, other) for r in resources for other in r.after]
    assert any(one.kind == "flink_job" and other.kind == "job_acl" for one, other in relying)
    assert all(at[other] < at[one] for one, other in relying)


def test_applied_it_is_as_declared_and_destroyed_it_is_gone_in_the_order_of_removal(
    resources: list[Resource], kinds: Mapping[str, ResourceKind]
) -> None:
    system, state = Memory(), MemoryState()
    assert apply_of(resources, system, state, kinds).complete
    assert plan_of(resources, system, state, kinds).is_empty
    system.made.clear()
    assert apply_of([], system, state, kinds, EVERYTHING).complete
    assert not system.things and not state.read()
    ranks = [kinds[id_.kind].rank for _, id_ in system.made]
    assert ranks == sorted(ranks, reverse=True)
    stopped = [kinds[id_.kind].gives_access for _, id_ in system.made if kinds[id_.kind].rank == 4]
    assert stopped == sorted(stopped)


def test_without_an_exposure_its_grants_go_first_and_unasked(
    resources: list[Resource], kinds: Mapping[str, ResourceKind]
) -> None:
    system, state = Memory(), MemoryState()
    apply_of(resources, system, state, kinds)
    files = {**folder(ACCEPTANCE), "environments/prod.yml": PROD}
    del files["exposures.yml"]
    graph, _ = loaded(files, env="prod")
    assert graph is not None
    fewer = compile_project(World(Context(graph)), LIVE).resources
    gone = {r.id for r in resources} - {r.id for r in fewer}
    grants = {id_ for id_ in gone if kinds[id_.kind].rank >= 5}
    members = {id_ for id_ in gone if id_.kind == "gateway_member"}
    assert grants and members
    plan = plan_of(fewer, system, state, kinds)
    assert {c.id for c in plan.pending if c.removes} == grants | members
    assert [c.phase for c in plan.pending][: len(grants)] == [Phase.TAKE] * len(grants)


def test_a_job_goes_on_from_what_is_left_of_its_name_only_where_it_is_known_to_be_this_projects() -> None:
    job = Resource(
        id=ResourceId(JOB.name, "main/shop.a"), fields={"cluster": "main", "sql": "x"}, address="model.a"
    )

    def begins(**known: Any) -> Any:
        (change,) = make_plan(
            [job], known.pop("applied", {}), {job.id: None}, {JOB.name: JOB}, **known
        ).changes
        assert change.action is Action.CREATE and change.step.desired is not None
        return change.step.desired.fields.get("start")

    assert begins() == ANEW
    assert begins(applied={job.id: job}) == REGAINED
    assert begins(intents=(job.id,)) is None
    assert begins(asked=Asked(on_state={"model.a": "savepoint"})) == "savepoint"
