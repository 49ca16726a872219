"""A plan in a file: read as it was written, and refused where the world is another."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from back_half import GRANT, JOB, TOPIC, VIEW, Memory, MemoryState, plan_of, thing
from headgate.plan.plan import Affected
from headgate.plan.refusals import OTHER_PLAN, WORLD_MOVED
from headgate.plan.saved import SavedPlan, UnreadablePlan, moved, read_plan, speaks_against, write_plan


@pytest.fixture
def saved() -> SavedPlan:
    """A plan with a change of every sort."""
    topic, view = thing(TOPIC, "t", size=1), thing(VIEW, "v", sql="a")
    system = Memory({topic.id: {"size": 1}, view.id: {"sql": "a"}, thing(GRANT, "g").id: {}})
    state = MemoryState()
    state.begin()
    state.record([topic, view, thing(GRANT, "g"), thing(JOB, "gone", sql="a")])
    state.finish()
    wanted = [
        thing(TOPIC, "t", size=1, config={"k": "v"}),
        thing(VIEW, "v", topic.id, sql="b"),
        thing(JOB, "j", view.id, sql="a"),
    ]
    affected = Affected(readers={"model.v": ("model.w",)}, widens={view.id: "shows more"})
    return SavedPlan(
        plan=plan_of(wanted, system, state, affected=affected),
        project="shop",
        environment="embedded",
        version="0.1",
        generation=3,
        live={topic.id: {"size": 1}, view.id: {"sql": "a"}, thing(JOB, "j").id: None},
    )


def against(saved: SavedPlan, **other: object) -> list[str]:
    here: dict[str, object] = {
        "project": "shop", "environment": "embedded", "version": "0.1", "protected": False, "digest": None,
    }  # fmt: skip
    refusals = list(speaks_against(saved, **{**here, **other}))  # type: ignore[arg-type]
    assert all(r.code is OTHER_PLAN for r in refusals)
    return [r.message for r in refusals]


def test_a_plan_is_read_as_it_was_written(saved: SavedPlan) -> None:
    text = write_plan(saved)
    again = read_plan(text)
    assert again == saved
    assert write_plan(again) == text


def test_the_digest_is_that_of_the_content_and_of_nothing_else(saved: SavedPlan) -> None:
    assert read_plan(write_plan(saved)).digest == saved.digest
    others = [
        replace(saved, project="bank"),
        replace(saved, environment="dev"),
        replace(saved, version="0.2"),
        replace(saved, commit="abc"),
        replace(saved, generation=4),
        replace(saved, live={**saved.live, thing(TOPIC, "t").id: {"size": 2}}),
        replace(saved, plan=replace(saved.plan, changes=saved.plan.changes[1:])),
    ]
    assert len({saved.digest, *(other.digest for other in others)}) == len(others) + 1


def test_things_in_another_order_have_the_same_digest(saved: SavedPlan) -> None:
    assert replace(saved, live=dict(reversed(list(saved.live.items())))).digest == saved.digest


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"format": 2}', "{", "\x00"])
def test_a_file_that_is_no_plan_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UnreadablePlan, match="no saved plan"):
        read_plan(text)


def test_a_newer_format_is_refused_by_name(saved: SavedPlan) -> None:
    values = json.loads(write_plan(saved))
    with pytest.raises(UnreadablePlan, match="format 3"):
        read_plan(json.dumps({**values, "format": 3}))


def test_a_plan_that_was_changed_by_hand_is_refused(saved: SavedPlan) -> None:
    text = write_plan(saved)
    assert '"sql": "b"' in text
    with pytest.raises(UnreadablePlan, match="changed after it was made"):
        read_plan(text.replace('"sql": "b"', '"sql": "c"'))


def test_a_plan_of_something_else_is_refused(saved: SavedPlan) -> None:
    assert against(saved) == []
    assert against(saved, project="bank") == ["the plan is one of project `shop`"]
    assert against(saved, environment="prod") == ["the plan is one for embedded, not for prod"]


def test_another_version_is_refused_only_where_the_environment_is_protected(saved: SavedPlan) -> None:
    assert against(saved, version="0.2") == []
    assert len(against(saved, version="0.2", protected=True)) == 1


def test_an_old_plan_is_refused_only_where_the_environment_is_protected(saved: SavedPlan) -> None:
    old = replace(saved, made=1_000)
    assert old.digest == saved.digest
    assert read_plan(write_plan(old)) == old
    assert against(old, now=9_000, ttl_seconds=3_600) == []
    assert against(old, now=4_600, ttl_seconds=3_600, protected=True) == []
    assert against(old, now=8_200, ttl_seconds=3_600, protected=True) == [
        "the plan is 2.0 hours old, and may be 1 hours old at most"
    ]


def test_another_digest_than_the_approved_one_is_refused(saved: SavedPlan) -> None:
    assert against(saved, digest=saved.digest) == []
    assert len(against(saved, digest="0" * 32)) == 1


def test_a_world_that_is_as_it_was_has_not_moved(saved: SavedPlan) -> None:
    assert moved(saved, 3, dict(saved.live)) is None


def test_a_moved_world_is_refused_with_what_moved(saved: SavedPlan) -> None:
    topic, job = thing(TOPIC, "t").id, thing(JOB, "j").id
    live = dict(saved.live)
    for generation, now, said in (
        (4, live, "the plan was applied already, or something else was"),
        (3, {**live, topic: {"size": 2}}, "topic/t has changed"),
        (3, {**live, topic: None}, "topic/t is gone"),
        (3, {**live, job: {"sql": "x"}}, "job/j is there"),
    ):
        refusal = moved(saved, generation, now)
        assert refusal is not None and refusal.code is WORLD_MOVED
        assert said in refusal.message
