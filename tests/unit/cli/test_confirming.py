"""The question before what cannot be taken back: the environment's name, typed or said."""

from __future__ import annotations

import io

import click
import pytest

from headgate.cli.changes import confirm_by_name


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "agreed"), [("prod\n", True), ("yes\n", False), ("\n", False)])
def test_at_a_terminal_the_name_is_typed(
    typed: str, agreed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert confirm_by_name(None)("the plan", "prod") is agreed
    said = capsys.readouterr().err
    assert said.startswith("the plan\n") and "cannot be taken back" in said


def test_where_there_is_none_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert confirm_by_name("prod")("the plan", "prod")
    with pytest.raises(click.UsageError, match="--confirm prod"):
        confirm_by_name(None)("the plan", "prod")
    with pytest.raises(click.UsageError, match="the environment is 'prod'"):
        confirm_by_name("dev")("the plan", "prod")
