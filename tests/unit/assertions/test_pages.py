"""Every code of tests has a page; its example yields just that code, and its mended example nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checked import loaded
from headgate.assertions import check_assertions, codes
from headgate.diagnostics import Code, Diagnostic

PAGES = Path(__file__).resolve().parents[3] / "docs" / "codes"
CODES = [value for value in vars(codes).values() if isinstance(value, Code)]


def found(section: str) -> list[Diagnostic]:
    files = {}
    for block in re.findall(r"```\w+\n(.*?)```", section, re.DOTALL):
        name, _, text = block.partition("\n")
        files[name.lstrip("#- ").strip()] = text
    graph, before = loaded(files)
    assert graph is not None
    return [*before, *check_assertions(graph)]


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_the_page_holds(code: Code) -> None:
    text = (PAGES / f"{code.id}.md").read_text("utf-8")
    assert text.startswith(f"# {code.id} {code.name}\n\n*{code.severity.value}, since {code.since}*\n")
    example, mended = text.split("## Example")[1].split("## Mended")
    assert [d.code.id for d in found(example)] == [code.id]
    assert found(mended) == []
