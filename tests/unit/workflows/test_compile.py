"""`headgate compile`: what it writes, when it writes nothing, and which targets it is told of."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from running import ACCEPTANCE, headgate, tree


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ACCEPTANCE, tmp_path / "payments"))


def test_it_writes_one_readable_file_an_artifact_and_says_so(project: Path) -> None:
    ran = headgate("compile", "--target", "kafka,flink", project=project)
    assert ran.code == 0
    written = tree(project / "target" / "embedded")
    assert f"Wrote {len(written)} files to target/embedded (embedded, kafka, flink)." in ran.out
    assert {
        "manifest.json",
        "catalog.json",
        "kafka/topics.yml",
        "flink/payments.customer_balance_5m.sql",
    } <= set(written)
    artifacts = json.loads(written["manifest.json"])["artifacts"]
    assert {a["path"]: a["sha256"] for a in artifacts} == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in written.items()
        if name not in ("manifest.json", "catalog.json")
    }


def test_as_json_it_names_every_file(project: Path) -> None:
    answer = headgate("compile", "--output", "json", project=project).json
    assert answer["ok"] and answer["command"] == "compile" and answer["root"] == "target/embedded"
    assert answer["files"] == sorted(tree(project / "target" / "embedded")) and answer["targets"] == [
        "embedded"
    ]


def test_the_same_input_gives_the_same_bytes_and_stale_files_go(project: Path) -> None:
    headgate("compile", "--target", "all,", "--target", "kafka", project=project)
    assert not (project / "target").exists(), "tokenization is nothing that conduktor has"
    headgate("compile", "--target", "kafka,schemas,flink,connect", project=project)
    before = tree(project / "target")
    headgate("compile", "--target", "kafka,schemas,flink,connect", project=project)
    assert tree(project / "target") == before
    headgate("compile", project=project)
    assert not [name for name in tree(project / "target") if name.startswith("embedded/kafka")]


def test_an_error_in_the_project_leaves_what_was_there(project: Path) -> None:
    headgate("compile", project=project)
    before = tree(project / "target")
    models = project / "models.yml"
    models.write_text(models.read_text().replace("amount_cents > 10000", "amount_sents > 10000"))
    ran = headgate("compile", project=project)
    assert ran.code == 1 and "HGQ" in ran.err
    assert tree(project / "target") == before


def test_an_error_of_a_target_leaves_what_was_there(project: Path) -> None:
    ran = headgate("compile", "--target", "conduktor", project=project)
    assert ran.code == 1 and "error[HGC161]" in ran.err
    assert not (project / "target").exists()


def test_a_target_that_there_is_not_could_not_be_run(project: Path) -> None:
    ran = headgate("compile", "--target", "kafka,flnk", project=project)
    assert ran.code == 2 and "there is no target `flnk`" in ran.err and "did you mean `flink`?" in ran.err
    assert not (project / "target").exists()


def test_of_a_selection_only_its_own_is_written(project: Path) -> None:
    ran = headgate("compile", "--target", "flink", "--select", "customer_balance_5m", project=project)
    assert ran.code == 0
    assert [n for n in tree(project / "target" / "embedded") if n.startswith("flink/")] == [
        "flink/payments.customer_balance_5m.sql"
    ]


def test_where_no_environment_is_chosen_it_asks(project: Path) -> None:
    (project / "environments").mkdir()
    (project / "environments" / "dev.yml").write_text("engine: embedded\n")
    ran = headgate("compile", project=project)
    assert ran.code == 2 and "nobody said which environment is meant" in ran.err
    assert headgate("compile", "--env", "dev", project=project).code == 0
    assert (project / "target" / "dev" / "manifest.json").exists()


def test_a_place_that_cannot_be_written_is_said(project: Path) -> None:
    (project / "target").write_text("in the way")
    ran = headgate("compile", project=project)
    assert ran.code == 2 and "error[HGC151] `target/embedded` cannot be written" in ran.err
