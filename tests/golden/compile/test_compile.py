"""What projects compile to, file by file. `HEADGATE_GOLDEN=write` writes the expectations anew.

A case is `<case>/project`, or a project that stands elsewhere, for the targets of its environment and those named. Beside the
artifacts, `findings.txt` holds what targets found, from information on.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from checked import checked, folder
from compiling import world
from headgate.compile.catalog import catalog, write_catalog
from headgate.compile.discovery import chosen_targets, compile_project
from headgate.compile.manifest import fill
from headgate.diagnostics import Severity, line_and_column
from headgate.project.manifest import write_manifest
from running import ACCEPTANCE, EXAMPLE

HERE = Path(__file__).parent
LIVE = ("kafka", "schemas", "flink", "connect")


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    project: Path | None = None
    targets: tuple[str, ...] = LIVE
    manifest: bool = False


CASES = (
    Case("acceptance", ACCEPTANCE, targets=(*LIVE, "conduktor", "console"), manifest=True),
    Case("example", EXAMPLE, manifest=True),
    Case("shapes"),
    Case("versions"),
    Case("updating"),
    Case("virtual_by_flink", targets=()),
    Case("naming", targets=()),
    Case("encrypted", targets=()),
    Case("masked", targets=()),
    Case("connectors"),
    Case("on_kubernetes", targets=()),
    Case("on_confluent_cloud", targets=()),
)


def compiled(case: Case) -> dict[str, str]:
    files = folder(case.project or HERE / case.name / "project")
    assert [d for d in checked(files) if d.severity is Severity.ERROR] == []
    made_of = world(files)
    project = made_of.project
    names, unknown = chosen_targets(project.environment, case.targets)
    assert not unknown
    # The embedded engine has tests of its own: these are of what is deployed elsewhere.
    made = compile_project(made_of, [n for n in names if n != "embedded"])
    out = {a.path: a.text for a in made.artifacts}
    if case.manifest:
        manifest = fill(made_of, made)
        text = write_manifest(manifest).decode()
        out["manifest.json"] = re.sub(r'"headgate": "[^"]+"', '"headgate": "…"', text)
        out["catalog.json"] = write_catalog(catalog(manifest)).decode()
    out["findings.txt"] = "".join(
        f"{d.span.file}:{line_and_column(project.texts[d.span.file], d.span.start)[0]}: "
        f"{d.severity.value}[{d.code.id}] {d.message}\n"
        + "".join(f"    note: {note.message}\n" for note in d.notes)
        + (f"    help: {d.help}\n" if d.help else "")
        for d in made.diagnostics
    )
    return out


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_compiles_to_what_was_read_and_found_good(case: Case) -> None:
    expected = HERE / case.name / "expect"
    made = compiled(case)
    if os.environ.get("HEADGATE_GOLDEN") == "write":
        shutil.rmtree(expected, ignore_errors=True)
        for name, text in made.items():
            path = expected / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    there = folder(expected)
    assert set(made) == set(there)
    for name, text in made.items():
        assert text == there[name], name
