"""Progress: a bar on a terminal, lines elsewhere, nothing for short work or where silence was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.cli import progress
from headgate.cli.answers import give
from headgate.cli.changes import asking
from headgate.cli.options import Shown
from headgate.cli.progress import Bar, Lines, progress_to
from headgate.workflows.request import Request, Silent
from headgate.workflows.results import Result


class Clock:
    """Time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def test_short_work_draws_nothing(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    for shown in (Bar(), Lines()):
        shown.step("reading", 0, 2)
        clock.now += 0.1
        shown.step("reading", 1, 2)
        shown.step("read", 2, 2)
    assert capsys.readouterr() == ("", "")


def test_long_work_draws_a_bar_and_wipes_it(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)
    bar = Bar()
    clock.now += 2
    bar.step("judging", 1, 2)
    drawn = capsys.readouterr()
    assert drawn.out == ""
    assert "1/2 judging" in drawn.err and drawn.err.count("█") == progress.WIDTH // 2
    bar.step("judged", 2, 2)
    assert capsys.readouterr().err.endswith("\x1b[2K")


def test_elsewhere_a_stage_is_a_line_said_once(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    clock.now += 60
    lines.step("building model.a", 1, 3)
    lines.step("building model.a", 1, 3)
    lines.step("building model.b", 2, 3)
    assert capsys.readouterr().err == "building model.a (1/3)\nbuilding model.b (2/3)\n"


@pytest.mark.parametrize(
    ("quiet", "terminal", "kind"), [(True, True, Silent), (False, True, Bar), (False, False, Lines)]
)
def test_a_bar_is_for_terminals(
    monkeypatch: pytest.MonkeyPatch, quiet: bool, terminal: bool, kind: type
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    assert isinstance(progress_to(quiet), kind)


def test_whatever_else_is_said_begins_on_a_line_of_its_own(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A verb need not come to the end of its last stage: it may be refused, ask, or have nothing more to do."""
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)
    bar = Bar()
    clock.now += 2
    bar.step("judging", 2, 3)
    shown = Shown(
        format="text", colour=False, colour_on_errors=False, quiet=False, verbose=False, progress=bar
    )
    give(Result(command="plan"), shown, lambda *_: "Nothing to change.")
    said = capsys.readouterr()
    assert said.out == "Nothing to change.\n" and said.err.endswith("judging\r\x1b[2K")


def test_a_question_begins_on_a_line_of_its_own(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)
    bar = Bar()
    clock.now += 2
    bar.step("judging", 2, 3)
    request = asking(Request(root=Path(), progress=bar), auto_approve=True, confirm_name="prod")
    assert request.approve("a plan")
    assert capsys.readouterr().err.endswith("judging\r\x1b[2K")
    bar.step("judging", 2, 3)
    assert request.confirm("a plan", "prod")
    assert capsys.readouterr().err.endswith("judging\r\x1b[2K")
