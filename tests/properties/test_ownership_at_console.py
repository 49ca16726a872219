"""What others have in Console is as it was, whatever is declared, by hand or planned and applied."""

from __future__ import annotations

import copy
from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from back_half import MemoryState, apply_of, plan_of
from contracts.console_things import alert, application, fake_console, instance
from contracts.fakes.console import ALERT, APPLICATION, INSTANCE, FakeConduktorConsole
from headgate.plan.plan import Asked
from headgate.providers import console as provider_of
from headgate.resources import Resource, ResourceId

KINDS = {kind.name: kind for kind in provider_of.KINDS}
ALL_ASKED = Asked(deletes=True, data=True)
DESTROY = Asked(destroy=True, deletes=True, data=True)
names = st.sampled_from(("clerk", "desk", "lab"))
groups = st.sampled_from(("g-1", "g-2", "g-3"))


@st.composite
def applications(draw: st.DrawFn) -> list[Resource]:
    """Applications with their instances, each named for the group that it owns, of which no two own one, and alerts on some."""
    found: list[Resource] = []
    free = draw(st.permutations(("g-1", "g-2", "g-3")))
    for name, group in zip(sorted(draw(st.sets(names))), free, strict=False):
        deployed = f"{name}.{group}" if draw(st.booleans()) else name
        found.append(application(name, owner=draw(st.sampled_from(("team-shop", "team-desk")))))
        found.append(instance(deployed, *([group] if deployed != name else []), of=name))
        if draw(st.booleans()):
            found.append(alert(deployed, group, limit=draw(st.integers(1, 3))))
    return found


@settings(max_examples=25)
@given(st.sets(names), st.lists(applications(), min_size=1, max_size=3))
def test_what_others_have_in_console_is_as_it_was_after_every_command(
    theirs: set[str], steps: list[list[Resource]]
) -> None:
    console, state = FakeConduktorConsole(), MemoryState()
    for name in sorted(theirs):
        for one in (application(name), instance(name, f"of-{name}"), alert(name, f"of-{name}")):
            console.put({key: value for key, value in one.fields.items() if key != "cluster"})
        # An alert of theirs has the name of one of ours, and another owner.
        of_people = alert(name, f"of-{name}").fields
        metadata = {"name": of_people["metadata"]["name"], "group": "team-shop"}
        console.put({**{k: v for k, v in of_people.items() if k != "cluster"}, "metadata": metadata})
    before = copy.deepcopy(console.stored)
    with closing(console.server), closing(fake_console(console)) as provider:
        for wanted in steps:
            refused = {one.id for one in plan_of(wanted, provider, state, KINDS).refusals}
            assert {one.id for one in wanted if name_of(one.id) in theirs} >= refused
            # What relies on what is not ours is left out with it, as it would be by hand.
            applied = [one for one in wanted if name_of(one.id) not in theirs]
            assert not refused & {one.id for one in applied}
            assert apply_of(applied, provider, state, KINDS, ALL_ASKED).complete
            assert plan_of(applied, provider, state, KINDS).pending == ()
            for kind, stored in before.items():
                assert {key: console.stored[kind].get(key) for key in stored} == stored
        assert apply_of([], provider, state, KINDS, DESTROY).complete
    assert console.stored == before
    assert set(before) == {APPLICATION, INSTANCE, ALERT}


def name_of(id_: ResourceId) -> str:
    """The name of the application that a thing is of."""
    return id_.name.split("/")[1].partition(".")[0]
