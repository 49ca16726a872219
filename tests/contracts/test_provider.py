"""What every provider promises: to look without touching, and to make each change once, however often it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from back_half import DyingProvider, Killed, apply_of, plan_of
from contracts.under_test import PROVIDERS, UnderTest
from headgate.plan.plan import Asked
from headgate.ports import Action, Change, Observed, Provider
from headgate.resources import Resource, ResourceId
from headgate.state import LoggedState, open_state
from headgate.state.records import plain

ALL_ASKED = Asked(deletes=True, data=True)
EVERYTHING = Asked(destroy=True, deletes=True, data=True)


@pytest.fixture(params=PROVIDERS, ids=lambda one: one.name)
def under_test(request: pytest.FixtureRequest) -> UnderTest:
    one = request.param
    assert isinstance(one, UnderTest)
    return one


@pytest.fixture
def provider(under_test: UnderTest, tmp_path: Path) -> Iterator[Provider]:
    with closing(under_test.opened(tmp_path)) as opened:
        yield opened


@dataclass
class Project:
    """One project's way to the system: its own state, and the provider opened anew for each verb."""

    under_test: UnderTest
    folder: Path
    name: str

    @property
    def state(self) -> LoggedState:
        return open_state(
            self.folder / f"{self.name}.jsonl", project=self.name, environment="dev", version="0.1"
        )

    def apply(self, wanted: Iterable[Resource], asked: Asked | None = None, die_at: int = 0) -> None:
        kinds = {kind.name: kind for kind in self.under_test.kinds}
        with closing(self.under_test.opened(self.folder)) as opened:
            through = DyingProvider(opened, die_at, after=True) if die_at else opened
            assert apply_of(wanted, through, self.state, kinds, asked).complete

    def pending(self, wanted: Iterable[Resource], asked: Asked | None = None) -> list[tuple[Action, str]]:
        kinds = {kind.name: kind for kind in self.under_test.kinds}
        with closing(self.under_test.opened(self.folder)) as opened:
            plan = plan_of(wanted, opened, self.state, kinds, asked)
            return [(c.action, str(c.id)) for c in plan.pending]


def change(action: Action, resource: Resource) -> Change:
    return Change(action, resource.id, None if action is Action.DELETE else resource)


def carried_out(provider: Provider, action: Action, *resources: Resource) -> None:
    assert provider.carry_out([change(action, r) for r in resources]) == [None] * len(resources)


def make(provider: Provider, resources: Iterable[Resource]) -> None:
    for resource in resources:
        carried_out(provider, Action.CREATE, resource)


def look(provider: Provider, resources: Iterable[Resource]) -> list[Observed]:
    return [Observed(o.id, plain(o.fields)) for o in provider.observe([r.id for r in resources])]


def as_declared(resources: Iterable[Resource]) -> list[Observed]:
    return [Observed(r.id, plain(r.fields)) for r in resources]


def absent(resources: Iterable[Resource]) -> list[Observed]:
    return [Observed(r.id, None) for r in resources]


def test_it_names_its_kinds(under_test: UnderTest, provider: Provider) -> None:
    assert {kind.name for kind in under_test.kinds} <= set(provider.kinds)
    assert {r.id.kind for r in under_test.things("a_")} == {kind.name for kind in under_test.kinds}


def test_what_was_never_made_is_not_there_and_looking_makes_nothing(
    under_test: UnderTest, provider: Provider
) -> None:
    things = under_test.things("a_")
    assert look(provider, things) == absent(things)
    assert look(provider, things) == absent(things)
    assert provider.observe([]) == []


def test_what_is_made_is_seen_as_declared_in_the_order_asked_for(
    under_test: UnderTest, provider: Provider
) -> None:
    things = under_test.things("a_")
    make(provider, things)
    assert look(provider, things) == as_declared(things)
    backwards = list(reversed(things))
    assert look(provider, backwards) == as_declared(backwards)
    kind = things[0].id.kind
    nothing = ResourceId(kind, under_test.nothing)
    assert provider.observe([nothing]) == [Observed(nothing, None)]


def test_what_is_made_is_there_for_the_next_process(under_test: UnderTest, tmp_path: Path) -> None:
    things = under_test.things("a_")
    with closing(under_test.opened(tmp_path)) as first:
        make(first, things)
    with closing(under_test.opened(tmp_path)) as second:
        assert look(second, things) == as_declared(things)


@pytest.mark.parametrize(
    "action", [Action.CREATE, Action.UPDATE, Action.RESTART, Action.REPLACE, Action.ADOPT]
)
def test_a_change_leaves_the_thing_as_declared_however_often_it_is_made(
    under_test: UnderTest, provider: Provider, action: Action
) -> None:
    changed = under_test.changed("a_")
    make(provider, under_test.things("a_"))
    for _ in range(2):
        for resource in changed:
            carried_out(provider, action, resource)
        assert look(provider, changed) == as_declared(changed)


def test_each_thing_changes_alone(under_test: UnderTest, provider: Provider) -> None:
    things, changed = under_test.things("a_"), under_test.changed("a_")
    make(provider, things)
    for i, resource in enumerate(changed):
        kind = next(kind for kind in under_test.kinds if kind.name == resource.id.kind)
        assert not kind.effects or resource.fields != things[i].fields, (
            "the example of a change changes nothing"
        )
        carried_out(provider, Action.UPDATE, resource)
        assert look(provider, things) == as_declared([*changed[: i + 1], *things[i + 1 :]])


def test_what_is_deleted_is_gone_and_deleting_it_again_or_what_never_was_is_fine(
    under_test: UnderTest, provider: Provider
) -> None:
    things = under_test.things("a_")
    make(provider, things)
    for _ in range(2):
        for resource in reversed(things):
            carried_out(provider, Action.DELETE, resource)
        assert look(provider, things) == absent(things)
    for resource in under_test.things("b_"):
        carried_out(provider, Action.DELETE, resource)


def test_what_was_deleted_can_be_made_again(under_test: UnderTest, provider: Provider) -> None:
    things = under_test.things("a_")
    for _ in range(2):
        make(provider, things)
        assert look(provider, things) == as_declared(things)
        for resource in reversed(things):
            carried_out(provider, Action.DELETE, resource)


def test_a_no_op_does_nothing(under_test: UnderTest, provider: Provider) -> None:
    things = under_test.things("a_")
    for resource in things:
        carried_out(provider, Action.NO_OP, resource)
        carried_out(provider, Action.HANDED_OVER, resource)
    assert look(provider, things) == absent(things)


def test_applying_and_planning_again_is_empty(under_test: UnderTest, tmp_path: Path) -> None:
    project = Project(under_test, tmp_path, "one")
    for wanted in (under_test.things("a_"), under_test.changed("a_"), under_test.things("a_")[:2]):
        project.apply(wanted, ALL_ASKED)
        assert project.pending(wanted) == []


def test_killed_after_each_step_in_turn_the_next_apply_ends_the_same(
    under_test: UnderTest, tmp_path: Path
) -> None:
    wanted, changed = under_test.things("a_"), under_test.changed("a_")
    for at in range(1, len(wanted) + 1):
        folder = tmp_path / str(at)
        folder.mkdir()
        project = Project(under_test, folder, "one")
        for target, asked in ((wanted, ALL_ASKED), (changed, ALL_ASKED), ([], EVERYTHING)):
            if at <= len(project.pending(target, asked)):
                with pytest.raises(Killed):
                    project.apply(target, asked, die_at=at)
            project.apply(target, asked)
            assert project.state.read() == {r.id: r for r in target}
            with closing(under_test.opened(folder)) as opened:
                assert look(opened, target or wanted) == (as_declared(target) or absent(wanted))


def test_two_projects_that_take_turns_never_touch_each_others_things(
    under_test: UnderTest, tmp_path: Path
) -> None:
    mine, theirs = Project(under_test, tmp_path, "mine"), Project(under_test, tmp_path, "theirs")
    wanted = {"mine": under_test.things("a_"), "theirs": under_test.things("b_")}

    def seen(things: list[Resource]) -> list[Observed]:
        with closing(under_test.opened(tmp_path)) as opened:
            return look(opened, things)

    mine.apply(wanted["mine"])
    theirs.apply(wanted["theirs"])
    assert mine.pending(wanted["mine"]) == theirs.pending(wanted["theirs"]) == []
    mine.apply(under_test.changed("a_"), ALL_ASKED)
    assert seen(wanted["theirs"]) == as_declared(wanted["theirs"])
    theirs.apply(wanted["theirs"][:1], ALL_ASKED)
    assert seen(wanted["mine"]) == as_declared(under_test.changed("a_"))
    mine.apply([], EVERYTHING)
    assert seen(wanted["mine"]) == absent(wanted["mine"])
    assert seen(wanted["theirs"][:1]) == as_declared(wanted["theirs"][:1])
    assert theirs.pending(wanted["theirs"][:1]) == []
