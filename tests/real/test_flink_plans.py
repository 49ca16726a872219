"""A real Flink plans every script that the goldens expect, with no state kept to put updates in order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from java import needs_java
from running import REPOSITORY

pytestmark = [pytest.mark.flink, pytest.mark.slow, needs_java]
GOLDEN = REPOSITORY / "tests" / "golden" / "compile"


def planned(*scripts: Path) -> dict[str, str]:
    """What the planner says of scripts, by their paths."""
    command = [sys.executable, "tools/plan_with_flink.py", *map(str, scripts)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    lines = (line.rpartition("  ") for line in done.stdout.splitlines())
    return {script: verdict for verdict, _, script in lines}


def test_every_script_is_planned() -> None:
    scripts = sorted(GOLDEN.glob("*/expect/flink/*.sql"))
    assert len(scripts) > 10
    assert planned() == {str(script): "planned" for script in scripts}


def test_a_wrong_script_is_refused(tmp_path: Path) -> None:
    good = (GOLDEN / "updating/expect/flink/shop.spent_by_customer.sql").read_text("utf-8")
    elsewhere, unknown, stateful = (
        tmp_path / name for name in ("elsewhere.sql", "unknown.sql", "stateful.sql")
    )
    elsewhere.write_text(good.replace("'connector' = 'upsert-kafka'", "'connector' = 'nothing'"), "utf-8")
    unknown.write_text(good.replace("  `spent`\nFROM", "  `spten`\nFROM"), "utf-8")
    stateful.write_text(
        good.replace("upsert-materialize' = 'NONE'", "upsert-materialize' = 'FORCE'"), "utf-8"
    )
    found = planned(elsewhere, unknown, stateful)
    assert found[str(elsewhere)].startswith("refused: ") and found[str(unknown)].startswith("refused: ")
    assert found[str(stateful)] == "materializes"
