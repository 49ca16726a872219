"""Every code of project files has a page whose example yields it, and whose mended example is clean, on loading alone."""

from __future__ import annotations

import pytest

from code_pages import page_of
from headgate.diagnostics import Code
from headgate.project import codes as project_codes
from headgate.project.files import FilesInMemory
from headgate.project.load import load_project
from headgate.syntax import codes as syntax_codes

CODES = [
    value
    for module in (syntax_codes, project_codes)
    for value in vars(module).values()
    if isinstance(value, Code)
]
NAMED = {"headgate.yml": "name: example\n"}
FOUND_ELSEWHERE = {"HGC901", "HGC003"}
"""By rules, whose pages are run with them."""


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_the_page_holds(code: Code) -> None:
    page = page_of(code)
    if page.example is None or page.mended is None:
        return
    _, found = load_project(FilesInMemory(NAMED | page.example))
    assert {d.code.id for d in found} == ({code.id} - FOUND_ELSEWHERE)
    _, found = load_project(FilesInMemory(NAMED | page.mended))
    assert found == []


def test_no_two_codes_share_an_id_or_a_name() -> None:
    assert len({c.id for c in CODES}) == len({c.name for c in CODES}) == len(CODES)
