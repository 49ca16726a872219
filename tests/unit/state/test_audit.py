"""The audit in a file: nothing that was written is lost, and what never ended says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from headgate.ports import PermanentFailure
from headgate.state.audit import AuditEntry, AuditStep, FileAudit, entry_to_text, text_to_entry

APPLY = AuditEntry(
    verb="apply", project="shop", environment="prod", who="ann", host="ci-7", version="0.1", commit="c0ffee"
)
STEPS = (
    AuditStep("topic/eu/a", "model.a", "create", "done"),
    AuditStep("job/eu/b", "", "update", "failed", "no"),
)


def file(folder: Path) -> Path:
    return folder / "deep" / "audit.jsonl"


def test_where_nothing_was_done_there_is_nothing_and_looking_makes_no_file(tmp_path: Path) -> None:
    assert list(FileAudit(file(tmp_path)).newest()) == []
    assert not file(tmp_path).exists()


def test_entries_come_newest_first_and_of_each_run_the_last(tmp_path: Path) -> None:
    audit = FileAudit(file(tmp_path))
    second = replace(APPLY, run="2", verb="destroy")
    done = replace(APPLY, outcome="done", steps=STEPS, widened=("acl/x",), generation=3)
    for entry in (APPLY, done, second):
        audit.append(entry)
    assert list(FileAudit(file(tmp_path)).newest()) == [second, done]


def test_what_was_begun_and_never_ended_stands(tmp_path: Path) -> None:
    FileAudit(file(tmp_path)).append(APPLY)
    assert [one.outcome for one in FileAudit(file(tmp_path)).newest()] == ["begun"]


def test_cut_off_after_any_byte_what_is_written_next_can_be_read(tmp_path: Path) -> None:
    first, second, third = (replace(APPLY, run=str(number)) for number in range(3))
    audit = FileAudit(file(tmp_path))
    audit.append(first)
    whole = len(file(tmp_path).read_bytes())
    audit.append(second)
    both = file(tmp_path).read_bytes()
    for length in range(whole, len(both)):
        file(tmp_path).write_bytes(both[:length])
        audit.append(third)
        runs = [one.run for one in audit.newest()]
        assert runs in (["2", "0"], ["2", "1", "0"])


@pytest.mark.parametrize("text", ["", "{", "3", "[]", "{}", '{"verb": 1}', '{"format": 1, "steps": [3]}'])
def test_what_is_no_entry_is_none(text: str) -> None:
    assert text_to_entry(text) is None


def test_what_a_later_version_added_is_left_out() -> None:
    text = entry_to_text(replace(APPLY, steps=STEPS)).replace('{"format":1', '{"format":2,"colour":"green"')
    assert text_to_entry(text) == replace(APPLY, steps=STEPS)


def test_a_file_that_cannot_be_written_or_read_is_a_failure(tmp_path: Path) -> None:
    file(tmp_path).mkdir(parents=True)
    with pytest.raises(PermanentFailure, match=r"audit\.jsonl"):
        FileAudit(file(tmp_path)).append(APPLY)
    with pytest.raises(PermanentFailure, match=r"audit\.jsonl"):
        next(FileAudit(file(tmp_path)).newest())


def test_an_entry_of_many_steps_is_no_larger_than_a_broker_takes_and_read_as_it_was() -> None:
    many = tuple(
        AuditStep(f"acl/main/User:flink-{i}/READ/topic:orders.{i}", f"model.orders_{i}", "create", "done")
        for i in range(20_000)
    )
    entry = replace(APPLY, steps=many)
    assert len(entry_to_text(entry)) < 900_000
    assert text_to_entry(entry_to_text(entry)) == entry
