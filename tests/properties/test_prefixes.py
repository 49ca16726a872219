"""No prefix of an apply, whatever fails and wherever it is cut off, shows anybody more than before or after it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from back_half import GRANT, JOB, TOPIC, Memory, MemoryState, apply_of, plan_of, thing
from headgate.apply import carry_out
from headgate.plan.plan import Affected, Asked
from headgate.ports import Change, Failure
from headgate.resources import Effect, Resource, ResourceId, ResourceKind

MASK = ResourceKind(
    name="mask", provider="memory", rank=3, effects={"shows": Effect.UPDATE, "topic": Effect.FORBIDDEN}
)
KINDS = {kind.name: kind for kind in (TOPIC, MASK, JOB, GRANT)}
PEOPLE, TOPICS = ("ann", "bob"), ("a", "b")
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
        masks = [f for id_, f in self.things.items() if id_.kind == "mask" and f["topic"] == topic]
        shown: list[int] = [mask["shows"] for mask in masks]
        return min([CLEAR, *shown])


def views(
    random: Random, before: list[Resource], after: list[Resource], asked: Asked, failing: set[ResourceId]
) -> list[Seen]:
    """What everybody sees at every moment of an apply, and of the next, which finishes it."""
    system, state = Watched(), MemoryState()
    system.views, system.random = [], random
    apply_of(before, system, state, KINDS)
    system.views, system.filled = [], frozenset(TOPICS)
    system.watch()
    for broken in (failing, set[ResourceId]()):
        system.failing = broken
        plan = plan_of(after, system, state, KINDS, asked, affected(list(state.read().values()), after))
        carry_out(plan, system, state, lambda *_: None)
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
    failing = {r.id for r in (*before, *after) if data.draw(st.booleans())}
    moments = views(random, before, after, asked, failing)
    for moment in moments:
        for key, level in moment.items():
            assert level <= max(moments[0][key], moments[-1][key]), key
