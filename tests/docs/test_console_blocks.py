"""The commands in the docs run, and end as the docs say.

A ```console block holds commands behind `$`, and what they read behind `>`. `# exit N` at the end of one is the exit
code it must have, 0 where nothing is said. The blocks of a page run in their order, in a folder of its own: a copy of
the example, or an empty one for pages that begin with `headgate init`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from running import EXAMPLE, REPOSITORY

BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
EXIT = re.compile(r"\s+# exit (\d+)$")
PAGES = [
    path
    for path in sorted(
        [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("examples/*/*.md")]
    )
    if BLOCK.search(path.read_text("utf-8"))
]


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a page, what it is given, and how it must end."""

    text: str
    code: int


def commands(page: str) -> list[Command]:
    found: list[str] = []
    for block in BLOCK.findall(page):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(line[2:])
            elif line.startswith("> "):
                found[-1] += f"\n{line[2:]}"
            else:
                raise AssertionError(f"neither a command nor its input: {line}")
    return [_command(text) for text in found]


def _command(text: str) -> Command:
    said = EXIT.search(text)
    bare = re.sub(r"\s+# .*$", "", text) if "\n" not in text else text
    return Command(bare, int(said.group(1)) if said else 0)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(REPOSITORY)))
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    asked = commands(page.read_text("utf-8"))
    folder = tmp_path / "project"
    if asked[0].text.startswith("headgate init"):
        folder.mkdir()
    else:
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".*", "target"))
    script = ["set -u", f"cd {folder}"]
    for number, command in enumerate(asked):
        script += [command.text, f'echo "{number} $?" >> "$CODES"']
    codes = tmp_path / "codes"
    ran = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        env={
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "CODES": str(codes),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    ended = {int(n): int(code) for n, code in map(str.split, codes.read_text().splitlines())}
    wrong = [(c.text, ended.get(n)) for n, c in enumerate(asked) if ended.get(n) != c.code]
    assert not wrong, f"{wrong}\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
