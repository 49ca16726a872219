"""Which project, which environment, how much is said and in which colours."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from headgate.cli.options import _shown
from running import EXAMPLE, headgate

SAID = {"output_": "text", "no_color": False, "quiet": False, "verbose": False}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "payments", ignore=shutil.ignore_patterns(".*")))


class Terminal:
    def isatty(self) -> bool:
        return True


class Pipe:
    def isatty(self) -> bool:
        return False


def test_each_stream_is_asked_whether_it_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout", Pipe())
    monkeypatch.setattr("sys.stderr", Terminal())
    shown = _shown(dict(SAID))
    assert (shown.colour, shown.colour_on_errors) == (False, True)


@pytest.mark.parametrize(
    ("environ", "option", "coloured"),
    [("", False, True), ("1", False, False), ("0", False, False), ("", True, False)],
)
def test_no_color_and_its_option_turn_colours_off(
    monkeypatch: pytest.MonkeyPatch, environ: str, option: bool, coloured: bool
) -> None:
    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setattr("sys.stderr", Terminal())
    monkeypatch.setenv("NO_COLOR", environ)
    shown = _shown({**SAID, "no_color": option})
    assert (shown.colour, shown.colour_on_errors) == (coloured, coloured)


def test_the_nearest_project_upwards_is_meant(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "models")
    assert "model.payments_clean" in headgate("ls").out


def test_the_environment_is_taken_from_the_process_where_none_is_said(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADGATE_ENV", "prod")
    assert "target/prod" in headgate("compile", project=project).out
    assert "target/embedded" in headgate("compile", "--env", "embedded", project=project).out


def test_an_unknown_environment_is_a_finding_with_a_suggestion(project: Path) -> None:
    ran = headgate("check", "--env", "prd", project=project)
    assert ran.code == 2
    assert "did you mean `prod`?" in ran.err


@pytest.mark.parametrize("word", ["high_value_cents", "=5"])
def test_a_variable_is_a_name_and_a_value(project: Path, word: str) -> None:
    ran = headgate("ls", "--vars", word, project=project)
    assert ran.code == 2
    assert f"--vars takes NAME=VALUE, not {word!r}." in ran.err


def test_quiet_says_only_what_is_wrong(project: Path) -> None:
    assert headgate("check", "-q", project=project).out == ""
    (project / "extra.yml").write_text("models:\n  - {name: a, materialized: topic, colums: []}\n")
    ran = headgate("check", "-q", project=project)
    assert ran.code == 1
    assert ran.out == ""
    assert "did you mean `columns`?" in ran.err
    assert "info[" not in ran.err and "warning[" not in ran.err


def test_verbose_says_what_is_worth_knowing(project: Path) -> None:
    assert "info[" not in headgate("check", project=project).err
    assert "info[HGC901]" in headgate("check", "-v", project=project).err


def test_strict_makes_warnings_weigh(project: Path) -> None:
    (project / "extra.yml").write_text(
        "models:\n  - name: again\n    materialized: flink_stream\n    from: {source: payments_clean}\n"
        "    sql: SELECT payment_id FROM {{ ref('payments_clean') }}\n    group: finance\n    owner: team-fraud\n"
    )
    assert headgate("check", project=project).code == 0
    assert headgate("check", "--strict", project=project).code == 1


@pytest.mark.parametrize("form", ["concise", "github", "sarif", "junit", "markdown"])
def test_other_forms_go_to_standard_output_alone(project: Path, form: str) -> None:
    (project / "extra.yml").write_text("models:\n  - {name: a, materialized: topic, colums: []}\n")
    ran = headgate("check", "--output", form, project=project)
    assert ran.code == 1
    assert "colums" in ran.out
    assert ran.err == ""


def test_the_closing_line_counts_once_what_was_checked_and_found(project: Path) -> None:
    (project / "extra.yml").write_text("models:\n  - {name: a, materialized: topic, colums: []}\n")
    ran = headgate("check", project=project)
    assert ran.out.startswith("Checked 8 streams, 5 exposures, 7 tests: 1 error (")
    assert "1 error" not in ran.err
    assert (
        headgate("check", "-v", project=project).out == "Checked 8 streams, 5 exposures, 7 tests: 1 error\n"
    )
