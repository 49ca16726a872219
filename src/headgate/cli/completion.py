"""What a shell offers behind Tab. Whatever goes wrong here, it offers nothing."""

from __future__ import annotations

from pathlib import Path

import click

from headgate.cli.folders import find_project
from headgate.workflows.ls import ls
from headgate.workflows.request import Request


def environments(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The environments there are files for, and `embedded`, which needs none."""
    root = _project(ctx)
    files = (root / "environments").glob("*.y*ml") if root else ()
    return sorted(name for name in {"embedded", *(f.stem for f in files)} if name.startswith(incomplete))


def streams(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names of the project's streams."""
    root = _project(ctx)
    if root is None:
        return []
    try:
        nodes = ls(Request(root=root)).nodes
    except Exception:
        return []
    names = {n.name for n in nodes if n.kind in ("model", "source")}
    return sorted(name for name in names if name.startswith(incomplete))


def _project(ctx: click.Context) -> Path | None:
    said = ctx.params.get("project_")
    return find_project(said if isinstance(said, Path) else None)
