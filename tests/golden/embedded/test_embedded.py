"""What the embedded engine is to hold, and who sees what of it. `HEADGATE_GOLDEN=write` writes the expectations anew.

The engine's SQL is not among it: that is right if it answers as Flink does, which the conformance tests ask.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checked import folder
from compiling import artifact, world
from headgate.compile.discovery import target
from running import ACCEPTANCE, EXAMPLE

HERE = Path(__file__).parent
FILES = ("tables.yml", "policies.yml")


@pytest.mark.parametrize(
    ("case", "project", "env"), [("acceptance", ACCEPTANCE, None), ("example", EXAMPLE, "embedded")]
)
def test_it_holds_what_was_read_and_found_good(case: str, project: Path, env: str | None) -> None:
    made = target("embedded").compile(world(folder(project), env))
    assert not made.diagnostics
    texts = {name: artifact(made, f"embedded/{name}") for name in FILES}
    texts["resources.txt"] = "".join(
        f"{r.id}{' after ' + ', '.join(map(str, r.after)) if r.after else ''}\n" for r in made.resources
    )
    expected = HERE / case
    if os.environ.get("HEADGATE_GOLDEN") == "write":
        expected.mkdir(exist_ok=True)
        for name, text in texts.items():
            (expected / name).write_text(text, encoding="utf-8")
    assert texts == folder(expected)
