"""No prefix of an apply, whatever fails and wherever it is cut off, shows anybody more than before or after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from back_half import GRANT, JOB, TOPIC, DyingProvider, Killed, Memory, MemoryState, apply_of, plan_of, thing
from headgate.apply import carry_out
from headgate.plan.plan import Affected, Asked
from headgate.ports import Change, Failure
from headgate.resources import Effect, Resource, ResourceId, ResourceKind
from headgate.resources.live import GATEWAY_MEMBER

MASK = ResourceKind(
    name="mask",
    provider="memory",
    rank=3,
    effects={"shows": Effect.UPDATE, "topic": Effect.FORBIDDEN, "role": Effect.FORBIDDEN},
)
MEMBER = replace(GATEWAY_MEMBER, provider="memory")
KINDS = {kind.name: kind for kind in (TOPIC, MASK, MEMBER, JOB, GRANT)}
PEOPLE, TOPICS, ROLES = ("ann", "bob"), ("a", "b"), ("desk", "lab")
ALL_ASKED = Asked(deletes=True, data=True)
NOTHING, SOME, MORE, CLEAR = range(4)

Seen = dict[tuple[str, str], int]


@st.composite
def declared(draw: st.DrawFn, stale: bool = False) -> list[Resource]:
    """Topics with jobs that fill them, masks of which several may cover one, and grants; `stale` ones are of no topic."""
    made: list[Resource] = []
    for topic in TOPICS:
        masks = [
            thing(MASK, f"{name}-{topic}", topic=topic, shows=draw(st.sampled_from([SOME, MORE])))
            for name in draw(st.sets(st.sampled_from("mn")))
        ]
        made += masks
        there = draw(st.booleans())
        if there:
            made.append(thing(TOPIC, topic, size=draw(st.integers(1, 2))))
            if draw(st.booleans()):
                made.append(thing(JOB, topic, made[-1].id, *(mask.id for mask in masks), sql="fill"))
        who = sorted(draw(st.sets(st.sampled_from(PEOPLE)))) if there or stale else []
        made += [thing(GRANT, f"{one}-{topic}", ResourceId("topic", topic)) for one in who]
    return made


@st.composite
def by_roles(draw: st.DrawFn) -> list[Resource]:
    """Topics with jobs, masks for the members of a role, and people who are in one role each and may read."""
    made: list[Resource] = []
    for topic in TOPICS:
        made.append(thing(TOPIC, topic, size=1))
        masks = [
            thing(MASK, f"{role}-{topic}", topic=topic, role=role, shows=draw(st.sampled_from([SOME, MORE])))
            for role in draw(st.sets(st.sampled_from(ROLES)))
        ]
        made += [*masks, thing(JOB, topic, made[-1].id, *(mask.id for mask in masks), sql="fill")]
    for one in sorted(draw(st.sets(st.sampled_from(PEOPLE)))):
        member = thing(MEMBER, f"{draw(st.sampled_from(ROLES))}/{one}")
        topics = sorted(draw(st.sets(st.sampled_from(TOPICS))))
        made += [member, *(thing(GRANT, f"{one}-{topic}", ResourceId("topic", topic)) for topic in topics)]
    return made


def affected_by_roles(before: list[Resource], after: list[Resource]) -> Affected:
    """What a graph of permissions would say of each mask: what its role sees of its topic, without one as well."""
    was, now = _levels(before), _levels(after)
    masks = {(r.fields["role"], r.fields["topic"]): r.id for r in before if r.id.kind == MASK.name}
    changed = {id_: (was[key], now.get(key, CLEAR)) for key, id_ in masks.items()}
    return Affected(
        widens={id_: "more" for id_, (old, new) in changed.items() if new > old},
        narrows={id_: "less" for id_, (old, new) in changed.items() if new < old},
    )


def _levels(resources: list[Resource]) -> dict[tuple[str, str], int]:
    masks = [r.fields for r in resources if r.id.kind == MASK.name]
    return {(mask["role"], mask["topic"]): mask["shows"] for mask in masks}


def affected(before: list[Resource], after: list[Resource]) -> Affected:
    """What a graph of permissions would say of each mask that is changed."""
    was = {r.id: r.fields["shows"] for r in before if r.id.kind == "mask"}
    now = {r.id: r.fields["shows"] for r in after if r.id.kind == "mask" and r.id in was}
    return Affected(
        widens={id_: "more" for id_, shows in now.items() if shows > was[id_]},
        narrows={id_: "less" for id_, shows in now.items() if shows < was[id_]},
    )


class Watched(Memory):
    """A system that remembers what everybody saw after each change. A new topic is empty until a job has filled it.

    What it is asked to make at once it makes in any order, so that any part of a batch may be there without the rest.
    """

    views: list[Seen]
    random: Random
    filled: frozenset[str] = frozenset()

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        mixed = list(changes)
        self.random.shuffle(mixed)
        told = dict(zip((change.id for change in mixed), super().carry_out(mixed), strict=True))
        return [told[change.id] for change in changes]

    def make(self, change: Change) -> None:
        super().make(change)
        self.watch()

    def watch(self) -> None:
        there = {name for name in TOPICS if ResourceId("topic", name) in self.things}
        running = {name for name in TOPICS if ResourceId("job", name) in self.things}
        self.filled = frozenset(there & (self.filled | running))
        self.views.append({(who, topic): self.sees(who, topic) for who in PEOPLE for topic in TOPICS})

    def sees(self, who: str, topic: str) -> int:
        """How much somebody sees of a topic: what is in it, through all its masks, where he was let in."""
        if topic not in self.filled or ResourceId("grant", f"{who}-{topic}") not in self.things:
            return NOTHING
        masks = [f for id_, f in self.things.items() if id_.kind == MASK.name and f["topic"] == topic]
        shown: list[int] = [mask["shows"] for mask in masks if self.is_for(who, mask)]
        return min([CLEAR, *shown])

    def is_for(self, who: str, mask: Mapping[str, Any]) -> bool:
        return "role" not in mask or ResourceId(MEMBER.name, f"{mask['role']}/{who}") in self.things


Judge = Callable[[list[Resource], list[Resource]], Affected]


def views(
    random: Random,
    before: list[Resource],
    after: list[Resource],
    asked: Asked,
    broken: Iterable[tuple[set[ResourceId], int]],
    judge: Judge = affected,
) -> list[Seen]:
    """What everybody sees at every moment of applies in which things are broken and that are killed at a change (0: not),
    and of the last, in which all goes well."""
    system, state = Watched(), MemoryState()
    system.views, system.random = [], random
    apply_of(before, system, state, KINDS)
    system.views, system.filled = [], frozenset(TOPICS)
    system.watch()
    for things, at in (*broken, (set[ResourceId](), 0)):
        system.failing = things
        plan = plan_of(after, system, state, KINDS, asked, judge(list(state.read().values()), after))
        provider = DyingProvider(system, at, after=True) if at else system
        with suppress(Killed):
            carry_out(plan, provider, state, lambda *_: None)
    return system.views


@given(
    st.data(),
    st.randoms(),
    declared(stale=True),
    declared(),
    st.sampled_from([Asked(), Asked(deletes=True), Asked(deletes=True, data=True)]),
)
def test_nobody_ever_sees_more_than_before_or_after(
    data: st.DataObject, random: Random, before: list[Resource], after: list[Resource], asked: Asked
) -> None:
    moments = views(random, before, after, asked, accidents(data, before, after))
    never_more(moments)


@given(st.data(), st.randoms(), by_roles(), by_roles(), st.sampled_from([Asked(), ALL_ASKED]))
def test_nobody_who_comes_to_a_group_of_readers_or_leaves_one_sees_more_on_the_way(
    data: st.DataObject, random: Random, before: list[Resource], after: list[Resource], asked: Asked
) -> None:
    broken = accidents(data, before, after)
    never_more(views(random, before, after, asked, broken, affected_by_roles))


def accidents(
    data: st.DataObject, before: list[Resource], after: list[Resource]
) -> list[tuple[set[ResourceId], int]]:
    """What is broken in an apply, and at which of its changes it is killed (0: at none); twice, if at all."""
    ids = sorted({r.id for r in (*before, *after)})
    failing = st.sets(st.sampled_from(ids)) if ids else st.just(set[ResourceId]())
    return data.draw(st.lists(st.tuples(failing, st.integers(0, 6)), max_size=2))


def never_more(moments: list[Seen]) -> None:
    for moment in moments:
        for key, level in moment.items():
            assert level <= max(moments[0][key], moments[-1][key]), key
