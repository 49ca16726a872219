"""The picture of a build's report: what the terminal shows, drawn by rich."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 132


def picture(root: Path) -> dict[str, str]:
    """`docs/images/build.svg`: `headgate build` on the example, as it looks."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "payments"
        shutil.copytree(
            root / "examples" / "payments", project, ignore=shutil.ignore_patterns(".*", "target")
        )
        shown = subprocess.run(
            [sys.executable, "-m", "headgate", "build", "--color"],
            cwd=project,
            env={**os.environ, "COLUMNS": str(COLUMNS)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(Text.from_ansi(f"$ headgate build\n{shown}"), soft_wrap=True)
    return {"docs/images/build.svg": console.export_svg(title="headgate build", unique_id="build")}
