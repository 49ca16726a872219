"""The command itself: what it finds, what it imports, how it ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from headgate._version import __version__
from headgate.cli import app
from headgate.cli.app import ALIASES, NOT_BUILT_YET, VERBS
from running import EXAMPLE, headgate, headgate_process

CLIENTS = (
    "httpx",
    "confluent_kafka",
    "duckdb",
    "fastavro",
    "cryptography",
    "sqlglot",
    "jinja2",
    "yaml",
    "msgspec",
    "rich",
)


def imported(statement: str) -> set[str]:
    """The top-level packages that a statement imports, in an interpreter of its own."""
    code = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in ran.stdout.splitlines()}


def test_importing_the_command_line_pulls_in_no_library_but_click() -> None:
    assert not imported("import headgate.cli.app") & set(CLIENTS)


def test_help_pulls_in_no_library_but_click() -> None:
    assert not imported("from headgate.cli.app import run\nrun(['--help'])") & set(CLIENTS)


@pytest.mark.parametrize("verb", ["check", "ls", "explain", "lineage", "access", "compile", "init", "schema"])
def test_an_offline_verb_imports_no_client(verb: str) -> None:
    clients = {"httpx", "confluent_kafka", "duckdb"}
    assert not imported(f"import headgate.cli.commands.{verb}") & clients


@pytest.mark.parametrize("verb", ["plan", "apply", "destroy", "status", "pause", "state", "history"])
def test_a_verb_that_acts_imports_what_speaks_to_a_system_once_it_does(verb: str) -> None:
    assert "httpx" not in imported(f"import headgate.cli.commands.{verb}")


def test_help_lists_every_verb_with_its_line() -> None:
    ran = headgate("-h")
    assert ran.code == 0
    assert ran.out == headgate("--help").out
    for verb, (_, line) in VERBS.items():
        assert re.search(rf"^  {verb} +{re.escape(line)}$", ran.out, re.MULTILINE)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    ran = headgate(verb, "-h")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: headgate {verb} ")
    assert ran.out == headgate(verb, "--help").out
    assert "--output" in ran.out and "--no-color" in ran.out


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_says_its_line_itself_too(verb: str) -> None:
    with click.Context(app.headgate) as ctx:
        command = app.headgate.get_command(ctx, verb)
    assert command is not None
    assert command.name == verb
    assert command.short_help == VERBS[verb][1]


@pytest.mark.parametrize(("alias", "verb"), ALIASES.items())
def test_an_alias_is_the_verb(alias: str, verb: str) -> None:
    assert headgate(alias, "-h").out == headgate(verb, "-h").out


def test_the_version_is_said() -> None:
    ran = headgate("--version")
    assert (ran.code, ran.out) == (0, f"headgate, version {__version__}\n")


def test_nothing_asked_is_a_question_of_usage() -> None:
    ran = headgate()
    assert ran.code == 2
    assert ran.out == ""
    assert "Commands:" in ran.err


@pytest.mark.parametrize(("word", "meant"), [("bulid", "build"), ("chek", "check"), ("pars", "parse")])
def test_an_unknown_verb_is_met_with_the_one_that_was_meant(word: str, meant: str) -> None:
    ran = headgate(word)
    assert ran.code == 2
    assert f"There is no verb `{word}`. Did you mean `{meant}`?" in ran.err


def test_a_verb_like_no_other_is_met_with_no_guess() -> None:
    assert "There is no verb `xyzzy`.\n" in headgate("xyzzy").err


def test_an_unknown_option_is_met_with_the_one_that_was_meant() -> None:
    ran = headgate("ls", "--ouput", "json")
    assert ran.code == 2
    assert "--output" in ran.err and "Did you mean" in ran.err


@pytest.mark.parametrize("verb", NOT_BUILT_YET)
def test_a_verb_that_is_not_built_is_refused_by_name(verb: str) -> None:
    ran = headgate(verb)
    assert ran.code == 2
    assert f"`headgate {verb}` is not built yet." in ran.err


def test_a_folder_that_is_no_project_is_said(tmp_path: Path) -> None:
    ran = headgate("check", project=tmp_path)
    assert ran.code == 2
    assert ran.out == ""
    assert f"There is no headgate.yml in `{tmp_path}`." in ran.err


def fail() -> None:
    raise ZeroDivisionError


def interrupt() -> None:
    raise KeyboardInterrupt


def raising(monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    """Lets `headgate ls` end in an error of the given kind."""
    command = click.command("ls")({"fault": fail, "interrupt": interrupt}[error])
    monkeypatch.setattr(app.Verbs, "get_command", lambda *_: command)


def test_a_fault_of_ours_is_three_and_asks_for_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADGATE_DEBUG", raising=False)
    raising(monkeypatch, "fault")
    ran = headgate("ls")
    assert ran.code == 3
    assert "ZeroDivisionError" in ran.err and "Please report it" in ran.err
    assert "Traceback" not in ran.err
    monkeypatch.setenv("HEADGATE_DEBUG", "1")
    assert "Traceback" in headgate("ls").err


def test_an_interruption_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, "interrupt")
    ran = headgate("ls")
    assert (ran.code, ran.err) == (130, "Interrupted.\n")


def test_a_reader_that_has_gone_is_no_fault() -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "-m", "headgate", "schema"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (ran.returncode, ran.stderr) == (141, "")


def test_without_a_terminal_nothing_is_coloured_and_no_bar_is_drawn() -> None:
    ran = headgate_process("check", "-v", project=EXAMPLE)
    assert ran.code == 0
    assert "\x1b" not in ran.out + ran.err
    assert "█" not in ran.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_output_that_cannot_be_written_is_no_fault_of_ours() -> None:
    command = f"{sys.executable} -m headgate ls --output json --project {EXAMPLE} > /dev/full"
    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (2, "headgate cannot go on: No space left on device.\n")


def test_output_that_is_closed_is_written_nowhere() -> None:
    command = f"{sys.executable} -m headgate ls --project {EXAMPLE} >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], check=False).returncode == 0


@pytest.mark.parametrize("verb", [["build"], ["apply", "--auto-approve"], ["destroy", "--auto-approve"]])
def test_a_folder_that_cannot_be_written_is_said_at_its_environment(tmp_path: Path, verb: list[str]) -> None:
    assert headgate("init", str(tmp_path / "shop")).code == 0
    (tmp_path / "shop" / ".headgate").write_text("no folder")
    ran = headgate(*verb, "--output", "json", project=tmp_path / "shop")
    (found,) = (one for one in ran.json["diagnostics"] if one["severity"] == "error")
    assert (ran.code, found["code"], found["file"]) == (2, "HGD010", "environments/embedded.yml")
    assert "cannot be written" in found["message"] and str(tmp_path) not in found["message"]
