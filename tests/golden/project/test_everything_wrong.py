"""A project in which everything is wrong: all of it said in one run, once each, at its place.

`HEADGATE_GOLDEN=write` writes the expectation anew.
"""

from __future__ import annotations

import os
from pathlib import Path

from headgate.diagnostics import line_and_column
from headgate.project.files import FilesInMemory
from headgate.project.load import load_project

CASE = Path(__file__).parent / "everything_wrong"


def test_all_of_it_is_said_at_once() -> None:
    root = CASE / "project"
    files = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    _, found = load_project(FilesInMemory(files))
    out: list[str] = []
    for one in found:
        text = files[one.span.file].decode("utf-8", "replace")
        line, column = line_and_column(text, one.span.start)
        out.append(f"{one.span.file}:{line}:{column}: {one.severity.value}[{one.code.id}] {one.message}\n")
        out += [f"    note: {note.message}\n" for note in one.notes]
        out.append(f"    help: {one.help}\n")
    expected = CASE / "expect.txt"
    if os.environ.get("HEADGATE_GOLDEN") == "write":
        expected.write_text("".join(out), encoding="utf-8")
    assert "".join(out) == expected.read_text(encoding="utf-8")
