"""Every code of project files has a page whose example yields it, and whose mended example is clean, on loading alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headgate.diagnostics import Code
from headgate.project import codes as project_codes
from headgate.project.files import FilesInMemory
from headgate.project.load import load_project
from headgate.syntax import codes as syntax_codes

PAGES = Path(__file__).resolve().parents[3] / "docs" / "codes"
CODES = [
    value
    for module in (syntax_codes, project_codes)
    for value in vars(module).values()
    if isinstance(value, Code)
]
FOUND_ELSEWHERE = {"HGC901", "HGC003"}
"""By rules, whose pages are run with them."""


def project_of(section: str) -> dict[str, str | bytes]:
    files: dict[str, str | bytes] = {"headgate.yml": "name: example\n"}
    for block in re.findall(r"```\w+\n(.*?)```", section, re.DOTALL):
        name, _, text = block.partition("\n")
        files[name.lstrip("#- ").strip()] = text
    return files


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_the_page_holds(code: Code) -> None:
    text = (PAGES / f"{code.id}.md").read_text()
    assert text.startswith(f"# {code.id} {code.name}\n\n*{code.severity.value}, since {code.since}*\n")
    if "## Example" not in text:
        assert "*not runnable: " in text
        return
    example, mended = text.split("## Example")[1].split("## Mended")
    _, found = load_project(FilesInMemory(project_of(example)))
    assert {d.code.id for d in found} == ({code.id} - FOUND_ELSEWHERE)
    _, found = load_project(FilesInMemory(project_of(mended)))
    assert found == []


def test_no_two_codes_share_an_id_or_a_name() -> None:
    assert len({c.id for c in CODES}) == len({c.name for c in CODES}) == len(CODES)
