"""What plans and applies promise, whatever is declared, was applied and is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from back_half import (
    GRANT,
    JOB,
    KINDS,
    TOPIC,
    VIEW,
    DyingProvider,
    Killed,
    Memory,
    MemoryState,
    apply_of,
    plan_of,
    thing,
)
from headgate.apply import StepStatus, carry_out
from headgate.plan.changes import Phase
from headgate.plan.plan import Asked, as_live, make_plan
from headgate.plan.saved import SavedPlan, read_plan, write_plan
from headgate.ports import Action, Change, Failure, Provider
from headgate.resources import Resource, ResourceId
from headgate.state.records import plain

ALL_ASKED = Asked(deletes=True, data=True)
NAMES = "abcde"
_VALUES = st.sampled_from(["x", "y", None, ["x", 1], {"k": "v"}])
_FIELDS: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "topic": st.fixed_dictionaries(
        {"size": st.integers(1, 3)}, optional={"config": _VALUES, "note": _VALUES}
    ),
    "view": st.fixed_dictionaries({"sql": _VALUES}, optional={"forms": _VALUES}),
    "job": st.fixed_dictionaries({"sql": _VALUES, "output": st.sampled_from("xy")}),
    "grant": st.just({}),
}


@st.composite
def declared(draw: st.DrawFn, name_kinds_apart: bool = False) -> list[Resource]:
    """Resources that rely on earlier ones of their rank or a lower one; no two relations have one name."""
    made: list[Resource] = []
    for kind in (TOPIC, VIEW, JOB, GRANT):
        for name in sorted(draw(st.sets(st.sampled_from(NAMES)))):
            if kind.name == "view" and (name_kinds_apart or thing(TOPIC, name).id in {r.id for r in made}):
                name = f"v{name}"
            after = draw(st.sets(st.sampled_from([r.id for r in made]))) if made else set()
            made.append(thing(kind, name, *sorted(after), **draw(_FIELDS[kind.name])))
    return made


@st.composite
def meddled(draw: st.DrawFn, things: dict[ResourceId, Any]) -> dict[ResourceId, Any]:
    """What is there after somebody else has deleted some of it and changed fields of the rest."""
    left = {}
    for id_, fields in things.items():
        if draw(st.booleans()):
            left[id_] = draw(_FIELDS[id_.kind]) if draw(st.booleans()) else fields
    return left


def applied(resources: list[Resource]) -> tuple[Memory, MemoryState]:
    system, state = Memory(), MemoryState()
    apply_of(resources, system, state)
    return system, state


def contents(system: Memory) -> dict[ResourceId, Any]:
    return {id_: plain(fields) for id_, fields in system.things.items()}


@given(declared())
def test_planning_what_is_there_is_empty(resources: list[Resource]) -> None:
    plan = make_plan(resources, {r.id: r for r in resources}, {r.id: r.fields for r in resources}, KINDS)
    assert plan.is_empty
    assert not any(change.learns for change in plan.changes)


@given(st.data(), declared(), declared())
def test_applying_and_planning_again_is_empty(
    data: st.DataObject, before: list[Resource], after: list[Resource]
) -> None:
    system, state = applied(before)
    system.things = data.draw(meddled(system.things))
    apply_of(after, system, state, asked=ALL_ASKED)
    plan = plan_of(after, system, state)
    assert plan.is_empty
    assert not any(change.learns or change.waits for change in plan.changes)
    assert state.read() == {r.id: r for r in after}


class Shuffled:
    """A provider that makes what it is asked to make at once in any order."""

    def __init__(self, provider: Provider, random: Random) -> None:
        self._provider, self._random = provider, random
        self.kinds = provider.kinds
        self.observe, self.close = provider.observe, provider.close

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        mixed = self._random.sample(changes, len(changes))
        told = dict(zip((change.id for change in mixed), self._provider.carry_out(mixed), strict=True))
        return [told[change.id] for change in changes]


@given(st.data(), declared(), declared(), st.booleans(), st.randoms())
def test_killed_at_any_steps_and_applied_again_it_ends_the_same(
    data: st.DataObject, before: list[Resource], after: list[Resource], late: bool, random: Random
) -> None:
    system, state = applied(before)
    whole, whole_state = applied(before)
    apply_of(after, whole, whole_state, asked=ALL_ASKED)
    for at in data.draw(st.lists(st.integers(1, 8), max_size=3)):
        with suppress(Killed):
            dying = DyingProvider(system, at, after=late)
            apply_of(after, Shuffled(dying, random), state, asked=ALL_ASKED)
    apply_of(after, Shuffled(system, random), state, asked=ALL_ASKED)
    assert contents(system) == contents(whole)
    assert state.read() == whole_state.read()
    assert state.intents() == ()


@given(st.data(), declared(), declared())
def test_no_difference_is_lost(data: st.DataObject, before: list[Resource], after: list[Resource]) -> None:
    system, state = applied(before)
    system.things = data.draw(meddled(system.things))
    plan = {c.id: c for c in plan_of(after, system, state, asked=ALL_ASKED).changes}
    for resource in after:
        change, live = plan[resource.id], system.things.get(resource.id)
        if live is None:
            assert change.action is Action.CREATE
            continue
        differing = {f for f, value in resource.fields.items() if plain(live.get(f)) != plain(value)}
        assert differing <= {f.field for f in change.fields}
        if differing - {"note"}:
            assert change.pending
    for gone in {r.id for r in before} - {r.id for r in after}:
        assert plan[gone].removes


@given(declared(name_kinds_apart=True), declared(name_kinds_apart=True))
def test_the_order_is_that_of_the_phases_and_of_what_relies_on_what(
    before: list[Resource], after: list[Resource]
) -> None:
    system, state = applied(before)
    plan = plan_of(after, system, state, asked=ALL_ASKED)
    moving = [change.phase for change in plan.changes]
    assert moving == sorted(moving)
    at = {change.id: i for i, change in enumerate(plan.changes)}
    waves = {change.id: change.wave for change in plan.changes}
    assert list(waves.values()) == sorted(waves.values())
    for change in plan.changes:
        assert all(at[other] < at[change.id] for other in change.after)
        assert all(waves[other] < waves[change.id] for other in change.after)
        if change.id.kind == "grant":
            assert change.phase is (Phase.TAKE if change.removes else Phase.GIVE)
    for resource in after:
        assert all(at[other] < at[resource.id] for other in resource.after)
    for resource in before:
        for other in resource.after:
            if plan.changes[at[resource.id]].removes and plan.changes[at[other]].removes:
                assert at[resource.id] < at[other]


@given(st.randoms(), declared(), declared())
def test_a_plan_does_not_depend_on_the_order_of_what_it_is_made_from(
    random: Any, before: list[Resource], after: list[Resource]
) -> None:
    system, state = applied(before)
    plan = plan_of(after, system, state)
    shuffled, records = list(after), list(state.resources.items())
    random.shuffle(shuffled)
    random.shuffle(records)
    state.resources = dict(records)
    assert plan_of(shuffled, system, state) == plan


@given(st.data(), declared(), declared(), declared())
def test_what_is_not_ours_is_never_touched(
    data: st.DataObject, theirs: list[Resource], before: list[Resource], after: list[Resource]
) -> None:
    system, state = applied(before)
    foreign = {r.id: r.fields for r in theirs if r.id not in system.things}
    system.things |= foreign
    asked = data.draw(st.sampled_from([Asked(), ALL_ASKED, Asked(destroy=True, deletes=True, data=True)]))
    plan = plan_of(after, system, state, asked=asked)
    clashing = set() if asked.destroy else foreign.keys() & {r.id for r in after}
    assert {r.id for r in plan.refusals} == clashing
    carry_out(plan, system, state, lambda *_: None)  # even where nobody minds the refusals
    assert {id_: system.things.get(id_) for id_ in foreign} == foreign
    assert not foreign.keys() & state.read().keys()


@given(st.data(), declared(), declared())
def test_a_failed_step_stops_only_what_relies_on_it(
    data: st.DataObject, before: list[Resource], after: list[Resource]
) -> None:
    system, state = applied(before)
    ids = sorted({r.id for r in (*before, *after)})
    system.failing = {id_ for id_ in ids if data.draw(st.booleans())}
    plan = plan_of(after, system, state, asked=ALL_ASKED)
    done = carry_out(plan, system, state, lambda *_: None)
    lost: set[ResourceId] = set()
    unprotected = False
    for step in done.steps:
        opens = step.change.phase in (Phase.REMOVE, Phase.GIVE)
        relies = bool(lost & set(step.change.after)) or (unprotected and opens)
        if step.status is StepStatus.SKIPPED:
            assert relies
        elif step.status is StepStatus.DONE:
            assert not relies and step.change.id not in system.failing
        elif step.status is StepStatus.FAILED:
            assert step.change.id in system.failing
        if step.status in (StepStatus.SKIPPED, StepStatus.FAILED):
            lost.add(step.change.id)
            unprotected = unprotected or step.change.phase.protects
    system.failing = set()
    apply_of(after, system, state, asked=ALL_ASKED)
    assert plan_of(after, system, state).is_empty


@given(declared(), declared())
def test_a_saved_plan_is_the_plan(before: list[Resource], after: list[Resource]) -> None:
    system, state = applied(before)
    live = as_live(system.observe([r.id for r in after]))
    saved = SavedPlan(
        plan=plan_of(after, system, state),
        project="shop",
        environment="dev",
        version="0.1",
        generation=state.generation,
        live=live,
    )
    again = read_plan(write_plan(saved))
    assert again.digest == saved.digest
    carry_out(again.plan, system, state, lambda *_: None)
    other, other_state = applied(before)
    carry_out(saved.plan, other, other_state, lambda *_: None)
    assert contents(system) == contents(other)


def test_the_strategy_makes_changes_of_every_action() -> None:
    seen: set[Action] = set()

    @given(declared(), declared())
    def look(before: list[Resource], after: list[Resource]) -> None:
        seen.update(c.action for c in plan_of(after, *applied(before), asked=ALL_ASKED).changes)

    look()
    wanted = {Action.CREATE, Action.UPDATE, Action.RESTART, Action.REPLACE, Action.DELETE, Action.NO_OP}
    if not wanted <= seen:
        pytest.fail(f"never made: {wanted - seen}")
