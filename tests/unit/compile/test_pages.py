"""Every code of a target has a page; its example yields just that code, and its mended example nothing."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

from checked import checked
from compiling import HEAD, world
from headgate.compile.discovery import target
from headgate.compile.gateway import faults
from headgate.diagnostics import Code, Diagnostic, Severity

PAGES = Path(__file__).resolve().parents[3] / "docs" / "codes"
MODULES: dict[str, ModuleType] = {
    **{
        n: importlib.import_module(f"headgate.compile.targets.{n}")
        for n in ("kafka", "schemas", "flink", "connect")
    },
    "conduktor": faults,
    "": importlib.import_module("headgate.workflows.compile"),
}
CODES = [
    (name, value)
    for name, module in MODULES.items()
    for value in vars(module).values()
    if isinstance(value, Code) and value.id != "HGC900"
]


def project(section: str) -> dict[str, str]:
    files = {"headgate.yml": HEAD}
    for block in re.findall(r"```\w+\n(.*?)```", section, re.DOTALL):
        name, _, text = block.partition("\n")
        files[name.lstrip("#- ").strip()] = text
    return files


def found(files: dict[str, str], name: str, code: Code) -> list[Diagnostic]:
    made = [*checked(files), *target(name).compile(world(files, sound=False)).diagnostics]
    return [d for d in made if d.severity is not Severity.INFO or d.code == code]


@pytest.mark.parametrize(("name", "code"), CODES, ids=[code.id for _, code in CODES])
def test_the_page_holds(name: str, code: Code) -> None:
    text = (PAGES / f"{code.id}.md").read_text("utf-8")
    assert text.startswith(f"# {code.id} {code.name}\n\n*{code.severity.value}, since {code.since}*\n")
    if "## Example" not in text:
        assert not name and "*not runnable: " in text
        return
    example, mended = text.split("## Example")[1].split("## Mended")
    assert {d.code.id for d in found(project(example), name, code)} == {code.id}
    assert found(project(mended), name, code) == []
