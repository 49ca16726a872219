"""Drift is taken note of, and nothing outward is changed."""

from __future__ import annotations

from dataclasses import replace

from back_half import KINDS, TOPIC, VIEW, Memory, MemoryState, apply_of, plan_of, thing
from headgate.apply import carry_out
from headgate.plan.plan import as_live
from headgate.plan.refresh import refresh_plan
from headgate.ports import Action
from headgate.resources.live import TOPIC as LIVE_TOPIC

A, B, V = thing(TOPIC, "a", size=1), thing(TOPIC, "b", size=1), thing(VIEW, "v", sql="x")


def drifted() -> tuple[Memory, MemoryState]:
    system, state = Memory(), MemoryState()
    apply_of([A, B, V], system, state)
    del system.things[A.id]
    system.things[B.id] = {"size": 2, "note": "theirs"}
    system.made.clear()
    return system, state


def test_what_is_gone_is_forgotten_and_what_is_otherwise_is_remembered_as_it_is() -> None:
    system, state = drifted()
    plan = refresh_plan(state.read(), as_live(system.observe([A.id, B.id, V.id])), KINDS)
    assert [(c.action, c.id.name, c.fields and c.fields[0].then) for c in plan.changes] == [
        (Action.REFRESH, "a", ()),
        (Action.REFRESH, "b", 2),
    ]
    assert plan.is_empty
    applied = carry_out(plan, system, state, lambda *_: None)
    assert [step.status.value for step in applied.steps] == ["done", "done"]
    assert system.made == []
    assert state.read() == {B.id: replace(B, fields={"size": 2}), V.id: V}


def test_afterwards_a_plan_sets_right_what_is_declared_otherwise() -> None:
    system, state = drifted()
    live = as_live(system.observe([A.id, B.id, V.id]))
    carry_out(refresh_plan(state.read(), live, KINDS), system, state, lambda *_: None)
    planned = {c.id.name: (c.action, c.reason) for c in plan_of([A, B, V], system, state).changes}
    assert planned["a"] == (Action.CREATE, "declared and not there yet")
    assert "`size` changed" in planned["b"][1]


def test_a_step_that_was_cut_off_is_forgotten_where_it_left_nothing_and_settled_later_where_it_did() -> None:
    gone, there = A.id, B.id
    plan = refresh_plan({}, {gone: None, there: {"size": 1}}, KINDS, [gone, there])
    assert [(c.id, c.desired) for c in plan.changes] == [(gone, None)]


def test_a_key_of_a_configuration_that_somebody_else_set_is_none_of_ours() -> None:
    kinds = {LIVE_TOPIC.name: LIVE_TOPIC}
    ours = thing(LIVE_TOPIC, "main/t", partitions=1, config={"retention.ms": "1"})
    live = {ours.id: {"partitions": 1, "config": {"retention.ms": "2", "max.message.bytes": "9"}}}
    (change,) = refresh_plan({ours.id: ours}, live, kinds).changes
    assert [(f.field, f.now, f.then) for f in change.fields] == [("config.retention.ms", "1", "2")]
    assert change.desired is not None
    assert change.desired.fields == {"partitions": 1, "config": {"retention.ms": "2"}}
