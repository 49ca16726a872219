"""Changes as a terminal shows them."""

from __future__ import annotations

import re
from dataclasses import replace

from headgate.cli.changes import changes
from headgate.cli.options import Shown
from headgate.workflows.results import ChangeRow, PlanResult

PLAIN = Shown(format="text", colour=False, colour_on_errors=False, quiet=False, verbose=False)
LOST = ChangeRow(
    address="model.a",
    kind="topic",
    name="main/a",
    action="delete",
    risk="loses data",
    reason="declared no more",
    phase="take",
)
MADE = replace(LOST, name="main/b", action="create", risk="safe", reason="declared", phase="store")


def test_colours_show_signs_and_risks_and_change_no_word() -> None:
    result = PlanResult(command="plan", changes=(LOST, MADE))
    plain, coloured = changes(result, PLAIN), changes(result, replace(PLAIN, colour=True))
    assert "\x1b[" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[1;31m(loses data)\x1b[0m" in coloured
    assert re.search(r"\x1b\[32m *\+ \x1b\[0mtopic main/b", coloured)
    assert re.search(r"\x1b\[31m *- \x1b\[0mtopic main/a", coloured)
