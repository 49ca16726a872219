"""Desired, applied and live to changes: which, how risky, and what speaks against them."""

from __future__ import annotations

from dataclasses import replace

from back_half import GRANT, JOB, JOB_GRANT, KINDS, TOPIC, VIEW, Memory, MemoryState, plan_of, thing
from headgate.plan.changes import Access, Phase, Risk
from headgate.plan.plan import Affected, Asked, consenting, make_plan
from headgate.plan.refusals import FORBIDDEN_CHANGE, NOT_OURS
from headgate.ports import Action
from headgate.resources import Resource


def ours(*resources: Resource) -> tuple[Memory, MemoryState]:
    """A system in which these were applied."""
    system, state = Memory(), MemoryState()
    system.things |= {resource.id: resource.fields for resource in resources}
    state.begin()
    state.record(resources)
    state.finish()
    return system, state


def test_what_is_declared_and_not_there_is_created() -> None:
    (change,) = plan_of([thing(TOPIC, "a", size=1)], Memory(), MemoryState()).changes
    assert (change.action, change.risk, change.pending) == (Action.CREATE, Risk.SAFE, True)


def test_what_is_as_declared_is_no_change() -> None:
    a = thing(TOPIC, "a", size=1)
    plan = plan_of([a], *ours(a))
    assert plan.is_empty and [c.action for c in plan.changes] == [Action.NO_OP]


def test_what_was_applied_and_is_gone_is_created_again_and_says_so() -> None:
    a = thing(TOPIC, "a", size=1)
    system, state = ours(a)
    system.things.clear()
    (change,) = plan_of([a], system, state).changes
    assert change.action is Action.CREATE and "no more" in change.reason


def test_the_action_follows_from_the_dearest_field() -> None:
    before = [thing(TOPIC, "t", size=1), thing(JOB, "j", sql="a", output="x"), thing(JOB, "k", sql="a")]
    after = [thing(TOPIC, "t", size=2), thing(JOB, "j", sql="b", output="y"), thing(JOB, "k", sql="b")]
    actions = {c.id.name: c.action for c in plan_of(after, *ours(*before)).changes}
    assert actions == {"t": Action.UPDATE, "j": Action.REPLACE, "k": Action.RESTART}


def test_a_forbidden_change_is_refused_at_its_declaration() -> None:
    plan = plan_of([thing(TOPIC, "a", owner="b")], *ours(thing(TOPIC, "a", owner="a")))
    (refusal,) = plan.refusals
    assert refusal.code is FORBIDDEN_CHANGE and "`owner`" in refusal.message
    assert refusal.address == "model.a" and not plan.pending


def test_what_is_there_and_not_ours_is_refused_with_its_differences() -> None:
    system = Memory({thing(TOPIC, "a").id: {"size": 9}})
    plan = plan_of([thing(TOPIC, "a", size=1, config="x")], system, MemoryState())
    (refusal,) = plan.refusals
    assert refusal.code is NOT_OURS and "`size`, `config`" in refusal.message
    assert not plan.pending


def test_what_another_project_has_is_refused_with_its_name_and_the_ways_out_for_such_a_thing() -> None:
    wanted = [thing(TOPIC, "a", size=1), thing(GRANT, "g")]
    plan = make_plan(wanted, {}, {}, KINDS, claims={one.id: "shop/prod" for one in wanted})
    told = {refusal.id: (refusal.message, refusal.help) for refusal in plan.refusals}
    assert told == {
        wanted[0].id: (
            f"{wanted[0].id} belongs to the project `shop`, environment `prod`",
            "give what is declared another name, or read theirs as a source",
        ),
        wanted[1].id: (
            f"{wanted[1].id} belongs to the project `shop`, environment `prod`",
            "use a principal of its own, or leave it to `shop`: say `managed_by: other` at the exposure",
        ),
    }
    assert not plan.pending


def test_what_may_be_adopted_is_and_is_refused_where_it_would_have_to_be_made_anew() -> None:
    a = thing(TOPIC, "a", size=1)
    asked = Asked(adopt=frozenset({a.id}))
    (same,) = plan_of([a], Memory({a.id: {"size": 1}}), MemoryState(), asked=asked).changes
    assert (same.action, same.pending) == (Action.ADOPT, True)
    (other,) = plan_of([a], Memory({a.id: {"size": 9}}), MemoryState(), asked=asked).changes
    assert (other.action, other.risk, other.waits) == (Action.REPLACE, Risk.LOSES_DATA, True)


def test_what_is_declared_no_more_waits_to_be_asked_for() -> None:
    plan = plan_of([], *ours(thing(TOPIC, "t", size=1), thing(JOB, "j", sql="a")))
    assert [(c.action, c.waits) for c in plan.changes] == [(Action.DELETE, True)] * 2
    assert plan.is_empty


def test_access_that_is_declared_no_more_goes_without_being_asked_for() -> None:
    (change,) = plan_of([], *ours(thing(GRANT, "g"))).changes
    assert (change.action, change.waits, change.phase) == (Action.DELETE, False, Phase.TAKE)


def test_the_access_of_a_job_goes_unasked_unless_the_job_that_uses_it_waits() -> None:
    old, kept = thing(JOB_GRANT, "old"), thing(JOB_GRANT, "kept")
    system, state = ours(old, kept, thing(JOB, "j", old.id, kept.id, sql="a"))
    still = plan_of([kept, thing(JOB, "j", kept.id, sql="b")], system, state)
    assert [(c.action, c.id.name) for c in still.pending] == [(Action.RESTART, "j"), (Action.DELETE, "old")]
    gone = plan_of([], system, state)
    assert gone.pending == () and all(c.waits for c in gone.changes)
    asked = plan_of([], system, state, asked=Asked(deletes=True))
    assert [c.id.name for c in asked.pending] == ["j", "kept", "old"]


def test_asking_lets_go_what_holds_no_data_and_data_only_where_that_is_allowed() -> None:
    system, state = ours(thing(TOPIC, "t", size=1), thing(JOB, "j", sql="a"))
    plan = plan_of([], system, state, asked=Asked(deletes=True))
    assert {c.id.kind: c.waits for c in plan.changes} == {"topic": True, "job": False}
    plan = consenting(plan, Asked(deletes=True, data=True), KINDS)
    assert {c.id.kind: c.waits for c in plan.changes} == {"topic": False, "job": False}


def test_data_is_made_anew_only_when_asked_for_and_nothing_goes_on_without_it() -> None:
    system, state = ours(thing(TOPIC, "t", size=9))
    (change,) = plan_of([thing(TOPIC, "t", size=1)], system, state).changes
    assert (change.action, change.risk) == (Action.REPLACE, Risk.LOSES_DATA)
    assert change.waits and change.blocks and not change.pending
    asked = Asked(deletes=True, data=True)
    (change,) = plan_of([thing(TOPIC, "t", size=1)], system, state, asked=asked).changes
    assert change.pending and not change.blocks


def test_what_stands_where_another_thing_is_to_be_goes_first_and_is_asked_for_where_it_holds_data() -> None:
    first, second = plan_of([thing(TOPIC, "x", size=1)], *ours(thing(VIEW, "x", sql="a"))).changes
    assert (first.action, first.id.kind, first.waits) == (Action.DELETE, "view", False)
    assert (second.action, second.id.kind, second.after) == (Action.CREATE, "topic", (first.id,))
    first, _ = plan_of([thing(VIEW, "x", sql="a")], *ours(thing(TOPIC, "x", size=1))).changes
    assert first.waits and first.blocks


def test_what_is_gone_already_is_only_forgotten() -> None:
    system, state = ours(thing(TOPIC, "t", size=1))
    system.things.clear()
    plan = plan_of([], system, state)
    (change,) = plan.changes
    assert plan.is_empty and change.learns and change.removes


def test_destroying_plans_everything_away_that_is_ours() -> None:
    system, state = ours(thing(TOPIC, "t", size=1), thing(JOB, "j", sql="a"))
    asked = Asked(destroy=True, deletes=True, data=True)
    plan = plan_of([thing(TOPIC, "t", size=1)], system, state, asked=asked)
    assert [(c.action, c.id.kind) for c in plan.pending] == [(Action.DELETE, "job"), (Action.DELETE, "topic")]


def test_a_begun_step_makes_a_thing_ours_and_is_settled_by_looking() -> None:
    a = thing(TOPIC, "a", size=1)
    landed = make_plan([a], {}, {a.id: {"size": 1}}, KINDS, intents=[a.id])
    assert landed.is_empty and [c.learns for c in landed.changes] == [True]
    half = make_plan([a], {}, {a.id: {"size": 0}}, KINDS, intents=[a.id])
    assert [c.action for c in half.pending] == [Action.UPDATE]
    lost = make_plan([a], {}, {a.id: None}, KINDS, intents=[a.id])
    assert [c.action for c in lost.pending] == [Action.CREATE]


def test_a_thing_that_is_as_wanted_and_recorded_otherwise_is_only_recorded() -> None:
    system, state = ours(thing(TOPIC, "a", size=1))
    system.things[thing(TOPIC, "a").id] = {"size": 2}
    plan = plan_of([thing(TOPIC, "a", size=2)], system, state)
    assert plan.is_empty and [c.learns for c in plan.changes] == [True]


def test_each_change_names_its_readers_and_says_what_it_takes_or_shows() -> None:
    before, after = thing(VIEW, "v", sql="a"), thing(VIEW, "v", sql="b")
    readers = {"model.v": ("model.w", "exposure.x")}
    system, state = ours(before)

    def change(**more: dict[object, str]) -> tuple[Risk, Access, Phase, str]:
        affected = Affected(readers=readers, **more)  # type: ignore[arg-type]
        (one,) = plan_of([after], system, state, affected=affected).changes
        assert one.readers == ("model.w", "exposure.x")
        return one.risk, one.access, one.phase, one.reason

    assert change()[:3] == (Risk.SAFE, Access.SAME, Phase.PROTECT)
    assert change(breaks={after.id: "`c` is gone"}) == (
        Risk.BREAKING, Access.SAME, Phase.PROTECT, "`sql` changed; `c` is gone",
    )  # fmt: skip
    assert change(narrows={after.id: "less"})[:3] == (Risk.BREAKING, Access.NARROWER, Phase.TAKE)
    assert change(widens={after.id: "more"}) == (
        Risk.WIDENS_ACCESS, Access.WIDER, Phase.GIVE, "`sql` changed; more",
    )  # fmt: skip


def test_a_change_that_does_nothing_affects_nobody() -> None:
    a = thing(VIEW, "v", sql="a")
    affected = Affected(readers={"model.v": ("model.w",)}, widens={a.id: "more"})
    (change,) = plan_of([a], *ours(a), affected=affected).changes
    assert (change.readers, change.access) == ((), Access.SAME)


def test_what_yields_is_made_where_it_is_missing_and_left_to_whoever_made_it() -> None:
    shared = replace(thing(TOPIC, "t", size=1), yields=True)
    (change,) = plan_of([shared], Memory(), MemoryState()).changes
    assert change.action is Action.CREATE
    theirs = Memory(things={shared.id: {"size": 7}})
    plan = plan_of([shared], theirs, MemoryState())
    assert plan.is_empty and plan.refusals == () and "somebody else's" in plan.changes[0].reason
    assert [c.action for c in plan_of([replace(shared, fields={"size": 2})], *ours(shared)).changes] == [
        Action.UPDATE
    ]


def test_what_a_waiting_thing_relies_on_waits_down_to_the_last() -> None:
    member = thing(JOB_GRANT, "member")
    grant = thing(JOB_GRANT, "grant", member.id)
    job = thing(JOB, "job", grant.id)
    plan = plan_of([], *ours(member, grant, job))
    assert {change.id.name for change in plan.changes if change.waits} == {"member", "grant", "job"}
