"""What a shell offers behind Tab."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from headgate.cli.app import VERBS
from running import EXAMPLE, headgate_process


def offered(*words: str, project: Path | None = None) -> list[str]:
    """What bash offers for the last of the words, which may be the beginning of one."""
    line = ["headgate", *words]
    environ = {
        "COMP_WORDS": " ".join(line),
        "COMP_CWORD": str(len(line) - 1),
        "_HEADGATE_COMPLETE": "bash_complete",
    }
    ran = headgate_process(environ=environ)
    assert ran.err == ""
    return [line.partition(",")[2] for line in ran.out.splitlines() if line]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "payments", ignore=shutil.ignore_patterns(".*")))


def test_verbs_are_offered() -> None:
    assert offered("") == list(VERBS)
    assert offered("b") == ["build"]


def test_options_are_offered() -> None:
    assert "--select" in offered("ls", "--se")


def test_forms_of_output_are_offered() -> None:
    assert offered("check", "--output", "s") == ["sarif"]


def test_environments_of_the_project_are_offered(project: Path) -> None:
    assert offered("ls", "--project", str(project), "--env", "") == ["embedded", "local", "prod"]


def test_streams_of_the_project_are_offered(project: Path) -> None:
    assert offered("lineage", "--project", str(project), "pay") == ["payments_clean", "payments_events"]


def test_a_project_that_does_not_load_offers_nothing_and_says_nothing(project: Path) -> None:
    (project / "headgate.yml").write_text("name: [")
    assert offered("show", "--project", str(project), "pay") == []


def test_the_script_for_a_shell_is_printed() -> None:
    ran = headgate_process(environ={"_HEADGATE_COMPLETE": "bash_source"})
    assert ran.code == 0
    assert "_HEADGATE_COMPLETE=bash_complete" in ran.out
