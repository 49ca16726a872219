"""What every state store promises; the one in memory that other tests stand on keeps it as the file does."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from back_half import JOB, TOPIC, MemoryState, thing
from headgate.ports import StateStore
from headgate.resources import Resource, ResourceId
from headgate.state import open_state

THINGS = [
    thing(TOPIC, "a", size=1),
    thing(TOPIC, "a", size=2),
    thing(JOB, "b", thing(TOPIC, "a").id, sql="x"),
]


def done(store: StateStore, verb: str, resource: Resource) -> None:
    match verb:
        case "begin":
            store.begin()
        case "intend":
            store.intend(resource.id)
        case "write":
            store.write(resource)
        case "forget":
            store.forget(resource.id)


def seen(store: StateStore) -> tuple[int, dict[ResourceId, Resource], tuple[ResourceId, ...]]:
    return store.generation, store.read(), store.intents()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["begin", "intend", "write", "forget"]), st.sampled_from(THINGS), st.booleans()
        ),
        max_size=12,
    )
)
def test_a_file_opened_anew_at_any_time_says_what_one_in_memory_says(
    steps: list[tuple[str, Resource, bool]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:

        def opened() -> StateStore:
            return open_state(Path(folder) / "s.jsonl", project="shop", environment="dev", version="0.1")

        memory, file = MemoryState(), opened()
        for verb, resource, anew in steps:
            done(memory, verb, resource)
            done(file, verb, resource)
            if anew:
                file = opened()
            assert seen(file) == seen(memory)
        assert seen(opened()) == seen(memory)
