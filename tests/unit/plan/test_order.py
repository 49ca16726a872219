"""The order of changes: what must never be seen in between decides."""

from __future__ import annotations

import random

import pytest

from back_half import GRANT, JOB, JOB_GRANT, KINDS, TOPIC, VIEW, thing
from headgate.plan.changes import Access, Phase, PlannedChange, Risk
from headgate.plan.order import CircularPlan, in_order
from headgate.ports import Action
from headgate.resources import Resource, ResourceId


def create(resource: Resource, access: Access = Access.SAME) -> PlannedChange:
    return PlannedChange(
        action=Action.CREATE, id=resource.id, desired=resource, address="", risk=Risk.SAFE, reason="",
        after=resource.after, access=access,
    )  # fmt: skip


def delete(resource: Resource) -> PlannedChange:
    return PlannedChange(
        action=Action.DELETE, id=resource.id, desired=None, address="", risk=Risk.SAFE, reason="",
        after=resource.after,
    )  # fmt: skip


def names(*changes: PlannedChange) -> list[str]:
    return [f"{'-' if c.removes else '+'}{c.id.name}" for c in in_order(changes, KINDS)]


def test_what_is_stored_comes_before_what_protects_it_jobs_after_and_grants_last() -> None:
    made = [thing(GRANT, "grant"), thing(JOB, "job"), thing(VIEW, "view"), thing(TOPIC, "topic")]
    assert names(*map(create, made)) == ["+topic", "+view", "+job", "+grant"]


def test_removal_goes_the_other_way_round() -> None:
    gone = [thing(TOPIC, "topic"), thing(VIEW, "view"), thing(JOB, "job"), thing(GRANT, "grant")]
    assert names(*map(delete, gone)) == ["-grant", "-job", "-view", "-topic"]


def test_revocations_come_before_anything_and_jobs_that_go_before_jobs_that_come() -> None:
    changes = [
        create(thing(TOPIC, "t")), create(thing(JOB, "new")), create(thing(GRANT, "in")),
        delete(thing(JOB, "old")), delete(thing(GRANT, "out")), delete(thing(TOPIC, "s")),
    ]  # fmt: skip
    assert names(*changes) == ["-out", "-old", "+t", "+new", "-s", "+in"]


def test_protection_that_goes_does_so_after_protection_that_comes() -> None:
    assert names(delete(thing(VIEW, "a_mask")), create(thing(VIEW, "b_mask"))) == ["+b_mask", "-a_mask"]


def test_a_stricter_policy_comes_first_and_a_looser_one_last() -> None:
    changes = [
        create(thing(VIEW, "looser"), Access.WIDER), create(thing(VIEW, "stricter"), Access.NARROWER),
        create(thing(TOPIC, "t")), create(thing(JOB, "j")),
    ]  # fmt: skip
    assert names(*changes) == ["+stricter", "+t", "+j", "+looser"]


def test_what_a_change_relies_on_comes_before_it_within_a_rank_and_across_phases() -> None:
    late = thing(VIEW, "late")
    a = thing(VIEW, "a", ResourceId("view", "z"))
    z = thing(VIEW, "z", late.id)
    assert names(create(a), create(z), create(late, Access.WIDER)) == ["+late", "+z", "+a"]


def test_a_removal_waits_for_the_removal_of_what_relies_on_it() -> None:
    a, b = thing(VIEW, "a"), thing(VIEW, "b", ResourceId("view", "a"))
    assert names(delete(a), delete(b)) == ["-b", "-a"]
    assert names(delete(thing(VIEW, "b")), delete(thing(VIEW, "a", ResourceId("view", "b")))) == ["-a", "-b"]


def test_each_change_is_told_its_phase_and_what_in_the_plan_it_relies_on() -> None:
    topic = thing(TOPIC, "t")
    job = thing(JOB, "j", topic.id, ResourceId("topic", "elsewhere"))
    first, second = in_order([create(job), create(topic)], KINDS)
    assert (first.phase, first.after) == (Phase.STORE, ())
    assert (second.phase, second.after) == (Phase.RUN, (topic.id,))


def test_the_order_does_not_depend_on_how_changes_come_in() -> None:
    changes = [create(thing(kind, name)) for kind in KINDS.values() for name in "abcd"]
    expected = names(*changes)
    for seed in range(5):
        random.Random(seed).shuffle(changes)
        assert names(*changes) == expected


def test_changes_that_wait_for_each_other_are_a_fault_of_ours_that_names_them() -> None:
    a, b = thing(JOB, "a", ResourceId("job", "b")), thing(JOB, "b", ResourceId("job", "a"))
    with pytest.raises(CircularPlan, match="job/a, job/b"):
        in_order([create(a), create(b), create(thing(JOB, "c"))], KINDS)


def test_what_covers_something_goes_when_that_relies_on_it_no_more_even_last_of_all() -> None:
    mask = thing(VIEW, "mask")
    served = create(thing(VIEW, "served", mask.id), Access.WIDER)
    assert names(delete(mask), served) == ["+served", "-mask"]


def test_the_access_of_a_job_that_goes_goes_with_it_and_that_of_one_that_is_replaced_when_it_is() -> None:
    grant = thing(JOB_GRANT, "grant")
    job = thing(JOB, "job", grant.id)
    other = create(thing(TOPIC, "topic"))
    assert names(delete(grant), delete(job), other) == ["-job", "-grant", "+topic"]
    assert names(delete(grant), create(job), other) == ["+topic", "+job", "-grant"]
