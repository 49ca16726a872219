"""Every code of queries has a page; its example yields just that code, and its mended example nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checked import checked
from headgate.diagnostics import Code, Severity
from headgate.sql.codes import CODES

PAGES = Path(__file__).resolve().parents[3] / "docs" / "codes"


def files(section: str) -> dict[str, str]:
    found = {}
    for block in re.findall(r"```\w+\n(.*?)```", section, re.DOTALL):
        name, _, text = block.partition("\n")
        found[name.lstrip("#- ").strip()] = text
    return found


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_the_page_holds(code: Code) -> None:
    text = (PAGES / f"{code.id}.md").read_text("utf-8")
    assert text.startswith(f"# {code.id} {code.name}\n")
    example, mended = text.split("## Example")[1].split("## Mended")
    found = [d for d in checked(files(example)) if d.severity is not Severity.INFO]
    assert {d.code.id for d in found} == {code.id}, found
    assert [d for d in checked(files(mended)) if d.severity is not Severity.INFO] == []
