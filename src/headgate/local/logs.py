"""The ends of logs, which grow as long as a stack is kept."""

from __future__ import annotations

import os
from pathlib import Path


def end_of(log: Path, size: int = 4000) -> str:
    """The last whole lines of a log, of so many bytes at most; nothing where there is none."""
    try:
        with log.open("rb") as file:
            skipped = max(0, file.seek(0, os.SEEK_END) - size)
            file.seek(skipped)
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return text.partition("\n")[2] if skipped else text
