"""Every verb's JSON answer is one object on standard output alone, and holds to the schema that stands in the docs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from headgate.cli.app import VERBS
from running import EXAMPLE, REPOSITORY, Ran, headgate

ANSWERS = REPOSITORY / "docs" / "answers"

CALLS: dict[str, tuple[tuple[tuple[str, ...], int], ...]] = {
    "check": (((), 0), (("-v",), 0), (("--env", "prod"), 0), (("--env", "nowhere"), 2)),
    "ls": (((), 0), (("-s", "+customer_balance_5m"), 0), (("-s", "nothing_such"), 1)),
    "explain": ((("HGC003",), 0), (("customer_balance_5m",), 0), (("nothing_such",), 1)),
    "compile": (((), 0), (("--env", "prod", "--target", "all"), 0)),
    "plan": (((), 0), (("--destroy",), 0)),
    "status": (((), 0),),
    "show": (
        (("payments_clean", "--as", "support"), 0),
        (("payments_clean", "--as", "fraud-engine"), 1),
        (("payments_clean", "--as", "stranger"), 1),
        (("customer_balance_5m", "--changelog"), 0),
    ),
    "tail": ((("payments_clean", "--as", "fraud-engine"), 1), (("nothing_such",), 1)),
    "pause": ((("customer_balance_5m",), 1), (("nothing_such",), 1)),
    "resume": ((("customer_balance_5m",), 1),),
    "test": (((), 0),),
    "lineage": ((("payments_clean",), 0), (("high_value_payments.card_number",), 0), (("nothing_such",), 1)),
    "access": (((), 0), (("--who", "support", "--path"), 0), (("--audit",), 0), (("--who", "stranger"), 1)),
    "import": ((("--env", "embedded"), 2), (("topics", "--env", "embedded"), 2)),
    "query": ((("SELECT name FROM models",), 0), (("SELECT nothing FROM nowhere",), 1)),
    "debug": (((), 0), (("--grants", "--env", "prod"), 0), (("--grants", "--format", "strimzi"), 0)),
    "history": (((), 0), (("--limit", "1"), 0)),
    "build": (((), 0),),
    "apply": ((("--auto-approve",), 0),),
    "state": (
        (("ls",), 0),
        (("pull",), 0),
        (("unlock", "cafe0001"), 1),
        (("rm", "nothing_such"), 1),
        (("rm", "model.payments_clean", "--auto-approve"), 0),
    ),
    "destroy": ((("--auto-approve",), 0),),
    "local": ((("status",), 0), (("down",), 0)),
    "schema": (((), 0),),
    "init": (((), 0),),
}
"""Verbs that change something come last; each call with the exit code it must have."""


def validated(verb: str, ran: Ran, code: int) -> dict[str, Any]:
    assert ran.code == code, ran.out + ran.err
    answer = ran.json
    schema = json.loads((ANSWERS / f"{verb}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(answer, schema)
    assert list(answer)[:3] == ["format", "command", "ok"]
    assert answer["ok"] is (code == 0)
    assert ran.err == ""
    return answer


def test_every_verb_is_asked_here_and_has_a_schema() -> None:
    assert set(CALLS) == set(VERBS)
    assert {p.name for p in ANSWERS.iterdir()} == {f"{verb}.schema.json" for verb in VERBS}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("answers") / "payments"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".*"))
    assert headgate("build", "-q", project=folder).code == 0
    yield folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("verb", "words", "code"),
    [(verb, words, code) for verb, calls in CALLS.items() for words, code in calls],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_an_answer_holds_to_its_schema(
    verb: str, words: tuple[str, ...], code: int, project: Path, tmp_path: Path
) -> None:
    if verb in ("schema", "init"):
        ran = headgate(verb, *([str(tmp_path / "new")] if verb == "init" else []), "--output", "json")
    else:
        ran = headgate(verb, *words, "--output", "json", project=project)
    validated(verb, ran, code)


def test_a_schema_refuses_what_is_no_answer(project: Path) -> None:
    answer = headgate("ls", "--output", "json", project=project).json
    schema = json.loads((ANSWERS / "ls.schema.json").read_text("utf-8"))
    for spoiled in (
        {**answer, "more": 1},
        {**answer, "command": "check"},
        {**answer, "nodes": [{**answer["nodes"][0], "line": "3"}]},
        {key: value for key, value in answer.items() if key != "diagnostics"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(spoiled, schema)


@pytest.mark.slow
def test_a_reader_that_is_denied_gets_the_rule_and_no_row(project: Path) -> None:
    headgate("build", "-q", project=project)
    ran = headgate("show", "payments_clean", "--as", "fraud-engine", "--output", "json", project=project)
    assert (ran.code, ran.json["rows"]) == (1, [])
    (denied,) = ran.json["diagnostics"]
    assert denied["severity"] == "error"
    assert denied["file"] == "models/payments_clean.yml"


@pytest.mark.parametrize("verb", [v for v in VERBS if v not in ("schema", "init", "local")])
def test_an_answer_of_a_project_that_does_not_load_holds_as_well(verb: str, tmp_path: Path) -> None:
    (tmp_path / "headgate.yml").write_text("name: [")
    names = {verb: ["x"] for verb in ("explain", "show", "tail", "pause", "resume", "lineage")}
    words = {**names, "query": ["SELECT 1"], "state": ["ls"]}.get(verb, [])
    words = [*words, *(["--auto-approve"] if verb in ("apply", "destroy") else [])]
    answer = validated(verb, headgate(verb, *words, "--output", "json", project=tmp_path), 1)
    assert answer["diagnostics"]
