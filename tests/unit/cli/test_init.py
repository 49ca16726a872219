"""`headgate init` makes projects that build at once, and never writes over anything."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from headgate.workflows.init import TEMPLATES
from running import EXAMPLE, headgate, tree


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_new_project_has_nothing_wrong(template: str, tmp_path: Path) -> None:
    made = headgate("init", str(tmp_path / "My Shop"), "--template", template)
    assert made.code == 0
    assert "Next: cd" in made.out
    ran = headgate("check", "--strict", project=tmp_path / "My Shop")
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_new_project_builds_at_once(template: str, tmp_path: Path) -> None:
    headgate("init", str(tmp_path / "new"), "--template", template)
    ran = headgate("build", project=tmp_path / "new")
    assert ran.code == 0, ran.out + ran.err
    assert "generated" not in ran.out


def test_a_project_is_named_for_its_folder(tmp_path: Path) -> None:
    headgate("init", str(tmp_path / "My Shop-2"))
    assert (tmp_path / "My Shop-2" / "headgate.yml").read_text().startswith("name: my_shop_2\n")


def test_the_example_is_a_template_as_it_stands(tmp_path: Path) -> None:
    headgate("init", str(tmp_path / "p"), "--template", "payments")
    made = tree(tmp_path / "p")
    own = {name: data for name, data in tree(EXAMPLE).items() if not name.startswith((".", "target/"))}
    assert {name: made[name] for name in own} == own


def test_editors_are_told_which_schema_each_file_holds_to(tmp_path: Path) -> None:
    headgate("init", str(tmp_path), "--template", "payments")
    settings = json.loads((tmp_path / ".vscode" / "settings.json").read_text())["yaml.schemas"]
    assert sorted(settings) == sorted(
        f"./.vscode/{kind}.schema.json" for kind in ("project", "lists", "environment")
    )
    whole = json.loads((tmp_path / ".vscode" / "headgate.schema.json").read_text())
    for file in tmp_path.rglob("*.yml"):
        name = file.relative_to(tmp_path)
        if name.parts[0].startswith("."):
            continue
        kind = (
            "environment"
            if name.parts[0] == "environments"
            else "project"
            if file.name == "headgate.yml"
            else "lists"
        )
        reference = json.loads((tmp_path / ".vscode" / f"{kind}.schema.json").read_text())["$ref"]
        assert reference.startswith("headgate.schema.json#/$defs/")
        schema = {"$ref": reference.removeprefix("headgate.schema.json"), "$defs": whole["$defs"]}
        said = yaml.safe_load(file.read_text())
        assert list(jsonschema.Draft202012Validator(schema).iter_errors(said)) == [], name


def test_what_must_not_be_committed_is_ignored_and_lines_that_are_there_stay(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.log\n.env")
    headgate("init", str(tmp_path))
    assert (tmp_path / ".gitignore").read_text() == "*.log\n.env\n.headgate/\ntarget/\n"


def test_nothing_is_written_where_a_declaration_is_there_already(tmp_path: Path) -> None:
    (tmp_path / "people.yml").write_text("mine")
    ran = headgate("init", str(tmp_path))
    assert ran.code == 2
    assert f"{tmp_path / 'people.yml'} is there already; nothing was written." in ran.err
    assert tree(tmp_path) == {"people.yml": b"mine"}
    answer = headgate("init", str(tmp_path), "--output", "json")
    assert (answer.code, answer.json["ok"], answer.json["taken"]) == (2, False, ["people.yml"])


def test_a_file_that_only_helps_is_left_as_it_is(tmp_path: Path) -> None:
    settings = tmp_path / ".vscode" / "settings.json"
    settings.parent.mkdir()
    settings.write_text("{}")
    answer = headgate("init", str(tmp_path), "--output", "json").json
    assert settings.read_text() == "{}"
    assert ".vscode/settings.json" not in answer["files"]
    assert sorted(answer["files"]) == sorted(
        name for name in tree(tmp_path) if name != ".vscode/settings.json"
    )


def test_the_ci_file_is_a_workflow_that_checks_and_builds(tmp_path: Path) -> None:
    headgate("init", str(tmp_path))
    text = (tmp_path / ".github" / "workflows" / "headgate.yml").read_text()
    steps = yaml.load(text, yaml.BaseLoader)["jobs"]["check"]["steps"]
    assert [s["run"] for s in steps if s.get("run", "").startswith("headgate")] == [
        "headgate check --output github",
        "headgate build --env embedded",
    ]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = headgate("init", str(tmp_path / "file" / "below"))
    assert ran.code == 2
    assert "cannot be written" in ran.err
