"""Which project is meant."""

from __future__ import annotations

from pathlib import Path


def find_project(folder: Path | None) -> Path | None:
    """The project in `folder`, else the nearest upwards from here; None where there is none."""
    if folder is not None:
        return folder if (folder / "headgate.yml").is_file() else None
    here = Path.cwd()
    return next((p for p in (here, *here.parents) if (p / "headgate.yml").is_file()), None)
