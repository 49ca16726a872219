"""The state of an environment by hand, and the history of what was done to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from headgate.diagnostics import Code
from headgate.state import LoggedState, open_state
from headgate.workflows import auditing, state
from running import REPOSITORY, headgate

PROJECT = {
    "headgate.yml": "name: shop\n",
    "sources.yml": """\
sources:
  - name: orders
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: amount, data_type: bigint}
""",
    "models.yml": """\
models:
  - name: large
    materialized: virtual_topic
    sql: "SELECT id, amount FROM {{ source('orders') }} WHERE amount > 10"
""",
}
THING = "embedded_table/orders"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in PROJECT.items():
        (tmp_path / name).write_text(text)
    ran = headgate("apply", "--auto-approve", project=tmp_path)
    assert ran.code == 0, ran.err
    return tmp_path


@pytest.fixture
def held(project: Path) -> Iterator[LoggedState]:
    """The state, while another apply has its lock."""
    file = project / ".headgate" / "embedded" / "state.jsonl"
    with closing(open_state(file, project="shop", environment="embedded", version="0.1")) as opened:
        opened.begin()
        yield opened


def things(project: Path) -> list[str]:
    return [
        f"{one['kind']}/{one['name']}"
        for one in headgate("state", "ls", "--output", "json", project=project).json["things"]
    ]


def test_what_is_ours_is_listed_with_its_declaration(project: Path) -> None:
    ran = headgate("state", "ls", project=project)
    assert ran.code == 0
    assert ran.out.startswith("Generation 1.\n")
    assert "source.orders" in ran.out and "model.large" in ran.out
    assert THING in things(project)


def test_a_step_that_was_begun_and_never_recorded_is_marked(project: Path, held: LoggedState) -> None:
    held.intend([next(iter(held.read()))])
    ran = headgate("state", "ls", project=project)
    assert "begun, not recorded" in ran.out
    assert f"its id is {held.lock.id if held.lock else ''}." in ran.out


def test_what_was_pulled_can_be_pushed_again(project: Path) -> None:
    pulled = headgate("state", "pull", project=project).out
    document = json.loads(pulled)
    assert (document["project"], document["environment"], document["generation"]) == ("shop", "embedded", 1)
    (project / "state.json").write_text(pulled)
    ran = headgate("state", "push", str(project / "state.json"), project=project)
    assert (ran.code, ran.out) == (0, "The state is what was pushed, as generation 2.\n")
    again = json.loads(headgate("state", "pull", project=project).out)
    assert again == {**document, "generation": 2}


def test_an_older_state_is_pushed_by_force_alone(project: Path) -> None:
    old = json.loads(headgate("state", "pull", project=project).out)
    (project / "old.json").write_text(json.dumps(old))
    forget = headgate("state", "rm", THING, "--auto-approve", project=project)
    assert (forget.code, forget.out) == (0, f"Forgotten:\n- {THING}\n")
    refused = headgate("state", "push", str(project / "old.json"), project=project)
    assert refused.code == 1
    assert "[HGD043] what is pushed is of generation 1, and 2 is there" in refused.err
    assert THING not in things(project)
    assert headgate("state", "push", str(project / "old.json"), "--force", project=project).code == 0
    assert THING in things(project)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"project": "bank"}, "the state of bank/embedded, and not of shop/embedded"),
        ({"format": 99, "version": "9.9"}, "state format 99 needs headgate 9.9"),
        ({"resources": 3}, "it is no document of a state"),
    ],
)
def test_what_is_not_the_state_of_this_environment_is_refused(
    project: Path, change: dict[str, object], why: str
) -> None:
    document = json.loads(headgate("state", "pull", project=project).out)
    (project / "other.json").write_text(json.dumps({**document, **change}))
    before = things(project)
    ran = headgate("state", "push", str(project / "other.json"), project=project)
    assert ran.code == 1
    assert f"[HGD043] what is pushed is {'' if 'project' in change else 'no state: '}{why}" in ran.err
    assert things(project) == before


def test_a_declaration_names_all_its_things(project: Path) -> None:
    mine = headgate("state", "ls", "--output", "json", project=project).json["things"]
    assert headgate("state", "rm", "model.large", "--auto-approve", project=project).code == 0
    kept = {f"{one['kind']}/{one['name']}" for one in mine if one["address"] != "model.large"}
    assert set(things(project)) == kept != {f"{one['kind']}/{one['name']}" for one in mine}


def test_where_one_word_names_nothing_nothing_is_forgotten(project: Path) -> None:
    before = things(project)
    ran = headgate("state", "rm", THING, "embedded_table/typo", "--auto-approve", project=project)
    assert ran.code == 1
    assert "[HGD041] nothing in the state is called `embedded_table/typo`" in ran.err
    assert things(project) == before


def test_without_a_terminal_nothing_is_forgotten_unasked(project: Path) -> None:
    ran = headgate("state", "rm", THING, project=project)
    assert (ran.code, THING in things(project)) == (2, True)
    assert "--auto-approve" in ran.err


def test_while_another_applies_the_state_is_not_changed(project: Path, held: LoggedState) -> None:
    ran = headgate("state", "rm", THING, "--auto-approve", project=project)
    assert ran.code == 2
    assert "[HGD012] the state of `embedded` is held by " in ran.err
    assert held.lock is not None
    assert f"headgate state unlock {held.lock.id}" in ran.err


def test_a_lock_that_is_held_by_a_process_that_runs_is_not_taken_from_it(
    project: Path, held: LoggedState
) -> None:
    assert held.lock is not None
    ran = headgate("state", "unlock", held.lock.id, project=project)
    assert ran.code == 2
    held.record(list(held.read().values()))


def test_the_lock_that_a_killed_apply_left_is_taken_away_by_its_id(project: Path, held: LoggedState) -> None:
    assert held.lock is not None
    held.close()
    other = headgate("state", "unlock", "cafe0001", project=project)
    assert other.code == 1
    assert f"[HGD042] no lock has the id `cafe0001`; it is held by {held.lock}" in other.err
    ran = headgate("state", "unlock", held.lock.id, project=project)
    assert (ran.code, ran.out) == (0, f"The lock is nobody's now; it was held by {held.lock}.\n")
    assert "Held by" not in headgate("state", "ls", project=project).out


@pytest.mark.parametrize(
    "words",
    [
        ("ls", "x"),
        ("push",),
        ("unlock",),
        ("rm",),
        ("unlock", "a", "b"),
        ("ls", "--force"),
        ("push", "x", "--auto-approve"),
    ],
)
def test_words_that_an_action_does_not_take_are_refused(project: Path, words: tuple[str, ...]) -> None:
    assert headgate("state", *words, project=project).code == 2


def test_what_was_done_by_hand_stands_in_the_history(project: Path) -> None:
    headgate("state", "rm", THING, "--auto-approve", project=project)
    entries = headgate("history", "--output", "json", project=project).json["entries"]
    newest = entries[0]
    assert (newest["verb"], newest["outcome"], newest["about"]) == ("state rm", "done", THING)
    assert newest["generation"] == 2
    text = headgate("history", project=project).out
    assert "state rm  done" in text and THING in text


def test_the_history_is_cut_off_where_it_was_asked_to_be(project: Path) -> None:
    for word in ("model.large", THING):
        headgate("state", "rm", word, "--auto-approve", project=project)
    answer = headgate("history", "--limit", "1", "--output", "json", project=project).json
    assert (len(answer["entries"]), answer["truncated"]) == (1, True)


def test_where_the_audit_cannot_be_written_nothing_is_done(project: Path) -> None:
    (project / ".headgate" / "embedded" / "audit.jsonl").unlink(missing_ok=True)
    (project / ".headgate" / "embedded" / "audit.jsonl").mkdir()
    ran = headgate("state", "rm", THING, "--auto-approve", project=project)
    assert ran.code == 2
    assert "[HGD040] the audit of `embedded` cannot be written" in ran.err
    assert THING in things(project)


CODES = [value for module in (state, auditing) for value in vars(module).values() if isinstance(value, Code)]


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_the_page_says_what_it_is_and_why_it_matters(code: Code) -> None:
    text = (REPOSITORY / "docs" / "codes" / f"{code.id}.md").read_text()
    assert text.startswith(f"# {code.id} {code.name}\n\n*{code.severity.value}, since {code.since}*\n\n")
    assert "\n## Why it matters\n" in text
    assert "\n*not runnable: " in text
