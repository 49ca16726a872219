"""Every code of a target has a page; its example yields just that code, and its mended example nothing."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from checked import checked
from code_pages import page_of
from compiling import HEAD, world
from headgate.compile.discovery import target
from headgate.compile.flink import confluent
from headgate.compile.gateway import faults
from headgate.diagnostics import Code, Diagnostic, Severity

MODULES: dict[str, ModuleType] = {
    **{
        n: importlib.import_module(f"headgate.compile.targets.{n}")
        for n in ("kafka", "schemas", "flink", "connect", "console")
    },
    "conduktor": faults,
    "": importlib.import_module("headgate.workflows.compile"),
}
HEADED = {"headgate.yml": HEAD}
CODES = [
    (name, value)
    for name, module in MODULES.items()
    for value in vars(module).values()
    if isinstance(value, Code) and value.id != "HGC900"
] + [("flink", confluent.CANNOT)]


def found(files: dict[str, str], name: str, code: Code) -> list[Diagnostic]:
    made = [*checked(files), *target(name).compile(world(files, sound=False)).diagnostics]
    return [d for d in made if d.severity is not Severity.INFO or d.code == code]


@pytest.mark.parametrize(("name", "code"), CODES, ids=[code.id for _, code in CODES])
def test_the_page_holds(name: str, code: Code) -> None:
    page = page_of(code)
    if page.example is None or page.mended is None:
        assert not name
        return
    assert {d.code.id for d in found(HEADED | page.example, name, code)} == {code.id}
    assert found(HEADED | page.mended, name, code) == []
