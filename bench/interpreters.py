"""The Pythons that are measured, each in a folder of its own under `.bench/`, made once and kept."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".bench"


@dataclass(frozen=True, slots=True)
class Missing:
    """A Python that could not be made, and why."""

    why: str


def plain() -> Path:
    """Headgate with the locked dependencies: this very Python."""
    return Path(sys.executable)


def fast() -> Path | Missing:
    """The same with the `fast` extra, which compiles sqlglot."""
    locked = ["--require-hashes", "-r", str(ROOT / "requirements" / "lock.txt")]
    own = ["--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    return _made("fast", locked, own, ["--no-deps", f"sqlglotc=={version('sqlglot')}"])


def dbt() -> Path | Missing:
    """dbt, with the adapter that needs no server. Of later ones a part comes from outside the package index."""
    return _made("dbt", ["dbt-core>=1.10,<1.12", "dbt-duckdb"])


def versions(python: Path, *names: str) -> str:
    """`name version` of installed distributions."""
    code = f"from importlib.metadata import version\nprint(', '.join(f'{{n}} {{version(n)}}' for n in {names!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _made(name: str, *installs: list[str]) -> Path | Missing:
    python = HOME / name / "bin" / "python"
    stamp = HOME / name / ".made"
    wanted = repr(installs)
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    try:
        subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(HOME / name)], check=True, capture_output=True
        )
        for arguments in installs:
            subprocess.run(
                [python, "-m", "pip", "install", "-q", *arguments], check=True, capture_output=True
            )
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        return Missing(
            next((line.strip() for line in said if "Error" in line), said[-1] if said else "pip failed")
        )
    stamp.write_text(wanted)
    return python
