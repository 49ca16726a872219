"""State in a file: what was recorded is read again, whatever the process was doing when it was killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from back_half import JOB, TOPIC, thing
from headgate.ports import PermanentFailure
from headgate.state import LoggedState, StateDamaged, StateTooNew, open_state
from headgate.state.documents import text_to_document

A, B = thing(TOPIC, "a", size=1), thing(JOB, "b", thing(TOPIC, "a").id, sql="x")


def opened(folder: Path, project: str = "shop", environment: str = "dev") -> LoggedState:
    return open_state(
        folder / "deep" / "state.jsonl", project=project, environment=environment, version="0.1"
    )


def file(folder: Path) -> Path:
    return folder / "deep" / "state.jsonl"


def test_where_there_is_no_file_nothing_is_ours_and_reading_makes_none(tmp_path: Path) -> None:
    state = opened(tmp_path)
    assert (state.read(), state.intents(), state.generation) == ({}, (), 0)
    assert not file(tmp_path).exists()


def begun(folder: Path) -> LoggedState:
    state = opened(folder)
    state.begin()
    return state


def test_cut_off_after_any_byte_the_records_before_it_hold(tmp_path: Path) -> None:
    state = begun(tmp_path)
    state.record([A])
    state.record([B])
    state.close()
    whole = file(tmp_path).read_bytes()
    seen = set()
    for length in range(whole.index(b"\n") + 1, len(whole) + 1):
        file(tmp_path).write_bytes(whole[:length])
        seen.add(tuple(opened(tmp_path).read()))
    assert seen == {(), (A.id,), (B.id, A.id)}


def test_of_a_batch_that_was_cut_off_nothing_holds(tmp_path: Path) -> None:
    state = begun(tmp_path)
    state.record([A, B])
    state.close()
    whole = file(tmp_path).read_bytes()
    file(tmp_path).write_bytes(whole[:-1])
    assert opened(tmp_path).read() == {}


def test_what_is_appended_after_a_cut_off_line_is_not_lost(tmp_path: Path) -> None:
    state = begun(tmp_path)
    state.record([A])
    state.close()
    whole = file(tmp_path).read_bytes()
    file(tmp_path).write_bytes(whole[:-5])
    state = begun(tmp_path)
    state.record([B])
    assert opened(tmp_path).read() == {B.id: B}


def test_the_log_does_not_grow_from_apply_to_apply(tmp_path: Path) -> None:
    for _ in range(5):
        state = begun(tmp_path)
        state.intend([A.id])
        state.record([A])
        state.finish()
    begun(tmp_path)
    assert len(file(tmp_path).read_text().splitlines()) == 2


def test_the_state_of_another_project_or_environment_is_refused(tmp_path: Path) -> None:
    begun(tmp_path)
    with pytest.raises(StateDamaged, match="the state of shop/dev"):
        opened(tmp_path, project="bank")
    with pytest.raises(StateDamaged, match="the state of shop/dev"):
        opened(tmp_path, environment="prod")


def test_a_newer_format_is_refused_by_the_version_it_needs(tmp_path: Path) -> None:
    begun(tmp_path).record([A])
    newer = file(tmp_path).read_text().replace('"format":2', '"format":3').replace('"0.1"', '"9.1"')
    file(tmp_path).write_text(newer)
    with pytest.raises(StateTooNew, match=r"format 3 needs headgate 9\.1"):
        opened(tmp_path)


FIRST_FORMAT = """\
{"format":1,"project":"shop","environment":"dev","version":"0.1"}
{"generation":4}
{"resource":{"kind":"topic","name":"a","address":"model.a","after":[],"fields":{"size":1}}}
{"resource":{"kind":"topic","name":"c","address":"model.c","after":[],"fields":{"size":1}}}
{"forgotten":["topic","c"]}
{"intent":["topic","a"]}
{"intent":["job","b"]}
"""


def test_the_first_format_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    file(tmp_path).parent.mkdir()
    file(tmp_path).write_text(FIRST_FORMAT)
    state = opened(tmp_path)
    assert (state.generation, state.read(), state.intents()) == (4, {A.id: A}, (B.id, A.id))
    assert file(tmp_path).read_text() == FIRST_FORMAT


def test_an_older_format_is_upgraded_by_the_first_apply_after_a_copy_was_put_away(tmp_path: Path) -> None:
    file(tmp_path).parent.mkdir()
    file(tmp_path).write_text(FIRST_FORMAT)
    begun(tmp_path).finish()
    assert '"format":1' not in file(tmp_path).read_text()
    again = opened(tmp_path)
    assert (again.generation, again.read(), again.intents()) == (5, {A.id: A}, (B.id, A.id))
    backup = text_to_document((tmp_path / "deep" / "state-shop-dev-format-1.json").read_text())
    assert (backup.owner, backup.contents.generation, backup.contents.resources) == ("shop/dev", 4, {A.id: A})
    assert backup.contents.begun == {A.id, B.id}


def test_a_newer_file_than_any_is_refused_by_its_first_line_too(tmp_path: Path) -> None:
    file(tmp_path).parent.mkdir()
    file(tmp_path).write_text(FIRST_FORMAT.replace('"format":1', '"format":7'))
    with pytest.raises(StateTooNew, match="format 7"):
        opened(tmp_path)


@pytest.mark.parametrize("line", ["x", "[1]", "{}", '{"resource": 1}', '[["a"]]', "null"])
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    begun(tmp_path)
    with file(tmp_path).open("a") as log:
        log.write(line + "\n")
    with pytest.raises(StateDamaged, match="line 2"):
        opened(tmp_path)


@pytest.mark.parametrize("value", ["1", "{}", '{"format":2,"kind":"topic","name":"a","applied":3,"begun":0}'])
def test_a_damaged_record_is_named(tmp_path: Path, value: str) -> None:
    begun(tmp_path)
    with file(tmp_path).open("a") as log:
        log.write(f'[["shop/dev/topic/a",{value}]]\n')
    with pytest.raises(StateDamaged, match="shop/dev/topic/a"):
        opened(tmp_path)


@pytest.mark.parametrize("line", ["x", "[]", "{}", '{"resource": 1}', '{"intent": ["a"]}', "null"])
def test_a_damaged_line_of_the_first_format_is_named(tmp_path: Path, line: str) -> None:
    file(tmp_path).parent.mkdir()
    file(tmp_path).write_text(FIRST_FORMAT + line + "\n")
    with pytest.raises(StateDamaged, match="line 8"):
        opened(tmp_path)


def test_a_file_that_is_no_text_is_damaged(tmp_path: Path) -> None:
    begun(tmp_path)
    file(tmp_path).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StateDamaged):
        opened(tmp_path)


def test_where_it_cannot_be_written_that_is_a_failure_and_no_fault_of_ours(tmp_path: Path) -> None:
    state = opened(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_text("a file, too")
    with pytest.raises(PermanentFailure, match=r"`state\.jsonl` cannot be written"):
        state.begin()


def test_a_disk_that_is_full_is_a_failure_and_what_stood_before_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = begun(tmp_path)
    state.record([A])

    def full(log: int) -> None:
        os.truncate(log, os.path.getsize(file(tmp_path)) - 5)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("headgate.state.file.os.fsync", full)
    with pytest.raises(PermanentFailure, match="No space left"):
        state.record([B])
    monkeypatch.undo()
    assert list(opened(tmp_path).read()) == [A.id]
    state.record([B])
    assert list(opened(tmp_path).read()) == [B.id, A.id]
