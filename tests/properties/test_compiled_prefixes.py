"""No prefix of a plan of what real declarations compile to lets anybody read a stream before what protects it is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import pytest

from checked import folder
from compiling import world
from golden.compile.test_compile import CASES, HERE, Case
from headgate.addresses import Address
from headgate.compile.discovery import chosen_targets, compile_project, target
from headgate.compile.target import World
from headgate.plan.changes import Plan
from headgate.plan.plan import Asked, make_plan
from headgate.resources import Resource, ResourceId, ResourceKind
from headgate.resources.live import ACL, GATEWAY, GATEWAY_ACL, GATEWAY_JOB_ACL, JOB_ACL, TOPIC

EVERYTHING = Asked(destroy=True, deletes=True, data=True)
GRANTS = (ACL.name, JOB_ACL.name, GATEWAY_ACL.name, GATEWAY_JOB_ACL.name)
THROUGH_PROXY = (GATEWAY_ACL.name, GATEWAY_JOB_ACL.name)


def compiled(case: Case) -> tuple[World, tuple[Resource, ...], dict[str, ResourceKind]]:
    made_of = world(folder(case.project or HERE / case.name / "project"))
    names, _ = chosen_targets(made_of.project.environment, case.targets)
    live = [name for name in names if name != "embedded"]
    kinds = {kind.name: kind for name in live for kind in target(name).KINDS}
    return made_of, compile_project(made_of, live).resources, kinds


def needed(made_of: World, made: Sequence[Resource]) -> dict[ResourceId, set[ResourceId]]:
    """What must be in force while a grant to read stands: the topic that it is of, and all that protects it in the proxy."""
    streams = (s for s in made_of.project.streams.values() if s.sink is None)
    topics = {made_of.topic(s): s.address for s in streams}
    there = {one.id for one in made}
    found = {}
    for one in made:
        if one.id.kind not in GRANTS or one.fields.get("operation") != "READ":
            continue
        if one.fields.get("resource_type") != "topic":
            continue
        stream = topics.get(one.fields["name"])
        served = {str(address) for address in below(made_of, stream)} if stream else set()
        needs = {ResourceId(TOPIC.name, f"{one.fields['cluster']}/{one.fields['name']}")} & there
        if one.id.kind in THROUGH_PROXY:
            needs |= {other.id for other in made if other.id.kind == GATEWAY.name and other.address in served}
        found[one.id] = needs
    return found


def below(made_of: World, address: Address) -> set[Address]:
    """A stream, and where the proxy serves it those that it is served from."""
    found = {address}
    if made_of.served_by_proxy(made_of.graph.stream(address)):
        for one in made_of.graph.facts[address].inputs:
            found |= below(made_of, one)
    return found


def moments(plan: Plan, standing: Iterable[ResourceId], *, removing: bool) -> list[set[ResourceId]]:
    """What stands after each wave and, since a wave's changes land in any order, with each of its changes alone or missing."""
    now = set(standing)
    found = [set(now)]
    for _, wave in groupby(plan.changes, lambda change: change.wave):
        ids = [change.id for change in wave if change.pending]
        for id_ in ids:
            found.append(now - {id_} if removing else now | {id_})
            found.append(now - (set(ids) - {id_}) if removing else now | (set(ids) - {id_}))
        now = now - set(ids) if removing else now | set(ids)
        found.append(set(now))
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nobody_reads_what_is_not_protected_yet_or_no_longer(case: Case) -> None:
    made_of, made, kinds = compiled(case)
    needs = needed(made_of, made)
    plan = make_plan(made, {}, {one.id: None for one in made}, kinds)
    ids = {one.id for one in made}
    up = moments(plan, (), removing=False)
    assert up[-1] == ids
    applied = {one.id: one for one in made}
    down = make_plan((), applied, {one.id: one.fields for one in made}, kinds, asked=EVERYTHING)
    gone = moments(down, ids, removing=True)
    assert gone[-1] == set()
    for moment in (*up, *gone):
        for grant in needs.keys() & moment:
            assert needs[grant] <= moment, (grant, needs[grant] - moment)
    if case.name in ("acceptance", "masked"):
        protected = {id_ for one in needs.values() for id_ in one if id_.kind == GATEWAY.name}
        assert protected, "nothing here is protected by a proxy"
