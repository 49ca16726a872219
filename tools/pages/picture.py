"""The picture of a build's report: what a terminal shows, drawn by rich."""

from __future__ import annotations

import errno
import io
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 126
_FONT = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
"""A picture that fetches nothing: what reads it has a font of its own."""


def picture(root: Path) -> dict[str, str]:
    """`docs/images/build.svg`: `headgate build` on the example, as it looks."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "payments"
        shutil.copytree(
            root / "examples" / "payments", project, ignore=shutil.ignore_patterns(".*", "target")
        )
        shown = _on_a_terminal([sys.executable, "-m", "headgate", "build"], project)
    return {"docs/images/build.svg": drawn("build", shown)}


def drawn(verb: str, shown: str) -> str:
    """A terminal in which a verb has shown something, as SVG."""
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(Text.from_ansi(f"$ headgate {verb}\n{shown}"), overflow="fold")
    return _FONT.sub("", console.export_svg(title=f"headgate {verb}", unique_id=verb.split()[0]))


def _on_a_terminal(command: list[str], folder: Path) -> str:
    """What a command writes to a terminal; its progress is left out."""
    ours, theirs = pty.openpty()
    environ = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    environ["HEADGATE_MASKING_KEY"] = "of the picture"  # so that its tokens are the same each time
    running = subprocess.Popen(command, cwd=folder, env=environ, stdout=theirs, stderr=subprocess.DEVNULL)
    os.close(theirs)
    written = b""
    while part := _read(ours):
        written += part
    os.close(ours)
    if code := running.wait():
        raise RuntimeError(f"{' '.join(command)} ended with {code}")
    return written.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    """The next bytes; none when the other side has closed, which Linux calls an error."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return b""
