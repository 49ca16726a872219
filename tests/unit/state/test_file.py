"""State in a file: what was recorded is read again, whatever the process was doing when it was killed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from back_half import JOB, TOPIC, thing
from headgate.state import FileState, StateDamaged, StateTooNew, open_state

A, B = thing(TOPIC, "a", size=1), thing(JOB, "b", thing(TOPIC, "a").id, sql="x")


def opened(folder: Path, project: str = "shop", environment: str = "dev") -> FileState:
    return open_state(
        folder / "deep" / "state.jsonl", project=project, environment=environment, version="0.1"
    )


def file(folder: Path) -> Path:
    return folder / "deep" / "state.jsonl"


def test_where_there_is_no_file_nothing_is_ours_and_reading_makes_none(tmp_path: Path) -> None:
    state = opened(tmp_path)
    assert (state.read(), state.intents(), state.generation) == ({}, (), 0)
    assert not file(tmp_path).exists()


def test_what_was_recorded_is_read_again(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.begin()
    for resource in (B, A):
        state.intend(resource.id)
        state.write(resource)
    again = opened(tmp_path)
    assert again.read() == {B.id: B, A.id: A}
    assert list(again.read()) == sorted(again.read())
    assert (again.intents(), again.generation) == ((), 1)


def test_the_last_record_about_a_thing_holds(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.write(A)
    state.write(thing(TOPIC, "a", size=2))
    state.write(B)
    state.forget(B.id)
    assert {r.id: r.fields for r in opened(tmp_path).read().values()} == {A.id: {"size": 2}}


def test_a_begun_step_stands_until_its_outcome_is_recorded(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.intend(A.id)
    state.intend(B.id)
    assert opened(tmp_path).intents() == (B.id, A.id)
    state.write(A)
    state.forget(B.id)
    assert opened(tmp_path).intents() == ()


def test_a_new_apply_counts_on_and_keeps_what_stands(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.begin()
    state.write(A)
    state.intend(B.id)
    opened(tmp_path).begin()
    again = opened(tmp_path)
    assert (again.generation, again.read(), again.intents()) == (2, {A.id: A}, (B.id,))


def test_cut_off_after_any_byte_the_records_before_it_hold(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.begin()
    state.write(A)
    state.write(B)
    whole = file(tmp_path).read_bytes()
    seen = set()
    for length in range(whole.index(b"\n") + 1, len(whole) + 1):
        file(tmp_path).write_bytes(whole[:length])
        seen.add(tuple(opened(tmp_path).read()))
    assert seen == {(), (A.id,), (B.id, A.id)}


def test_what_is_appended_after_a_cut_off_line_is_not_lost(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.begin()
    state.write(A)
    whole = file(tmp_path).read_bytes()
    file(tmp_path).write_bytes(whole[:-5])
    opened(tmp_path).write(B)
    assert opened(tmp_path).read() == {B.id: B}


def test_the_log_does_not_grow_from_apply_to_apply(tmp_path: Path) -> None:
    for _ in range(5):
        state = opened(tmp_path)
        state.begin()
        state.intend(A.id)
        state.write(A)
    opened(tmp_path).begin()
    assert len(file(tmp_path).read_text().splitlines()) == 3


def test_the_state_of_another_project_or_environment_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).begin()
    with pytest.raises(StateDamaged, match="project shop"):
        opened(tmp_path, project="bank")
    with pytest.raises(StateDamaged, match="environment dev"):
        opened(tmp_path, environment="prod")


def test_a_newer_format_is_refused_by_the_version_it_needs(tmp_path: Path) -> None:
    opened(tmp_path).begin()
    head, *rest = file(tmp_path).read_text().splitlines()
    newer = {**json.loads(head), "format": 2, "version": "9.1"}
    file(tmp_path).write_text("\n".join([json.dumps(newer), *rest]) + "\n")
    with pytest.raises(StateTooNew, match=r"9\.1"):
        opened(tmp_path)


@pytest.mark.parametrize("line", ["x", "[]", "{}", '{"resource": 1}', '{"intent": ["a"]}', "null"])
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    opened(tmp_path).begin()
    with file(tmp_path).open("a") as log:
        log.write(line + "\n")
    with pytest.raises(StateDamaged, match="line 3"):
        opened(tmp_path)


def test_a_file_that_is_no_text_is_damaged(tmp_path: Path) -> None:
    opened(tmp_path).begin()
    file(tmp_path).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StateDamaged):
        opened(tmp_path)
