"""Every rule's code has a page; its example yields it and nothing else, and its mended example is clean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checked import checked
from headgate.analysis import Rule, builtin_rules
from headgate.diagnostics import Severity

PAGES = Path(__file__).resolve().parents[3] / "docs" / "codes"
RULES = builtin_rules()


def files(section: str) -> dict[str, str]:
    found = {}
    for block in re.findall(r"```\w+\n(.*?)```", section, re.DOTALL):
        name, _, text = block.partition("\n")
        found[name.lstrip("#- ").strip()] = text
    return found


@pytest.mark.parametrize("one", RULES.values(), ids=RULES)
def test_the_page_holds(one: Rule) -> None:
    code = one.code
    text = (PAGES / f"{code.id}.md").read_text("utf-8")
    assert text.startswith(f"# {code.id} {code.name}\n\n*{code.severity.value}, since {code.since}*\n")
    example, mended = text.split("## Example")[1].split("## Mended")
    found = checked(files(example))
    assert code.id in {d.code.id for d in found}, found
    assert {d.code.id for d in found if d.severity is not Severity.INFO} <= {code.id}, found
    cleared = checked(files(mended))
    assert [d for d in cleared if d.severity is not Severity.INFO or d.code.id == code.id] == []
    assert all(d.help for d in found if d.code.id == code.id)
