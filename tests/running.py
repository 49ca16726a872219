"""Runs the command line in this process and in another one, as users and agents do."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headgate.cli.app import run

REPOSITORY = Path(__file__).resolve().parents[1]
ACCEPTANCE = REPOSITORY / "tests" / "acceptance" / "payments"
EXAMPLE = REPOSITORY / "examples" / "payments"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which must be one JSON object and nothing else."""
        answer = json.loads(self.out)
        assert isinstance(answer, dict)
        return answer


def headgate(*arguments: str, project: Path | None = None) -> Ran:
    """`headgate …` in this process, on `project`."""
    out, err = io.StringIO(), io.StringIO()
    words = [*arguments, *(["--project", str(project)] if project else [])]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(words)
    return Ran(code, out.getvalue(), err.getvalue())


def headgate_process(
    *arguments: str, project: Path | None = None, environ: Mapping[str, str] | None = None
) -> Ran:
    """`headgate …` in a process of its own, with no more environment than it is given."""
    words = [*arguments, *(["--project", str(project)] if project else [])]
    path = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "")}
    done = subprocess.run(
        [sys.executable, "-m", "headgate", *words],
        capture_output=True,
        text=True,
        timeout=900,
        env={**path, **(environ or {})},
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def tree(root: Path) -> dict[str, bytes]:
    """Every file below `root`, by its relative name."""
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }
